// @ts-check
/** Where the new messages of a conversation begin, and how many there are. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

Object.defineProperty(globalThis, 'navigator', { value: { language: 'en' }, configurable: true });
const { NewMark } = await import('../../web/inbox/thread/new-mark.js');

/**
 * A conversation whose messages are loaded from the seq `from` on. Every fourth is an answer.
 * @param {{ from: number, to: number, readByMe?: number, unread: number, own?: number }} given
 */
function conversation({ from, to, readByMe = 0, unread, own }) {
  const all = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  return {
    readByMe,
    lastOwn: own === undefined ? undefined : { seq: own },
    lastSeq: to,
    channel: { unread_count: unread },
    view: { hasOlder: from > 1 },
    messages: all.map((seq) => ({ seq })),
    membersAfter: (/** @type {number} */ after) =>
      all.filter((seq) => seq > after && seq % 4 !== 0).map((seq) => ({ seq })),
  };
}
/** @param {Parameters<typeof conversation>[0]} given */
function markOf(given) {
  const state = conversation(given);
  const mark = new NewMark(/** @type {any} */ (state));
  mark.start();
  return {
    mark,
    /** @param {number} from @param {number} to */
    load: (from, to) => {
      Object.assign(state, conversation({ ...given, from, to }));
      mark.find();
    },
  };
}

test('the mark is unknown until the first new message is loaded, and the number stays', () => {
  const { mark, load } = markOf({ from: 51, to: 100, unread: 75 });
  assert.deepEqual([mark.count, mark.first, mark.isFurtherUp], [75, undefined, true]);
  // Forty arrive: as many as are missing above.
  load(51, 140);
  assert.deepEqual([mark.count, mark.first], [75, undefined]);
  load(11, 140);
  assert.deepEqual([mark.count, mark.first], [75, undefined]);
  load(1, 140);
  assert.deepEqual([mark.count, mark.first, mark.isFurtherUp], [75, 1, false]);
});

test('a mark that was found stays', () => {
  const { mark, load } = markOf({ from: 51, to: 100, readByMe: 89, unread: 8 });
  assert.deepEqual([mark.count, mark.first], [8, 90]);
  load(1, 120);
  assert.deepEqual([mark.count, mark.first], [8, 90]);
});

test('who has answered has read what stands above the answer', () => {
  const { mark } = markOf({ from: 51, to: 100, unread: 75, own: 96 });
  assert.deepEqual([mark.count, mark.first], [3, 97]);
});

test('what comes later is new when nothing was', () => {
  const { mark, load } = markOf({ from: 51, to: 100, readByMe: 100, unread: 0 });
  assert.deepEqual([mark.count, mark.first], [0, undefined]);
  mark.clear();
  load(51, 102);
  assert.deepEqual([mark.count, mark.first], [0, 101]);
});
