// @ts-check
/** The rows of a conversation as plain data: greeting, messages, unsent messages. */

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
 * @property {boolean} [isLast] Of its group.
 * @property {'sent' | 'read' | ''} [tick] Of an own message.
 * @typedef {TextRow | BubbleRow} Row
 *
 * @typedef {object} Shown
 * @property {View} [view] Missing: nothing is loaded yet.
 * @property {boolean} isLoading Whether there may be a conversation that is not loaded yet.
 * @property {string} greeting Above the first message; empty: not known yet.
 * @property {string} locale Of times.
 */

/** @param {Shown} shown @param {import('./texts.js').Texts} texts @returns {Row[]} */
export function rowsOf({ view, isLoading, greeting, locale }, texts) {
  const { messages = [], members = [], pending = [], hasOlder } = view ?? {};
  const readTo = Math.max(
    ...members.map(({ role, last_read_seq }) => (role === 'admin' ? last_read_seq : 0)),
  );
  const part = isLoading ? 'skeleton' : greeting ? 'greeting' : 'reserved';
  return [
    ...(hasOlder ? [] : [{ key: part, part, text: isLoading ? '' : greeting }]),
    ...messages.map((message, index) => {
      const { id, seq, is_own, created_at, body, client_message_id } = message;
      const isLast = !isGroup(message, messages[index + 1]);
      return {
        // The same key as while it was unsent.
        key: (is_own && client_message_id) || id,
        part: `message ${is_own ? 'own' : 'other'}${isLast ? ' last' : ''}`,
        bubble: 'bubble',
        body,
        time: isLast ? clock(created_at, locale) : '',
        message,
        isLast,
        tick: /** @type {'sent' | 'read' | ''} */ (is_own ? (seq > readTo ? 'sent' : 'read') : ''),
      };
    }),
    ...pending.map((unsent) => ({
      key: unsent.id,
      part: 'message own last',
      bubble: 'bubble pending',
      body: unsent.body,
      time: texts.sending,
      unsent,
    })),
  ];
}

/** @param {Message} [a] @param {Message} [b] The message after `a`. */
const isGroup = (a, b) =>
  a &&
  b &&
  a.sender_id === b.sender_id &&
  (a.message_type === 'system') === (b.message_type === 'system') &&
  sameDay(a.created_at, b.created_at) &&
  Date.parse(b.created_at) - Date.parse(a.created_at) < GROUP_MS;
