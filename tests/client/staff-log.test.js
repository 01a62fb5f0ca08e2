// @ts-check
/** The staff's log: the same view whatever happens to its pushes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StaffLog, staffEntryOf } from '../../web/client/staff-log.js';
import { chance } from './support.js';

/** @param {number} seq @param {object} [more] @returns {any} */
const entry = (seq, more) => ({
  staff_seq: seq,
  after_seq: Math.floor(seq / 3),
  kind: 'status',
  by: { id: 'user_mia', role: 'admin' },
  ts: '2026-03-26T12:00:00.000Z',
  status: seq % 2 ? 'closed' : 'open',
  ...more,
});
/** @param {number} seq Of its creation. @param {object} [state] */
const note = (seq, state) => ({
  id: `chatnote_${seq}`,
  staff_seq: seq,
  after_seq: Math.floor(seq / 3),
  author_id: 'user_mia',
  body: 'first',
  mentions: [],
  deleted_at: null,
  ...state,
});
/** @param {any} one @returns {any} As a push. */
const pushed = (one) => {
  const { staff_seq, after_seq, ts } = one;
  const names = { note: 'created', note_edited: 'updated', note_deleted: 'deleted' };
  return one.note
    ? {
        event: `chat.note.${/** @type {any} */ (names)[one.kind]}`,
        staff_seq,
        after_seq,
        ts,
        payload: { note: one.note },
      }
    : { event: 'chat.channel.updated', staff_seq, after_seq, ts, payload: { entry: one } };
};
const HISTORY = [
  entry(1),
  entry(2, { kind: 'note', note: note(2) }),
  entry(3, { kind: 'labels', added: ['return'], removed: [] }),
  entry(4, { kind: 'note_edited', note: note(2, { body: 'second' }) }),
  entry(5, { kind: 'note', note: note(5) }),
  entry(6, { kind: 'from_the_future' }),
  entry(7, { kind: 'note_deleted', note: note(5, { body: '', deleted_at: 'now' }) }),
  entry(8, { kind: 'assignee', assignee_id: null }),
];
/** @param {StaffLog} log */
const shown = (log) =>
  log.lines.all.map(({ staff_seq, note: one }) => [staff_seq, one?.body ?? '-']);
const WHOLE = [
  [1, '-'],
  [2, 'second'],
  [3, '-'],
  [5, ''],
  [8, '-'],
];

test('lost, doubled and shuffled pushes and one reading of the log give the whole log', () => {
  for (let seed = 0; seed < 300; seed++) {
    const { happens, shuffled, below } = chance(seed);
    const log = new StaffLog(0);
    const pushes = HISTORY.flatMap((one) => (happens(0.7) ? [one, one] : []));
    for (const one of shuffled(pushes)) log.push(pushed(one));
    if (happens(0.5)) log.learn(1 + below(8));
    const rest = HISTORY.filter(({ staff_seq }) => staff_seq > log.seq);
    log.catchUp({ entries: rest, staff_seq: 8 });
    assert.deepEqual([log.seq, log.behind, shown(log)], [8, false, WHOLE], `seed ${seed}`);
  }
});

test('a cut note is a gap, and a gap is known until the log fills it', () => {
  const log = new StaffLog(0);
  log.push({ ...pushed(HISTORY[1]), payload: { note: note(2), truncated: true } });
  assert.deepEqual([log.seq, log.highest, shown(log)], [0, 2, []]);
  assert.equal(
    staffEntryOf({ event: 'chat.message.created', payload: { message: {} } }),
    undefined,
  );
  log.catchUp({ entries: HISTORY.slice(0, 2), staff_seq: 2 });
  assert.deepEqual([log.seq, log.behind], [2, false]);
});

test('older entries are added above, and do not bring back an older state of a note', () => {
  const log = new StaffLog(4);
  log.catchUp({ entries: HISTORY.slice(4), staff_seq: 8 });
  log.push(pushed(entry(9, { kind: 'note_edited', note: note(2, { body: 'third' }) })));
  assert.deepEqual(shown(log), [
    [5, ''],
    [8, '-'],
  ]);
  log.prepend(HISTORY.slice(0, 4), 0);
  assert.deepEqual(shown(log)[1], [2, 'third']);
  assert.equal(shown(log).length, 5);
});

test('a response never replaces a newer state', () => {
  const log = new StaffLog(0);
  log.catchUp({ entries: HISTORY.slice(0, 2), staff_seq: 2 });
  log.put(/** @type {any} */ (note(2, { body: 'mine' })), 2);
  assert.deepEqual(shown(log)[1], [2, 'mine']);
  log.push(pushed(HISTORY[2]));
  log.push(pushed(HISTORY[3]));
  assert.deepEqual(shown(log)[1], [2, 'second']);
  log.put(/** @type {any} */ (note(2, { body: 'mine' })), 2);
  assert.deepEqual(shown(log)[1], [2, 'second']);
});
