// @ts-check
/** Opening hours as the inbox's preview computes them, and the head of the widget. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areWrong, isZone, noonOf, openingAt } from '../../web/inbox/shop-settings/hours.js';
import { inLanguage, openingText } from '../../web/widget/opening.js';

const DAY = [{ from: '09:00', to: '17:00' }];
const WEEK = { mon: DAY, tue: DAY, wed: DAY, thu: DAY, fri: DAY };
const BERLIN = { time_zone: 'Europe/Berlin', week: WEEK, exceptions: [] };

/** @param {any} hours @param {string} at */
const next = (hours, at) => openingAt(hours, Date.parse(at)).next_open_at;

test('a shop is open in its spans, in its own zone', () => {
  assert.deepEqual(openingAt(null, 0), { open: true, next_open_at: null });
  const open = (/** @type {string} */ at) => openingAt(BERLIN, Date.parse(at)).open;
  assert.equal(open('2026-11-27T08:00:00Z'), true);
  assert.equal(open('2026-11-27T07:59:59Z'), false);
  assert.equal(open('2026-11-27T16:00:00Z'), false);
  assert.equal(next(BERLIN, '2026-11-27T16:00:00Z'), '2026-11-30T08:00:00.000Z');
  const never = { ...BERLIN, week: {} };
  assert.equal(next(never, '2026-11-27T16:00:00Z'), null);
});

test('exceptions replace a day; a whole day and midnight join', () => {
  const exceptions = [{ date: '2026-11-30', spans: [] }];
  assert.equal(next({ ...BERLIN, exceptions }, '2026-11-27T16:00:00Z'), '2026-12-01T08:00:00.000Z');
  const whole = [{ from: '00:00', to: '24:00' }];
  const always = { ...BERLIN, week: { fri: whole, sat: whole } };
  assert.equal(openingAt(always, Date.parse('2026-11-27T23:00:00Z')).open, true);
});

test('where clocks skip a time it counts as much later; where they repeat one, the first', () => {
  const night = { ...BERLIN, week: { sun: [{ from: '02:30', to: '05:00' }] } };
  assert.equal(next(night, '2026-03-28T20:00:00Z'), '2026-03-29T01:30:00.000Z');
  assert.equal(next(night, '2026-10-24T20:00:00Z'), '2026-10-25T00:30:00.000Z');
});

test('noon of a day is the next such day’s in the shop’s zone', () => {
  const now = Date.parse('2026-11-27T23:30:00Z');
  const noon = (/** @type {string} */ day) =>
    new Date(noonOf(day, 'Europe/Berlin', now)).toISOString();
  assert.equal(noon('sat'), '2026-11-28T11:00:00.000Z');
  assert.equal(noon('fri'), '2026-12-04T11:00:00.000Z');
});

test('spans that overlap or end too early are wrong, and unknown zones', () => {
  assert.equal(areWrong([{ from: '13:00', to: '17:00' }, ...DAY]), true);
  assert.equal(areWrong([{ from: '17:00', to: '24:00' }, ...DAY]), false);
  assert.equal(areWrong([{ from: '17:00', to: '09:00' }]), true);
  assert.deepEqual(
    [isZone('Europe/Berlin'), isZone('Europe/Nowhere'), isZone('')],
    [true, false, false],
  );
});

test('the head says the day in words within a week, then the date', () => {
  const texts = { backAt: 'back {time}', shut: 'shut', soon: 'soon', replies: 'in {time}' };
  const now = new Date(2026, 10, 27, 20).getTime();
  /** @param {number} day @param {number} [hour] */
  const says = (day, hour = 9) =>
    openingText(
      { open: false, next_open_at: new Date(2026, 10, day, hour).toISOString(), reply_time: null },
      texts,
      'en-GB',
      now,
    );
  assert.deepEqual(
    [says(27, 21), says(28), says(30), says(33), says(34), says(27, 19)],
    [
      'back today 21:00',
      'back tomorrow 09:00',
      'back Monday 09:00',
      'back Thursday 09:00',
      'back 4 Dec 09:00',
      'soon',
    ],
  );
  const shut = { open: false, next_open_at: null, reply_time: null };
  assert.equal(openingText(shut, texts, 'en', now), 'shut');
});

test('a reader gets the exact language, then the primary one, then the first', () => {
  const all = { fr: 1, de: 2, 'pt-BR': 3, 'de-AT': 4 };
  const chosen = ['de-at', 'de-CH', 'pt-PT', 'ja', 'de'].map((tag) => inLanguage(all, tag));
  assert.deepEqual(chosen, [4, 2, 3, 1, 2]);
  assert.equal(inLanguage({}, 'de'), undefined);
  assert.equal(inLanguage(undefined, 'de'), undefined);
});
