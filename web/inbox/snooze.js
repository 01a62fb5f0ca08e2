// @ts-check
/** Until when a conversation is snoozed: some usual times, or any other. */

import { el } from '../ui/dom.js';
import { openDialog } from './parts/feedback.js';
import { shortMoment } from './parts/format.js';
import { serverNow } from './parts/server-clock.js';
import { texts } from './texts.js';

const HOUR_MS = 3_600_000;
const MORNING = 9;
const EVENING = 18;
const YEAR_DAYS = 365;

/** @param {Date} now @param {number} days @param {number} hour @returns {Date} Of that day. */
const dayAt = (now, days, hour) =>
  new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);

export const tomorrowMorning = () => dayAt(new Date(serverNow()), 1, MORNING);

/** @param {(until: Date) => void} run @returns {import('./parts/menu.js').MenuItem[]} */
export function snoozeItems(run) {
  const now = new Date(serverNow());
  /** Days until the next Monday. */
  const monday = (8 - now.getDay()) % 7 || 7;
  const times = [
    { label: texts.snoozeHour, until: new Date(now.getTime() + HOUR_MS) },
    { label: texts.snoozeEvening, until: dayAt(now, 0, EVENING) },
    { label: texts.snoozeTomorrow, until: dayAt(now, 1, MORNING) },
    { label: texts.snoozeWeek, until: dayAt(now, monday, MORNING) },
  ].filter(({ until }) => until.getTime() >= now.getTime() + HOUR_MS);
  return [
    ...times.map(({ label, until }) => ({
      label,
      hint: shortMoment(until.getTime()),
      run: () => run(until),
    })),
    { label: texts.snoozeOther, run: () => askTime(tomorrowMorning(), run) },
  ];
}

/** @param {Date} proposed @param {(until: Date) => void} run */
function askTime(proposed, run) {
  const input = el('input', { type: 'datetime-local', id: 'snooze-until', required: true });
  input.value = localText(proposed);
  input.min = localText(new Date(serverNow() + 60_000));
  input.max = localText(new Date(serverNow() + YEAR_DAYS * 24 * HOUR_MS));
  const form = el(
    'form',
    { class: 'stack' },
    el('label', { for: 'snooze-until' }, texts.snoozeUntil),
    input,
    el('footer', {}, el('button', { class: 'primary' }, texts.snooze)),
  );
  const box = openDialog(texts.snooze, form);
  input.focus();
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    box.close();
    run(new Date(input.value));
  });
}

/** @param {Date} date @returns {string} Local time, as a field takes it. */
function localText(date) {
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
