// @ts-check
/** Texts for times, days and durations, in a given language. */

/** Hours and minutes. @param {string | number} at @param {string} lang */
export const clock = (at, lang) => new Date(at).toLocaleTimeString(lang, { timeStyle: 'short' });

/**
 * Whether both are on the same local day.
 * @param {string | number | Date} a @param {string | number | Date} b
 */
export const sameDay = (a, b) => new Date(a).toDateString() === new Date(b).toDateString();

/**
 * `today`, `yesterday`, or the date, by the calendar: a day may have 23 or 25 hours.
 * @param {string | number} at
 * @param {string} lang
 * @param {number} [now]
 */
export function day(at, lang, now = Date.now()) {
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  const ago = sameDay(at, now) ? 0 : sameDay(at, yesterday) ? -1 : undefined;
  if (ago !== undefined)
    return new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(ago, 'day');
  return new Date(at).toLocaleDateString(lang, { dateStyle: 'long' });
}

/**
 * In the largest unit that fits, rounded down: `4 minutes`.
 * @param {number} seconds
 * @param {string} lang
 * @param {'long' | 'short' | 'narrow'} [unitDisplay]
 */
export function duration(seconds, lang, unitDisplay = 'long') {
  const [unit, size] =
    seconds < 3600 ? ['minute', 60] : seconds < 86_400 ? ['hour', 3600] : ['day', 86_400];
  const count = Math.max(1, Math.floor(seconds / size));
  return new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay }).format(count);
}
