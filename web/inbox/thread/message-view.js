// @ts-check
/**
 * What a message looks like: sent, unsent or deleted.
 *
 * Events, from the element of the message: `message-edit` {id}, `message-delete` {id, body},
 * `message-retry` {id}, `message-discard` {id}.
 */

import { el } from '../../ui/dom.js';
import { linked } from '../../ui/links.js';
import { emit } from '../../ui/events.js';
import { clock } from '../../ui/time.js';
import { isByMember } from '../channels/channel-store.js';
import { fullTime, LANG } from '../parts/format.js';
import { icon, iconButton } from '../parts/icons.js';
import { avatar, displayName } from '../parts/people.js';

/** Most messages are sent sooner, and then nothing flickers. */
const SENDING_SHOWN_AFTER_MS = 600;

/**
 * @typedef {import('./thread-rows.js').MessageRow} MessageRow
 * @typedef {import('./thread-rows.js').UnsentRow} UnsentRow
 */

export const createMessage = () => el('div', { role: 'article' });

/** @param {HTMLElement} node @param {MessageRow} row @param {MessageRow} [before] */
export function updateMessage(node, row, before) {
  const { message, sender, isFirst, isLast, isDeleted } = row;
  const side = sideOf(message);
  const name = side === 'system' ? 'System message' : message.is_own ? 'You' : displayName(sender);
  describe(node, message.id, `${name}, ${clock(message.created_at, LANG)}`, [
    side,
    isFirst && 'first',
    isLast && 'last',
    isDeleted && 'gone',
  ]);
  if (isDeleted)
    return node.replaceChildren(el('div', { class: 'bubble' }, icon('trash'), 'Message deleted'));
  if (side === 'system')
    return node.replaceChildren(
      el('div', { class: 'bubble', dir: 'auto' }, ...linked(message.body)),
      timeOf(message),
    );
  const isSameText = before?.isDeleted === false && before.message.body === message.body;
  // An unchanged text stays in the page: the reader may have selected some of it.
  const line = isSameText && node.querySelector('.line');
  for (const child of [...node.children]) if (child !== line) child.remove();
  if (!line) node.append(lineOf(message.body, meetingOf(message), actionsOf(node, message)));
  if (isFirst && side === 'admin') node.prepend(el('div', { class: 'name' }, avatar(sender), name));
  if (isLast || message.edited_at) node.append(metaOf(row));
}

/** @param {HTMLElement} node @param {UnsentRow} row */
export function updateUnsent(node, { id, body, failure }) {
  const names = ['own', 'first', 'last', 'pending', failure && 'failed'];
  describe(node, id, failure ? 'You, not sent' : 'You, sending', names);
  const meta = failure ? failedMeta(node, id, failure) : sendingMeta();
  node.replaceChildren(lineOf(body), meta);
}

/**
 * @param {HTMLElement} node
 * @param {string} id
 * @param {string} label
 * @param {(string | false)[]} names The classes.
 */
function describe(node, id, label, names) {
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
const meetingOf = ({ message_type }) =>
  message_type === 'meeting' && el('div', { class: 'meeting' }, icon('calendar'), 'Meeting');

/** @param {HTMLElement} node @param {MessageRow['message']} message */
const actionsOf = (node, { id, body, is_own }) =>
  is_own
    ? [
        iconButton('Edit', 'pencil', () => emit(node, 'message-edit', { id })),
        iconButton('Delete', 'trash', () => emit(node, 'message-delete', { id, body })),
      ]
    : [];

/** @param {string} body @param {Node | false} [head] @param {Node[]} [actions] */
const lineOf = (body, head = false, actions = []) =>
  el(
    'div',
    { class: 'line' },
    el(
      'div',
      { class: 'bubble' },
      head,
      el('div', { class: 'text', dir: 'auto' }, ...linked(body)),
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
    edited_at && el('span', { title: fullTime(edited_at) }, 'Edited'),
    isRead
      ? el('span', { class: 'tick read' }, icon('checks'), 'Read')
      : is_own && el('span', { class: 'tick' }, icon('check'), 'Sent'),
  );
}

/** @param {MessageRow['message']} message */
const timeOf = ({ created_at }) =>
  el('time', { datetime: created_at, title: fullTime(created_at) }, clock(created_at, LANG));

function sendingMeta() {
  const meta = el(
    'div',
    { class: 'meta' },
    el('span', { class: 'tick' }, icon('clock'), 'Sending…'),
  );
  meta.style.animationDelay = `${SENDING_SHOWN_AFTER_MS}ms`;
  return meta;
}

/** @param {HTMLElement} node @param {string} id @param {string} failure */
const failedMeta = (node, id, failure) =>
  el(
    'div',
    { class: 'meta' },
    el('span', { class: 'tick bad' }, icon('alert'), `Not sent: ${failure}`),
    el('button', { type: 'button', onclick: () => emit(node, 'message-retry', { id }) }, 'Retry'),
    el(
      'button',
      { type: 'button', onclick: () => emit(node, 'message-discard', { id }) },
      'Discard',
    ),
  );
