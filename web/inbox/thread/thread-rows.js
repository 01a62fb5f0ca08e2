// @ts-check
/** Which rows the log of a conversation has: dividers, messages in groups, unsent messages. */

import { day, sameDay } from '../../ui/time.js';
import { isByMember } from '../channels/channel-store.js';
import { capitalized } from '../parts/format.js';
import { locale } from '../texts.js';

/** Messages that one person writes within this time are a group. */
const GROUP_MS = 5 * 60_000;

/**
 * @typedef {import('./conversation.js').Message} Message
 * @typedef {object} MessageRow
 * @property {string} key
 * @property {'message'} kind
 * @property {Message} message
 * @property {import('../parts/people.js').Person} sender
 * @property {boolean} isFirst Of its group.
 * @property {boolean} isLast Of its group.
 * @property {boolean} isRead By the customer.
 * @property {boolean} isDeleted
 *
 * @typedef {{ key: string, kind: 'empty' | 'older' | 'new' }} PlainRow
 * @typedef {{ key: string, kind: 'day', text: string }} DayRow
 * @typedef {{ key: string, kind: 'editor', id: string, body: string }} EditorRow
 * @typedef {{ key: string, kind: 'unsent', id: string, body: string, failure?: object }} UnsentRow
 * @typedef {PlainRow | DayRow | EditorRow | UnsentRow | MessageRow} ThreadRow
 */

/** The row before the first message that the reader has not read. */
export const NEW_ROW = 'new';

/**
 * @param {import('./conversation.js').Conversation} conversation
 * @param {number | undefined} firstNew The seq of the first message that was new.
 * @param {string | undefined} editing The id of the message that is being edited.
 * @param {number} now
 * @returns {ThreadRow[]}
 */
export function threadRows(conversation, firstNew, editing, now) {
  const { view } = conversation;
  if (!view) return [];
  const { deleted, pending, hasOlder } = view;
  const messages = [...view.messages, ...deleted].sort((a, b) => a.seq - b.seq);
  const markBefore = firstNew && messages.find(({ seq }) => seq >= firstNew);
  /** @type {ThreadRow[]} */
  const rows = [];
  if (hasOlder) rows.push({ key: 'older', kind: 'older' });
  else if (!messages.length && !pending.length) rows.push({ key: 'empty', kind: 'empty' });
  for (const [index, message] of messages.entries()) {
    const [before, after] = [messages[index - 1], messages[index + 1]];
    if (!before || !sameDay(before.created_at, message.created_at)) rows.push(dayRow(message, now));
    if (message === markBefore) rows.push({ key: NEW_ROW, kind: 'new' });
    const isDeleted = deleted.includes(message);
    if (message.id === editing && !isDeleted) rows.push(editorRow(message));
    else
      rows.push({
        key: keyOf(message),
        kind: 'message',
        message,
        sender: conversation.sender(message),
        isFirst: !isSameGroup(before, message),
        isLast: !isSameGroup(message, after),
        isRead: !isByMember(message) && conversation.readByMember >= message.seq,
        isDeleted,
      });
  }
  for (const { id, body, failed } of pending)
    rows.push({ key: id, kind: 'unsent', id, body, failure: failed });
  return rows;
}

/** @param {Message} message A sent message keeps the row that it had while it was on its way. */
const keyOf = ({ is_own, client_message_id, id }) => (is_own && client_message_id) || id;

/** @param {Message} message @param {number} now @returns {DayRow} */
function dayRow({ id, created_at }, now) {
  const text = capitalized(day(created_at, locale, now));
  return { key: `day ${created_at.slice(0, 10)} ${id}`, kind: 'day', text };
}

/** @param {Message} message @returns {EditorRow} */
const editorRow = ({ id, body }) => ({ key: `editor ${id}`, kind: 'editor', id, body });

/** @param {Message | undefined} a @param {Message | undefined} b The message after `a`. */
const isSameGroup = (a, b) =>
  a !== undefined &&
  b !== undefined &&
  a.sender_id === b.sender_id &&
  a.message_type !== 'system' &&
  b.message_type !== 'system' &&
  sameDay(a.created_at, b.created_at) &&
  Date.parse(b.created_at) - Date.parse(a.created_at) < GROUP_MS;
