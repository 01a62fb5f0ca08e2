// @ts-check
/** Texts are cut between what people see as characters, and counted as the server counts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { day, duration } from '../../web/ui/time.js';
import { characterCount, clipped, firstCharacter, isBlank } from '../../web/ui/text.js';

const FAMILY = '👩‍👩‍👧‍👦';

test('a text is cut before a character that does not fit', () => {
  assert.equal(clipped('short', 5), 'short');
  assert.equal(clipped('longer', 5), 'longe…');
  for (const character of ['🫖', FAMILY, '🇩🇪', 'e\u0301', '👍🏽'])
    for (let at = 1; at < Math.min(character.length, 9); at++)
      assert.equal(clipped(`${'a'.repeat(9 - at)}${character}b`, 9), `${'a'.repeat(9 - at)}…`);
  assert.equal(firstCharacter(`${FAMILY}x`), FAMILY);
  assert.equal(firstCharacter(''), '');
});

test('characters and blank texts are those of the server', () => {
  assert.equal(characterCount('🫖🫖a'), 3);
  for (const text of ['', ' \n', '\u200b', '\u2800\u3164\uffa0', '\ufeff\u00ad'])
    assert.equal(isBlank(text), true);
  assert.equal(isBlank(' \u200bx'), false);
});

test('durations are rounded down', () => {
  assert.deepEqual(
    [30, 3599, 5700, 86_399, 172_799].map((seconds) => duration(seconds, 'en')),
    ['1 minute', '59 minutes', '1 hour', '23 hours', '1 day'],
  );
});

test('yesterday is the day before, also when it had 23 or 25 hours', () => {
  const at = (/** @type {number[]} */ ...parts) =>
    new Date(2026, parts[0], parts[1], parts[2], parts[3]).getTime();
  for (const [month, date] of [
    [2, 30],
    [9, 25],
    [9, 26],
    [2, 8],
    [10, 1],
  ])
    for (const minute of [30, 1410]) {
      const now = at(month, date, 0, minute);
      assert.equal(day(at(month, date, 12, 0), 'en', now), 'today');
      assert.equal(day(at(month, date - 1, 12, 0), 'en', now), 'yesterday');
      assert.doesNotMatch(day(at(month, date - 2, 23, 59), 'en', now), /day$/);
    }
});
