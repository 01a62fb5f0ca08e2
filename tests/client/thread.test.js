// @ts-check
/** The thread against a model log: whatever comes, in any order, the thread equals the log. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Thread } from '../../web/client/thread.js';
import { Log, chance, marks, orders, shown } from './support.js';

const empty = { messages: [], has_more: false, next_cursor: null, last_seq: 0, members: [] };

function thread(/** @type {any} */ page = empty) {
  const made = new Thread();
  made.begin(page);
  return made;
}

/** @param {Thread} seen @param {Log} log */
function assertEqual(seen, log, note = '') {
  assert.deepEqual(shown(seen.messages.live), shown(log.live()), note);
  assert.equal(seen.seq, log.lastSeq, note);
  assert.equal(seen.behind, false, note);
}

/** Logs of six entries in which every kind meets every other. */
function logs() {
  const fixed = new Log();
  fixed.create('a');
  fixed.create('b');
  fixed.edit('chatmsg_1', 'a2');
  fixed.edit('chatmsg_1', 'a3');
  fixed.delete('chatmsg_2');
  fixed.delete('chatmsg_1');
  const edits = new Log();
  edits.create('a');
  for (const body of ['2', '3', '4', '5', '6']) edits.edit('chatmsg_1', body);
  const random = Array.from({ length: 30 }, (_, seed) => {
    const log = new Log();
    const dice = chance(seed);
    for (let i = 0; i < 6; i++) log.change(dice);
    return log;
  });
  return [fixed, edits, ...random];
}

test('every order of six entries, each once and each twice, gives the log', () => {
  let runs = 0;
  for (const log of logs()) {
    for (const source of [log.pushes, log.events(0).events]) {
      for (const order of orders(source)) {
        const once = thread();
        for (const event of order) once.apply(event);
        assertEqual(once, log);
        const twice = thread();
        for (const event of order) {
          twice.apply(event);
          twice.apply(order[runs % 6]);
        }
        assertEqual(twice, log);
        runs++;
      }
    }
  }
  assert.equal(runs, 32 * 2 * 720);
});

test('every subset of six entries knows how far it reaches; the log completes it', () => {
  const log = logs()[0];
  for (let mask = 0; mask < 64; mask++) {
    const subset = log.pushes.filter((_, index) => mask & (1 << index));
    const reach = log.pushes.findIndex((_, index) => !(mask & (1 << index)));
    const contiguous = reach < 0 ? 6 : reach;
    for (const order of orders(subset)) {
      const seen = thread();
      for (const event of order) seen.apply(event);
      assert.equal(seen.seq, contiguous);
      assert.equal(seen.behind, subset.length > contiguous);
      seen.catchUp(log.events(seen.seq));
      assertEqual(seen, log);
    }
  }
});

test('4000 random runs: pushes lost, doubled, late; log and pages read at any time', () => {
  for (let seed = 0; seed < 4000; seed++) {
    const dice = chance(seed);
    const log = new Log();
    /** @type {any[]} */
    const wire = [];
    const happen = () => {
      const push = log.change(dice);
      if (!dice.happens(0.3)) wire.push(push);
      if (dice.happens(0.1)) wire.push(push);
      if (dice.happens(0.2)) {
        const read = dice.happens(0.5)
          ? log.read('cus_ada', 'customer')
          : log.read('user_mia', 'admin');
        if (read && !dice.happens(0.3)) wire.push(read);
      }
    };
    for (let i = dice.below(40); i > 0; i--) happen();
    const seen = new Thread();
    /** A response that is on its way while other things happen. @type {any} */
    let answer;
    let page = () => seen.begin(log.page(undefined, 5));
    if (dice.happens(0.5)) {
      const early = log.page(undefined, 5);
      page = () => seen.begin(early);
      for (let i = dice.below(5); i > 0; i--) happen();
      for (const push of dice.shuffled(wire).slice(0, 5)) seen.apply(push);
    }
    page();
    for (let i = 10 + dice.below(60); i > 0; i--) {
      switch (dice.below(6)) {
        case 0:
        case 1:
          happen();
          break;
        case 2:
        case 3: {
          const [push] = wire.splice(dice.below(wire.length), 1);
          if (push) seen.apply(push);
          break;
        }
        case 4:
          if (answer) answer = answer();
          else if (dice.happens(0.5)) {
            const log1 = log.events(seen.seq, 1 + dice.below(6));
            answer = () => void seen.catchUp(log1);
          } else if (seen.cursor !== null) {
            const older = log.page(Number(seen.cursor), 5);
            const asOf = seen.highest;
            answer = () => void seen.prepend(older, asOf);
          }
          break;
        default: {
          // The late response to an own edit.
          const one = log.live()[0];
          if (!one || answer) break;
          const asOf = seen.highest;
          log.edit(one.id, `own ${log.lastSeq}`);
          const message = structuredClone(log.messages.get(one.id));
          answer = () => void seen.put(message, asOf);
        }
      }
    }
    answer?.();
    for (const push of dice.shuffled(wire)) seen.apply(push);
    while (seen.cursor !== null) seen.prepend(log.page(Number(seen.cursor), 5), seen.highest);
    for (let left = log.lastSeq - seen.seq, trips = 0; seen.seq < log.lastSeq; trips++) {
      assert.ok(trips <= Math.ceil(left / 7), `seed ${seed}: too many round trips`);
      seen.catchUp(log.events(seen.seq, 7));
    }
    seen.catchUp(log.events(seen.seq));
    assertEqual(seen, log, `seed ${seed}`);
    assert.deepEqual(marks(seen.members), marks(log.members.values()), `seed ${seed}`);
  }
});

