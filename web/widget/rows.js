// @ts-check
/** The rows of a conversation as plain data: greeting, days, messages, unsent messages. */

import { clock, sameDay } from '../ui/time.js';

/** Messages of one person that follow within this time share one line of time and ticks. */
const GROUP_MS = 120_000;

/**
 * @typedef {import('../client/chat.js').View} View
 * @typedef {View['messages'][number] & { sender?: any }} Message
 * @typedef {object} TextRow
 * @property {string} key
 * @property {string} part
 * @property {string} text
 *
 * @typedef {object} BubbleRow
 * @property {string} key
 * @property {string} part
 * @property {string} bubble Its part.
 * @property {string} body
 * @property {string} time Below it: when it was sent, and whether it was edited.
 * @property {import('../client/outbox.js').Unsent} [unsent]
 * @property {Message} [message]
 * @property {boolean} [isDeleted]
 * @property {boolean} [isFirst] Of its group.
 * @property {boolean} [isLast] Of its group.
 * @property {'sent' | 'read' | ''} [tick] Of an own message.
 * @typedef {TextRow | BubbleRow} Row
 *
 * @typedef {object} Shown
 * @property {View} [view] Missing: nothing is loaded yet.
 * @property {boolean} isLoading Whether there may be a conversation that is not loaded yet.
 * @property {string} greeting Above the first message.
 * @property {string} locale Of times.
 * @property {((at: string) => string) | undefined} day Its name, once that is loaded.
 */

/** @param {Shown} shown @param {import('./texts.js').Texts} texts @returns {Row[]} */
export function rowsOf({ view, isLoading, greeting, locale, day }, texts) {
  const { messages = [], deleted = [], members = [], pending = [] } = view ?? {};
  const readTo = Math.max(
    ...members.map(({ role, last_read_seq }) => (role === 'admin' ? last_read_seq : 0)),
  );
  /** @type {Row[]} */
  const rows = [];
  if (!view?.hasOlder) {
    const part = isLoading ? 'skeleton' : 'greeting';
    rows.push({ key: part, part, text: isLoading ? '' : greeting });
  }
  const all = [...messages, ...deleted].sort((a, b) => a.seq - b.seq);
  all.forEach((message, index) => {
    const { seq, is_own, created_at, message_type, body, edited_at } = message;
    const before = all[index - 1];
    if (day && !(before && sameDay(before.created_at, created_at)))
      rows.push({ key: `day ${seq}`, part: 'day', text: day(created_at) });
    const isDeleted = deleted.includes(message);
    const isEdited = edited_at && !isDeleted;
    const isLast = !isGroup(message, all[index + 1]);
    const side = message_type === 'system' ? 'system' : is_own ? 'own' : 'other';
    rows.push({
      // The same key as while it was unsent.
      key: (is_own && message.client_message_id) || message.id,
      part: `message ${side}${isLast ? ' last' : ''}`,
      bubble: isDeleted ? 'bubble gone' : 'bubble',
      body: isDeleted ? texts.deleted : body,
      time:
        (isEdited ? `${texts.edited} · ` : '') +
        (isEdited || isLast ? clock(created_at, locale) : ''),
      message,
      isDeleted,
      isFirst: !isGroup(before, message),
      isLast,
      tick: side === 'own' && !isDeleted ? (seq > readTo ? 'sent' : 'read') : '',
    });
  });
  for (const unsent of pending) {
    const state = unsent.failed ? 'failed' : 'pending';
    rows.push({
      key: unsent.id,
      part: 'message own last',
      bubble: `bubble ${state}`,
      body: unsent.body,
      time: unsent.failed ? texts.failed : texts.sending,
      unsent,
    });
  }
  return rows;
}

/** @param {Message} [a] @param {Message} [b] The message after `a`. */
const isGroup = (a, b) =>
  a &&
  b &&
  a.sender_id === b.sender_id &&
  (a.message_type === 'system') === (b.message_type === 'system') &&
  sameDay(a.created_at, b.created_at) &&
  Date.parse(b.created_at) - Date.parse(a.created_at) < GROUP_MS;
