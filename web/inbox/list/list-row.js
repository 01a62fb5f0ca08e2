// @ts-check
/** One row of the list: what it says about a conversation, and how that looks. */

import { el } from '../../ui/dom.js';
import { summaryOf } from '../../ui/summary.js';
import { clipped } from '../../ui/text.js';
import { duration } from '../../ui/time.js';
import { isByMember } from '../channels/channel-store.js';
import { recipient } from '../channels/recipient.js';
import { hiddenText } from '../parts/feedback.js';
import { counted, filled, formOf, shortMoment, shortTime } from '../parts/format.js';
import { icon } from '../parts/icons.js';
import { patch } from '../parts/patch.js';
import { avatar, displayName, hasUnverifiedName } from '../parts/people.js';
import { locale, texts } from '../texts.js';

const PREVIEW_LENGTH = 200;
/** A customer who waits longer is marked in amber, and then in red. */
const SOON_AFTER_S = 600;
const LATE_AFTER_S = 3_600;
/** More labels than that are a number. */
const MAX_LABELS = 2;

/** @typedef {ReturnType<typeof rowContent>} RowContent */

/**
 * @typedef {object} Context
 * @property {import('../channels/channels.js').Channels} channels
 * @property {import('../presence.js').Presence} presence
 * @property {import('../labels.js').Labels} labels
 * @property {import('../composer/drafts.js').Drafts} drafts
 */

/**
 * @param {import('../channels/channel-store.js').ChannelView} channel
 * @param {Context} context
 * @param {number} now
 */
export function rowContent(channel, { channels, presence, labels, drafts }, now) {
  const { channel_hash, customer, last_message, last_message_at, unanswered_since } = channel;
  const waitedSeconds =
    unanswered_since && (channel.status ?? 'open') === 'open'
      ? Math.max(0, now - Date.parse(unanswered_since)) / 1000
      : undefined;
  const { assignee_id, assignee } = channel;
  presence.know(assignee);
  return {
    customer,
    recipient: recipient(channel, presence, channels.isOneOfSeveral(channel_hash)),
    isHere: presence.isMemberHere(channel_hash),
    lookers: presence.lookers(channel_hash).map((id) => displayName(presence.admin(id))),
    typing: typingText(presence, channel_hash),
    draft: clipped(drafts.read(channel_hash)?.text ?? '', PREVIEW_LENGTH),
    note: clipped(channels.note(channel_hash), PREVIEW_LENGTH),
    preview: previewText(channel, presence),
    type: last_message?.message_type ?? 'none',
    time: last_message_at ? shortTime(last_message_at) : '',
    unread: channel.unread_count,
    waiting: waitedSeconds === undefined ? '' : duration(waitedSeconds, locale, 'narrow'),
    waitingLong: waitedSeconds === undefined ? '' : duration(waitedSeconds, locale),
    tone: toneOf(waitedSeconds ?? 0),
    labels: (channel.labels ?? []).map((slug) => labels.get(slug)),
    assignee: assignee_id ? presence.shortName(assignee_id) : '',
    state:
      channel.status === 'closed'
        ? texts.closed
        : channel.status === 'snoozed' && channel.snoozed_until
          ? filled(texts.snoozedUntil, { time: shortMoment(channel.snoozed_until) })
          : '',
  };
}

/**
 * @param {import('../channels/channel-store.js').ChannelView} channel
 * @param {Context} context
 * @returns {boolean} Whether its row needs room for chips: what `chipsOf` shows.
 */
export function hasChips(channel, { channels, presence }) {
  const { channel_hash, customer, status, snoozed_until, assignee_id, labels } = channel;
  return (
    customer.role === 'guest' ||
    Boolean(assignee_id) ||
    (labels?.length ?? 0) > 0 ||
    status === 'closed' ||
    (status === 'snoozed' && Boolean(snoozed_until)) ||
    recipient(channel, presence, channels.isOneOfSeveral(channel_hash)) !== ''
  );
}