test('a state once passed never comes back, whichever way it comes', () => {
  const log = new Log();
  const created = log.create('one');
  const second = log.edit('chatmsg_1', 'two');
  const page = log.page();
  const third = log.edit('chatmsg_1', 'three');
  const seen = thread(page);
  seen.apply(third);
  for (const late of [created, second]) assert.equal(seen.apply(late), false);
  seen.prepend(page, 2);
  seen.put(page.messages[0], 2);
  assert.equal(seen.messages.live[0].body, 'three');
});

test('an older page is newer than the pushes that were known at its request', () => {
  const log = new Log();
  for (let i = 0; i < 4; i++) log.create(`m${i}`);
  const seen = thread(log.page(undefined, 2));
  const late = log.edit('chatmsg_1', 'two');
  seen.apply(log.create('known'));
  log.edit('chatmsg_1', 'three');
  seen.prepend(log.page(3, 2), seen.highest);
  seen.apply(late);
  assert.equal(seen.messages.live[0].body, 'three');
});

test('a REST response is shown before its entry, and gives way to later entries', () => {
  const log = new Log();
  log.create('one');
  const seen = thread(log.page());
  const asOf = seen.highest;
  const push = log.edit('chatmsg_1', 'two');
  assert.equal(seen.put(structuredClone(log.messages.get('chatmsg_1')), asOf), true);
  assert.equal(seen.messages.live[0].body, 'two');
  seen.apply(push);
  seen.apply(log.edit('chatmsg_1', 'three'));
  assert.equal(seen.messages.live[0].body, 'three');
});

test('a deletion is final, also of a message that was never seen', () => {
  const log = new Log();
  const created = log.create('one');
  const edited = log.edit('chatmsg_1', 'two');
  const page = log.page();
  const deleted = log.delete('chatmsg_1');
  const seen = thread();
  seen.apply(deleted);
  seen.apply(edited);
  seen.apply(created);
  seen.put(page.messages[0], 99);
  seen.prepend(page, 99);
  assert.deepEqual(seen.messages.live, []);
});

test('a truncated push is a gap, and the log fills it with the whole message', () => {
  const log = new Log();
  const push = log.create('long');
  const cut = {
    ...push,
    payload: { truncated: true, message: { ...push.payload.message, body: '' } },
  };
  const seen = thread();
  assert.equal(seen.apply(cut), false);
  assert.equal(seen.behind, true);
  assert.equal(seen.messages.live.length, 0);
  seen.catchUp(log.events(0));
  assertEqual(seen, log);
  assert.equal(seen.apply(cut), false);
  assert.equal(seen.messages.live[0].body, 'long');
});

test('pushes before the first page are kept, and bring no deleted message back', () => {
  const log = new Log();
  const created = log.create('gone');
  const deleted = log.delete('chatmsg_1');
  const page = log.page();
  const later = log.create('later');
  const seen = new Thread();
  for (const event of [later, created]) seen.apply(event);
  seen.begin(page);
  assertEqual(seen, log);
  seen.apply(deleted);
  seen.apply(created);
  assertEqual(seen, log);
});

test('an older message stays hidden after an edit of it, until its page is read', () => {
  const log = new Log();
  for (let i = 0; i < 9; i++) log.create(`m${i}`);
  const seen = thread(log.page(undefined, 3));
  seen.apply(log.edit('chatmsg_2', 'edited'));
  assert.deepEqual(
    seen.messages.live.map((message) => message.seq),
    [7, 8, 9],
  );
  while (seen.cursor !== null) seen.prepend(log.page(Number(seen.cursor), 3), seen.highest);
  assertEqual(seen, log);
});

test('read marks only move forward', () => {
  const seen = thread();
  const mark = (/** @type {number} */ last_read_seq) =>
    seen.mark({ user_id: 'u', role: 'admin', last_read_seq, last_read_at: `at ${last_read_seq}` });
  assert.deepEqual([mark(0), mark(5), mark(3), mark(5), mark(6)], [true, true, false, false, true]);
  assert.deepEqual(seen.members, [
    { user_id: 'u', role: 'admin', last_read_seq: 6, last_read_at: 'at 6' },
  ]);
});

test('an entry of an unknown kind takes its place in the log and changes nothing', () => {
  const log = new Log();
  log.create('one');
  const seen = thread(log.page());
  seen.apply({ event: 'chat.message.reacted', channel_hash: 'x', seq: 2, payload: {} });
  assert.equal(seen.seq, 2);
  assert.equal(seen.messages.live.length, 1);
});

test('messages deleted while shown are listed without their bodies, others never', () => {
  const log = new Log();
  for (const body of ['a', 'b', 'c']) log.create(body);
  const seen = thread();
  for (const push of log.pushes.slice(0, 2)) seen.apply(push);
  log.delete('chatmsg_2');
  log.delete('chatmsg_3');
  for (const event of log.events(0).events) seen.apply(event);
  assert.deepEqual(
    seen.messages.deleted.map(({ id, body }) => ({ id, body })),
    [{ id: 'chatmsg_2', body: '' }],
  );
  assertEqual(seen, log);
});
