// @ts-check
/** The rows of a conversation as plain data: greeting, days, messages, unsent messages. */

import { day, sameDay } from '../ui/time.js';

/** Messages of one side that follow within this time share one line of time and ticks. */
const GROUP_MS = 120_000;

/**
 * @typedef {import('../client/chat.js').View} View
 * @typedef {View['messages'][number]} Message
 * @typedef {{ key: string, part: 'greeting' | 'day', text: string }} TextRow
 * @typedef {{ key: string, unsent: import('../client/outbox.js').Unsent }} UnsentRow
 * @typedef {object} MessageRow
 * @property {string} key
 * @property {Message} message
 * @property {boolean} isDeleted
 * @property {boolean} isLast Of its group.
 * @property {'sent' | 'read' | ''} tick Of an own message.
 * @typedef {TextRow | MessageRow | UnsentRow} Row
 */

/**
 * @param {View | undefined} view Undefined: nothing is loaded yet.
 * @param {string} greeting Above the first message.
 * @param {string} lang
 * @returns {Row[]}
 */
export function rowsOf(view, greeting, lang) {
  const { messages = [], deleted = [], members = [], pending = [] } = view ?? {};
  const readTo = Math.max(
    ...members.map(({ role, last_read_seq }) => (role === 'admin' ? last_read_seq : 0)),
  );
  /** @type {Row[]} */
  const rows = view?.hasOlder ? [] : [{ key: 'greeting', part: 'greeting', text: greeting }];
  const all = [...messages, ...deleted].sort((a, b) => a.seq - b.seq);
  all.forEach((message, index) => {
    const { seq, is_own, created_at } = message;
    const next = all[index + 1];
    if (!index || !sameDay(all[index - 1].created_at, created_at))
      rows.push({ key: `day ${seq}`, part: 'day', text: day(created_at, lang, Date.now()) });
    const isDeleted = deleted.includes(message);
    rows.push({
      // The same key as while it was unsent.
      key: (is_own && message.client_message_id) || message.id,
      message,
      isDeleted,
      isLast:
        next?.is_own !== is_own || Date.parse(next.created_at) - Date.parse(created_at) > GROUP_MS,
      tick: is_own && !isDeleted ? (seq > readTo ? 'sent' : 'read') : '',
    });
  });
  for (const unsent of pending) rows.push({ key: unsent.id, unsent });
  return rows;
}
