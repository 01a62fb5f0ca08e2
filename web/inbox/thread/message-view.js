// @ts-check
/**
 * What a message looks like: sent, unsent or deleted.
 *
 * Events {id}, from the element of the message: `message-edit`, `message-delete`, `message-retry`,
 * `message-discard`, `message-meeting` to change its meeting.
 */

import { addToCalendar } from '../../ui/calendar.js';
import { cardOf, meetingOf } from '../../ui/card.js';
import { el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { linked } from '../../ui/links.js';
import { clock } from '../../ui/time.js';
import { filesFailure, filesOf, unsentFiles } from '../composer/inbox-files.js';
import { isByMember } from '../channels/channel-store.js';
import { errorText } from '../parts/feedback.js';
import { filled, fullTime, parts } from '../parts/format.js';
import { icon, iconButton } from '../parts/icons.js';
import { patch } from '../parts/patch.js';
import { avatar, displayName } from '../parts/people.js';
import { locale, texts } from '../texts.js';

/** Most messages are sent sooner, and then nothing flickers. */
const SENDING_SHOWN_AFTER_MS = 600;

/**
 * @typedef {import('./thread-rows.js').MessageRow} MessageRow
 * @typedef {import('./thread-rows.js').UnsentRow} UnsentRow
 */

/** @type {WeakMap<HTMLElement, MessageRow['message']>} What an element shows. */
const shown = new WeakMap();

export const createMessage = () => el('div', { role: 'article' });

/** @param {HTMLElement} node @param {MessageRow} row */
export function updateMessage(node, row) {
  const { message, sender, isFirst, isLast, isDeleted } = row;
  const side = sideOf(message);
  shown.set(node, message);
  // An automatic message has no sender.
  const person = () => (message.is_own ? texts.you : displayName(sender));
  const name = side === 'system' ? texts.system : person();
  describe(node, message.id, `${name}, ${clock(message.created_at, locale)}`, [
    side,
    isFirst && 'first',
    isLast && 'last',
    isDeleted && 'gone',
  ]);
  if (isDeleted) patch(node, el('div', { class: 'bubble' }, icon('trash'), texts.deleted));
  else if (side === 'system')
    patch(
      node,
      el('div', { class: 'bubble', dir: 'auto' }, ...linked(message.body), ...carriedBy(node)),
      timeOf(message),
    );
  else
    patch(
      node,
      isFirst && side === 'admin' && el('div', { class: 'name' }, avatar(sender), name),
      lineOf(message.body, kindOf(message), actionsOf(node, message), carriedBy(node)),
      message.page && sentFrom(message.page),
      (isLast || message.edited_at) && metaOf(row),
    );
}

/** @param {HTMLElement} node @param {UnsentRow} row */
export function updateUnsent(node, { id, body, failure, item, isNote = false }) {
  const names = ['own', 'first', 'last', 'pending', failure ? 'failed' : '', isNote && 'note'];
  describe(node, id, failure ? texts.labelNotSent : texts.labelSending, names);
  const reason = item && filesFailure(item);
  const meta = failure ? failedMeta(node, failure, reason) : sendingMeta();
  patch(node, lineOf(body, false, [], item && unsentFiles(item)), meta);
}

/**
 * @param {HTMLElement} node
 * @param {string} id
 * @param {string} label
 * @param {(string | false)[]} names The classes.
 */
export function describe(node, id, label, names) {
  node.className = ['msg', ...names].filter(Boolean).join(' ');
  node.dataset.message = id;
  node.setAttribute('aria-label', label);
}

/** @param {MessageRow['message']} message */
function sideOf(message) {
  if (message.message_type === 'system') return 'system';
  return isByMember(message) ? 'theirs' : message.is_own ? 'own' : 'admin';
}

/** @param {MessageRow['message']} message */
const kindOf = ({ message_type }) =>
  message_type === 'meeting' && el('div', { class: 'meeting' }, icon('calendar'), texts.meeting);

/** Its card and its meeting. @param {HTMLElement} node */
function carriedBy(node) {
  const message = /** @type {MessageRow['message']} */ (shown.get(node));
  const { card, meeting, is_own } = message;
  const appointment = meeting && meetingOf(meeting, locale, texts.addToCalendar);
  // The node may show a later state of the message by then.
  appointment?.querySelector('button')?.addEventListener('click', () => {
    const message = shown.get(node);
    if (message?.meeting) addToCalendar(message, message.meeting, texts.meeting);
  });
  if (is_own)
    appointment?.append(
      el(
        'button',
        { type: 'button', name: 'move', onclick: () => report(node, 'message-meeting') },
        texts.changeMeeting,
      ),
    );
  return [card && cardOf(card, locale), appointment, filesOf(message)].filter((one) => !!one);
}

/** @param {{ url: string, title: string }} page */
const sentFrom = ({ url, title }) =>
  el(
    'div',
    { class: 'page' },
    ...parts(texts.fromPage, {
      page: el(
        'a',
        { href: /^https?:/.test(url) && url, target: '_blank', rel: 'noreferrer', dir: 'auto' },
        title || url,
      ),
    }),
  );

/** @param {HTMLElement} node @param {{ is_own: boolean }} message */
export const actionsOf = (node, { is_own }) =>
  is_own
    ? [
        iconButton(texts.edit, 'pencil', () => report(node, 'message-edit')),
        iconButton(texts.remove, 'trash', () => report(node, 'message-delete')),
      ]
    : [];

/**
 * @param {string} body @param {Node | false} [head] @param {Node[]} [actions]
 * @param {Node[]} [carried] Beside the text.
 */
export const lineOf = (body, head = false, actions = [], carried = []) =>
  el(
    'div',
    // A tap on it shows the actions.
    { class: 'line', tabindex: actions.length > 0 && '-1' },
    el(
      'div',
      { class: 'bubble' },
      head,
      body && el('div', { class: 'text', dir: 'auto' }, ...linked(body)),
      ...carried,
    ),
    el('span', { class: 'actions' }, ...actions),
  );

/** @param {MessageRow} row */
function metaOf({ message, isRead }) {
  const { edited_at, is_own } = message;
  return el(
    'div',
    { class: 'meta' },
    timeOf(message),
    edited_at && el('span', { title: fullTime(edited_at) }, texts.edited),
    isRead
      ? el('span', { class: 'tick read' }, icon('checks'), texts.read)
      : is_own && el('span', { class: 'tick' }, icon('check'), texts.sent),
  );
}

/** @param {MessageRow['message']} message */
const timeOf = ({ created_at }) =>
  el('time', { datetime: created_at, title: fullTime(created_at) }, clock(created_at, locale));

function sendingMeta() {
  const meta = el(
    'div',
    { class: 'meta' },
    el('span', { class: 'tick' }, icon('clock'), texts.sending),
  );
  meta.style.animationDelay = `${SENDING_SHOWN_AFTER_MS}ms`;
  return meta;
}

/** @param {HTMLElement} node @param {object} failure @param {string} [reason] */
const failedMeta = (node, failure, reason = errorText(failure)) =>
  el(
    'div',
    { class: 'meta' },
    el('span', { class: 'tick bad' }, icon('alert'), filled(texts.notSent, { reason })),
    el('button', { type: 'button', onclick: () => report(node, 'message-retry') }, texts.retry),
    el('button', { type: 'button', onclick: () => report(node, 'message-discard') }, texts.discard),
  );

/** @param {HTMLElement} node @param {string} event About the message that the node shows now. */
const report = (node, event) => emit(node, event, { id: node.dataset.message });