/** @param {number} seconds */
const toneOf = (seconds) =>
  seconds >= LATE_AFTER_S ? 'late' : seconds >= SOON_AFTER_S ? 'soon' : '';

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
  const [first] = last_message.attachments ?? [];
  const isPhoto = !last_message.body && first?.content_type.startsWith('image/');
  const text = isPhoto ? texts.photo : clipped(summaryOf(last_message), PREVIEW_LENGTH);
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
  row.classList.toggle('waits', content.waiting !== '');
  const chips = chipsOf(content);
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
        content.unread > 0 && badgeOf(content.unread, wasRead),
      ),
      chips.length > 0 && el('div', { class: 'row-chips' }, ...chips),
    ),
  );
}

/** @param {RowContent} content */
function faceOf({ customer, isHere, lookers }) {
  const tick = el('span', { class: 'tick-box', 'data-tick': true }, icon('check'));
  const face = el('span', { class: 'face' }, avatar(customer), tick);
  if (isHere)
    face.append(el('span', { class: 'here-dot', title: texts.here }), hiddenText(`${texts.here},`));
  const looking = counted(texts.looking, lookers.length, { names: lookers.join(', ') });
  if (lookers.length)
    face.append(el('span', { class: 'looking-dot', title: looking }), hiddenText(`${looking},`));
  return face;
}

/** @param {RowContent} content */
const nameOf = (content) => [
  el('span', { class: 'row-name', dir: 'auto' }, displayName(content.customer)),
  hasUnverifiedName(content.customer) &&
    el(
      'span',
      { class: 'unverified', title: texts.unverifiedLong },
      icon('alert'),
      hiddenText(texts.unverified),
    ),
  // How long it waits takes the place of the time, which screen readers still get.
  el('span', { class: content.waiting ? 'row-time hidden' : 'row-time' }, content.time),
  content.waiting && waitingOf(content),
];

/** @param {RowContent} content */
function previewOf({ typing, draft, note, type, preview }) {
  const kind = typing ? 'typing' : draft ? 'draft' : note ? 'note' : type;
  const names = ['row-preview', ['typing', 'system', 'none', 'draft'].includes(kind) && kind];
  const marked = draft
    ? filled(texts.draftPreview, { text: draft })
    : note
      ? filled(texts.notePreview, { text: note })
      : preview;
  return [
    kind === 'meeting' && icon('calendar'),
    kind === 'system' && icon('info'),
    kind === 'note' && icon('note'),
    el('span', { class: names.filter(Boolean).join(' '), dir: 'auto' }, typing || marked),
  ];
}

/** @param {RowContent} content */
function chipsOf({ customer, recipient, labels, assignee, state }) {
  const rest = labels.slice(MAX_LABELS);
  return [
    state && el('span', { class: 'tag' }, state),
    customer.role === 'guest' && el('span', { class: 'tag' }, texts.guest),
    recipient && el('span', { class: 'tag' }, recipient),
    ...labels.slice(0, MAX_LABELS).map(labelChip),
    rest.length > 0 &&
      el(
        'span',
        { class: 'tag', title: rest.map(({ name }) => name).join(', ') },
        `+${rest.length}`,
      ),
    assignee && el('span', { class: 'tag', title: texts.assignee, dir: 'auto' }, assignee),
  ].filter(Boolean);
}

/** @param {import('../labels.js').Label} label */
export function labelChip({ name, color }) {
  const dot = el('i', { class: 'label-dot' });
  dot.style.backgroundColor = color;
  return el('span', { class: 'tag label' }, dot, el('span', { dir: 'auto' }, name));
}

/** @param {RowContent} content */
const waitingOf = ({ waiting, waitingLong, tone }) =>
  el(
    'span',
    {
      class: `waiting ${tone}`.trim(),
      title: filled(texts.waitingLong, { time: waitingLong }),
    },
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
