// @ts-check
/** Which rows the inbox shows for a conversation. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { threadRows } from '../../web/inbox/thread/thread-rows.js';

const NOW = Date.parse('2026-03-26T12:00:00.000Z');
const CUSTOMER = { id: 'cus_1' };

/** @param {number} seq @param {object} [more] A message of the customer. */
const message = (seq, more) => ({
  id: `m${seq}`,
  seq,
  sender_id: 'cus_1',
  sender_role: 'customer',
  body: `Message ${seq}`,
  message_type: 'text',
  client_message_id: `c${seq}`,
  edited_at: null,
  created_at: new Date(NOW + seq * 60_000).toISOString(),
  is_own: false,
  ...more,
});
/** @param {number} seq @param {object} [more] */
const own = (seq, more) =>
  message(seq, { sender_id: 'user_1', sender_role: 'admin', is_own: true, ...more });

/**
 * @param {object} view
 * @param {{ firstNew?: number, editing?: string, readByMember?: number, lines?: object[] }} [at]
 */
function rowsOf(view, { firstNew, editing, readByMember = 0, lines = [] } = {}) {
  const empty = { messages: [], deleted: [], pending: [], hasOlder: false };
  const conversation = {
    view: { ...empty, ...view },
    staffView: { lines, pending: [] },
    readByMember,
    sender: () => CUSTOMER,
    author: () => ({ id: 'user_1' }),
    isMe: () => true,
    changeText: (/** @type {any} */ { status }) => status,
  };
  return threadRows(/** @type {any} */ (conversation), firstNew, editing, NOW);
}
/** @param {Parameters<typeof rowsOf>} given */
const kinds = (...given) =>
  rowsOf(...given).map((row) => (row.kind === 'message' ? row.message.id : row.kind));
/** @param {Parameters<typeof rowsOf>} given @returns {any[]} */
const messages = (...given) => rowsOf(...given).filter(({ kind }) => kind === 'message');

test('an empty conversation has a note, and one with older messages a divider', () => {
  assert.deepEqual(kinds({}), ['empty']);
  assert.deepEqual(kinds({ hasOlder: true }), ['older']);
  assert.deepEqual(kinds({ pending: [{ id: 'c1', body: 'Hi' }] }), ['unsent']);
});

test('each day has a divider, and so has the first message that is new', () => {
  const later = message(3, { created_at: new Date(NOW + 3 * 86_400_000).toISOString() });
  const view = { messages: [message(1), message(2), later] };
  assert.deepEqual(kinds(view, { firstNew: 2 }), ['day', 'm1', 'new', 'm2', 'day', 'm3']);
  assert.deepEqual(kinds(view), ['day', 'm1', 'm2', 'day', 'm3']);
});

test('the mark keeps its place above a message that is deleted', () => {
  const view = { messages: [own(2), message(3)], deleted: [message(1)] };
  assert.deepEqual(kinds(view, { firstNew: 1 }), ['day', 'new', 'm1', 'm2', 'm3']);
  assert.deepEqual(
    messages(view).map(({ isDeleted }) => isDeleted),
    [true, false, false],
  );
});

test('messages that one person writes within five minutes are a group', () => {
  const view = { messages: [message(1), message(5), message(11), own(12), own(13)] };
  assert.deepEqual(
    messages(view).map(({ isFirst, isLast }) => [isFirst, isLast]),
    [
      [true, false],
      [false, true],
      [true, true],
      [true, false],
      [false, true],
    ],
  );
});

test('messages of staff up to the mark of the customer are read', () => {
  const view = { messages: [own(1), message(2), own(3)] };
  assert.deepEqual(
    messages(view, { readByMember: 2 }).map(({ isRead }) => isRead),
    [true, false, false],
  );
});

test('an own message keeps its row when it is sent', () => {
  const [unsent] = rowsOf({ pending: [{ id: 'c1', body: 'Hi' }] });
  const [, sent] = rowsOf({ messages: [own(1)] });
  assert.equal(sent.key, unsent.key);
  const [, other] = rowsOf({ messages: [message(1)] });
  assert.notEqual(other.key, unsent.key);
});

test('the message that is being edited is an editor, unless it is deleted meanwhile', () => {
  assert.deepEqual(kinds({ messages: [own(1)] }, { editing: 'm1' }), ['day', 'editor']);
  assert.deepEqual(kinds({ deleted: [own(1)] }, { editing: 'm1' }), ['day', 'm1']);
});

test('notes and changes stand after their message, and not above what is loaded', () => {
  const ts = new Date(NOW).toISOString();
  const change = (
    /** @type {number} */ staff_seq,
    /** @type {number} */ after_seq,
    by = 'user_1',
  ) => ({
    staff_seq,
    after_seq,
    ts,
    by: { id: by },
    status: `s${staff_seq}`,
  });
  const note = {
    staff_seq: 2,
    after_seq: 2,
    note: { id: 'n2', author_id: 'user_1', created_at: ts },
  };
  const lines = [
    change(1, 1),
    note,
    change(3, 2),
    change(4, 2),
    change(5, 2, 'user_2'),
    change(6, 3),
  ];
  const shown = (/** @type {object} */ view, /** @type {string} */ editing = '') =>
    rowsOf(view, { lines, editing }).map((/** @type {any} */ row) =>
      row.kind === 'change' ? row.texts.join() : row.kind,
    );
  const all = [1, 2, 3].map((seq) => message(seq));
  assert.deepEqual(shown({ messages: all }), [
    'day',
    'message',
    's1',
    'message',
    'note',
    's3,s4',
    's5',
    'message',
    's6',
  ]);
  assert.deepEqual(shown({ messages: all.slice(2), hasOlder: true }), [
    'older',
    'day',
    'message',
    's6',
  ]);
  assert.equal(shown({ messages: all }, 'n2')[4], 'editor');
});

test('a row with files says whether others wait for it', () => {
  const unsent = (/** @type {string} */ id, /** @type {object} */ failed = undefined) => {
    return { id, body: id, work: { files: [{ key: id }] }, failed };
  };
  const isHolding = (/** @type {object[]} */ ...pending) =>
    rowsOf({ pending }).map((/** @type {any} */ { upload }) => upload.isHolding);
  assert.deepEqual(isHolding(unsent('c1')), [false]);
  assert.deepEqual(isHolding(unsent('c1'), unsent('c2')), [true, false]);
  assert.deepEqual(isHolding(unsent('c1', { status: 400 }), unsent('c2')), [false, false]);
});
