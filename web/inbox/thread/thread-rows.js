// @ts-check
/**
 * Which rows the log of a conversation has: dividers, messages in groups, notes and changes of the
 * staff's work where they belong, unsent messages and notes.
 */

import { holdsOthers, uploadOf } from '../../ui/files/deliver.js';
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
 * @typedef {{ key: string, kind: 'editor', id: string, body: string, isNote: boolean }} EditorRow
 * @typedef {{ key: string, kind: 'unsent', id: string, body: string, failure?: object,
 *   isNote?: boolean, item?: import('../../client/outbox.js').Unsent, upload?: object }} UnsentRow
 * @typedef {object} NoteRow
 * @property {string} key
 * @property {'note'} kind
 * @property {import('../../client/staff-log.js').Note} note
 * @property {import('../parts/people.js').Person} author
 * @property {boolean} isOwn
 * @typedef {{ key: string, kind: 'change', texts: string[], at: string, by: string }} ChangeRow
 * @typedef {PlainRow | DayRow | EditorRow | UnsentRow | MessageRow | NoteRow | ChangeRow} ThreadRow
 *
 * @typedef {import('../../client/staff-lines.js').StaffLine} StaffLine
 * @typedef {{ at: string, message: Message, line?: undefined }
 *   | { at: string, message?: undefined, line: StaffLine }} Item
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
  const { lines, pending: pendingNotes } = conversation.staffView;
  const items = merged(messages, lines, hasOlder);
  const markBefore = firstNew && messages.find(({ seq }) => seq >= firstNew);
  /** @type {ThreadRow[]} */
  const rows = [];
  if (hasOlder) rows.push({ key: 'older', kind: 'older' });
  else if (!items.length && !pending.length && !pendingNotes.length)
    rows.push({ key: 'empty', kind: 'empty' });
  for (const [index, { at, message, line }] of items.entries()) {
    const [before, after] = [items[index - 1], items[index + 1]];
    if (!before || !sameDay(before.at, at)) rows.push(dayRow(at, message?.id ?? '', now));
    if (line) {
      addLine(rows, line, conversation, editing);
      continue;
    }
    if (message === markBefore) rows.push({ key: NEW_ROW, kind: 'new' });
    const isDeleted = deleted.includes(message);
    if (message.id === editing && !isDeleted) rows.push(editorRow(message, false));
    else
      rows.push({
        key: keyOf(message),
        kind: 'message',
        message,
        sender: conversation.sender(message),
        isFirst: !isSameGroup(before?.message, message),
        isLast: !isSameGroup(message, after?.message),
        isRead: !isByMember(message) && conversation.readByMember >= message.seq,
        isDeleted,
      });
  }
  for (const item of pending) {
    const { id, body, failed } = item;
    const isHolding = holdsOthers(pending, item);
    const upload = item.work?.files && { ...uploadOf(item), isHolding };
    rows.push({ key: id, kind: 'unsent', id, body, failure: failed, item, upload });
  }
  for (const { id, body, failed } of pendingNotes)
    rows.push({ key: id, kind: 'unsent', id, body, failure: failed, isNote: true });
  return rows;
}

/**
 * Both logs as one. Lines that belong above the oldest message that is loaded are left out.
 * @param {Message[]} messages @param {StaffLine[]} lines @param {boolean} hasOlder
 * @returns {Item[]}
 */
function merged(messages, lines, hasOlder) {
  const floor = hasOlder ? (messages[0]?.seq ?? Infinity) : 0;
  const rest = lines.filter(({ after_seq }) => after_seq >= floor);
  /** @type {Item[]} */
  const items = [];
  let next = 0;
  for (const message of [...messages, undefined]) {
    for (; next < rest.length && rest[next].after_seq < (message?.seq ?? Infinity); next++) {
      const line = rest[next];
      items.push({ at: line.note?.created_at ?? /** @type {any} */ (line).ts, line });
    }
    if (message) items.push({ at: message.created_at, message });
  }
  return items;
}

/**
 * @param {ThreadRow[]} rows
 * @param {StaffLine} line
 * @param {import('./conversation.js').Conversation} conversation
 * @param {string | undefined} editing
 */
function addLine(rows, line, conversation, editing) {
  const { note } = line;
  if (note?.id === editing && note && !note.deleted_at) rows.push(editorRow(note, true));
  else if (note)
    rows.push({
      key: note.id,
      kind: 'note',
      note,
      author: conversation.author(note),
      isOwn: conversation.isMe(note.author_id),
    });
  else {
    const text = conversation.changeText(line);
    const by = line.by?.id ?? '';
    const last = rows.at(-1);
    const isMore =
      last?.kind === 'change' &&
      last.by === by &&
      Date.parse(line.ts) - Date.parse(last.at) < GROUP_MS;
    if (text && isMore) last.texts.push(text);
    else if (text)
      rows.push({
        key: `change ${line.staff_seq}`,
        kind: 'change',
        texts: [text],
        at: line.ts,
        by,
      });
  }
}

/** @param {Message} message A sent message keeps the row that it had while it was on its way. */
const keyOf = ({ is_own, client_message_id, id }) => (is_own && client_message_id) || id;

/** @param {string} at @param {string} id @param {number} now @returns {DayRow} */
function dayRow(at, id, now) {
  return {
    key: `day ${at.slice(0, 10)} ${id}`,
    kind: 'day',
    text: capitalized(day(at, locale, now)),
  };
}

/** @param {{ id: string, body: string }} written @param {boolean} isNote @returns {EditorRow} */
const editorRow = ({ id, body }, isNote) => ({
  key: `editor ${id}`,
  kind: 'editor',
  id,
  body,
  isNote,
});

/** @param {Message | undefined} a @param {Message | undefined} b The message after `a`. */
const isSameGroup = (a, b) =>
  a !== undefined &&
  b !== undefined &&
  a.sender_id === b.sender_id &&
  a.message_type !== 'system' &&
  b.message_type !== 'system' &&
  sameDay(a.created_at, b.created_at) &&
  Date.parse(b.created_at) - Date.parse(a.created_at) < GROUP_MS;
