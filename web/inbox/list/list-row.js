// @ts-check
/** One row of the list: what it says about a conversation, and how that looks. */

import { el } from '../../ui/dom.js';
import { clipped } from '../../ui/text.js';
import { duration } from '../../ui/time.js';
import { isByMember } from '../channels/channel-store.js';
import { recipient } from '../channels/recipient.js';
import { hiddenText } from '../parts/feedback.js';
import { counted, filled, formOf, shortTime } from '../parts/format.js';
import { icon } from '../parts/icons.js';
import { patch } from '../parts/patch.js';
import { avatar, displayName, hasUnverifiedName } from '../parts/people.js';
import { locale, texts } from '../texts.js';

const PREVIEW_LENGTH = 200;
/** A customer who waits longer is marked in red. */
const LATE_AFTER_S = 600;

/** @typedef {ReturnType<typeof rowContent>} RowContent */

/**
 * @param {import('../channels/channel-store.js').ChannelView} channel
 * @param {import('../presence.js').Presence} presence
 * @param {boolean} isOneOfSeveral Whether the customer has other conversations, too.
 * @param {number} now
 */
export function rowContent(channel, presence, isOneOfSeveral, now) {
  const { channel_hash, customer, last_message, last_message_at, unanswered_since } = channel;
  const waitedSeconds = unanswered_since
    ? Math.max(0, now - Date.parse(unanswered_since)) / 1000
    : undefined;
  return {
    customer,
    recipient: recipient(channel, presence, isOneOfSeveral),
    lookers: presence.lookers(channel_hash).map((id) => displayName(presence.admin(id))),
    typing: typingText(presence, channel_hash),
    preview: previewText(channel, presence),
    type: last_message?.message_type ?? 'none',
    time: last_message_at ? shortTime(last_message_at) : '',
    unread: channel.unread_count,
    waiting: waitedSeconds === undefined ? '' : duration(waitedSeconds, locale, 'narrow'),
    waitingLong: waitedSeconds === undefined ? '' : duration(waitedSeconds, locale),
    isLate: (waitedSeconds ?? 0) >= LATE_AFTER_S,
  };
}

/** @param {import('../presence.js').Presence} presence @param {string} hash */
function typingText(presence, hash) {
  const [typer] = presence.typers(hash);
  if (!typer) return '';
  if (typer.role !== 'admin') return texts.typing;
  return counted(texts.typingBy, 1, { names: displayName(presence.admin(typer.id)) });
}

/**
 * @param {import('../channels/channel-store.js').ChannelView} channel
 * @param {import('../presence.js').Presence} presence
 */
function previewText({ last_message }, presence) {
  if (!last_message) return texts.noMessages;
  const text = clipped(last_message.body, PREVIEW_LENGTH);
  if (isByMember(last_message) || last_message.message_type === 'system') return text;
  const { is_own, sender_id } = last_message;
  const name = displayName(presence.sender(last_message));
  const other = name === sender_id ? texts.team : name;
  const sender = is_own || sender_id === presence.me ? texts.you : other;
  return filled(texts.preview, { name: sender, text });
}

/** @param {HTMLElement} row A row whose conversation is not loaded yet. */
export function showSkeleton(row) {
  row.classList.add('skeleton');
  row.replaceChildren(
    el('span', { class: 'avatar' }),
    el('div', { class: 'row-text' }, el('i'), el('i')),
  );
}

/**
 * @param {HTMLElement} row
 * @param {RowContent} content
 * @param {boolean} wasRead The number of unread messages appears late: messages that are read as
 *   they arrive do not flash.
 */
export function showRow(row, content, wasRead) {
  row.classList.toggle('unread', content.unread > 0);
  patch(
    row,
    faceOf(content),
    el(
      'div',
      { class: 'row-text' },
      el('div', { class: 'row-line' }, ...nameOf(content)),
      el(
        'div',
        { class: 'row-line' },
        ...previewOf(content),
        content.waiting && waitingOf(content),
        content.unread > 0 && badgeOf(content.unread, wasRead),
      ),
    ),
  );
}

/** @param {RowContent} content */
function faceOf({ customer, lookers }) {
  const face = el('span', { class: 'face' }, avatar(customer));
  const looking = counted(texts.looking, lookers.length, { names: lookers.join(', ') });
  if (lookers.length)
    face.append(el('span', { class: 'looking-dot', title: looking }), hiddenText(`${looking},`));
  return face;
}

/** @param {RowContent} content */
const nameOf = ({ customer, recipient, time }) => [
  el('span', { class: 'row-name', dir: 'auto' }, displayName(customer)),
  customer.role === 'guest' && el('span', { class: 'tag' }, texts.guest),
  hasUnverifiedName(customer) &&
    el(
      'span',
      { class: 'unverified', title: texts.unverifiedLong },
      icon('alert'),
      hiddenText(texts.unverified),
    ),
  recipient && el('span', { class: 'tag' }, recipient),
  el('span', { class: 'row-time' }, time),
];

/** @param {RowContent} content */
function previewOf({ typing, type, preview }) {
  const kind = typing ? 'typing' : type;
  const names = ['row-preview', ['typing', 'system', 'none'].includes(kind) && kind];
  return [
    kind === 'meeting' && icon('calendar'),
    kind === 'system' && icon('info'),
    el('span', { class: names.filter(Boolean).join(' '), dir: 'auto' }, typing || preview),
  ];
}

/** @param {RowContent} content */
const waitingOf = ({ waiting, waitingLong, isLate }) =>
  el(
    'span',
    {
      class: isLate ? 'waiting late' : 'waiting',
      title: filled(texts.waitingLong, { time: waitingLong }),
    },
    icon('clock'),
    hiddenText(`${texts.waiting} `),
    waiting,
  );

/** @param {number} unread @param {boolean} isLate Whether it appears late. */
const badgeOf = (unread, isLate) =>
  el(
    'span',
    { class: isLate ? 'badge arriving' : 'badge', 'data-unread': unread },
    unread > 99 ? '99+' : String(unread),
    hiddenText(` ${formOf(texts.unread, unread)}`),
  );
