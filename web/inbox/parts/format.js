// @ts-check
/** Texts for times and numbers, in the browser's language. */

import { clock, sameDay } from '../../ui/time.js';

export const LANG = navigator.language;
const WEEK_MS = 7 * 86_400_000;

/** @param {string} at Today's time, a weekday of the last week, or a date. */
export function shortTime(at) {
  const [then, now] = [new Date(at), new Date()];
  if (sameDay(at, now.getTime())) return clock(at, LANG);
  if (now.getTime() - then.getTime() < WEEK_MS)
    return new Intl.DateTimeFormat(LANG, { weekday: 'short' }).format(then);
  const year = then.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(LANG, { day: 'numeric', month: 'short', year }).format(then);
}

/** @param {string | number} at */
export const fullTime = (at) =>
  new Intl.DateTimeFormat(LANG, { dateStyle: 'full', timeStyle: 'short' }).format(new Date(at));

/** @param {number} count @param {string} one @param {string} many */
export const plural = (count, one, many) =>
  `${new Intl.NumberFormat(LANG).format(count)} ${count === 1 ? one : many}`;

/** @param {string} text */
export const capitalized = (text) => text.charAt(0).toLocaleUpperCase(LANG) + text.slice(1);
