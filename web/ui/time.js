// @ts-check
/** Texts for times, days and durations, in a given language. */

/** Hours and minutes. @param {string | number} at @param {string} lang */
export const clock = (at, lang) =>
  new Intl.DateTimeFormat(lang, { timeStyle: 'short' }).format(new Date(at));

/** Whether both are on the same local day. @param {string | number} a @param {string | number} b */
export const sameDay = (a, b) => new Date(a).toDateString() === new Date(b).toDateString();

/**
 * `today`, `yesterday`, or the date.
 * @param {string | number} at
 * @param {string} lang
 * @param {number} now
 */
export function day(at, lang, now) {
  const today = new Date(now);
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  const ago = sameDay(at, now) ? 0 : sameDay(at, yesterday.getTime()) ? -1 : undefined;
  if (ago !== undefined)
    return new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(ago, 'day');
  return new Intl.DateTimeFormat(lang, { dateStyle: 'long' }).format(new Date(at));
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
