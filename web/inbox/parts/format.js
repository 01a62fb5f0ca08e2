// @ts-check
/** Texts with values in them, and texts for times and numbers, in the page's language. */

import { clock, sameDay } from '../../ui/time.js';
import { locale, texts } from '../texts.js';

const WEEK_MS = 7 * 86_400_000;

/** @param {string} at Today's time, a weekday of the last week, or a date. */
export function shortTime(at) {
  const [then, now] = [new Date(at), new Date()];
  if (sameDay(at, now.getTime())) return clock(at, locale);
  if (now.getTime() - then.getTime() < WEEK_MS)
    return new Intl.DateTimeFormat(locale, { weekday: 'short' }).format(then);
  return dateOf(at);
}

/** @param {string | number} at The time of day, with its day unless that is today. */
export function shortMoment(at) {
  const time = clock(at, locale);
  if (sameDay(at, Date.now())) return time;
  const isNear = Math.abs(new Date(at).getTime() - Date.now()) < WEEK_MS;
  const day = new Intl.DateTimeFormat(
    locale,
    isNear ? { weekday: 'short' } : { day: 'numeric', month: 'short' },
  ).format(new Date(at));
  return `${day} ${time}`;
}

/** @param {string | number} at The date, or the time of day if that is today. */
export function dateOf(at) {
  if (sameDay(at, Date.now())) return clock(at, locale);
  const date = new Date(at);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year }).format(date);
}

/** @param {string | number} at */
export const fullTime = (at) =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' }).format(new Date(at));

/**
 * @template Value
 * @param {string} text With places for values: `{name}`.
 * @param {Record<string, Value>} values
 * @returns {(string | Value)[]} The text in pieces, the values between them.
 */
export const parts = (text, values) =>
  text.split(/\{(\w+)\}/).map((part, index) => (index % 2 ? values[part] : part));

/** @param {string} text @param {Record<string, string | number>} values */
export const filled = (text, values) => parts(text, values).join('');

/** @param {import('../texts.js').Forms} forms @param {number} count */
export const formOf = (forms, count) =>
  new Intl.PluralRules(texts.lang).select(count) === 'one' ? forms.one : forms.other;

/**
 * @param {import('../texts.js').Forms} forms
 * @param {number} count The value of `{count}`.
 * @param {Record<string, string>} [values]
 */
export const counted = (forms, count, values) =>
  filled(formOf(forms, count), { count: number(count), ...values });

/** @param {string} text Without the differences that a search ignores. */
const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase(locale);

/** @param {string} text @param {string} words Whether the text has each of these words in it. */
export const includes = (text, words) =>
  plain(words)
    .split(/\s+/)
    .every((word) => plain(text).includes(word));

/** @param {number} value */
export const number = (value) => new Intl.NumberFormat(locale).format(value);

/** @param {string} text */
export const capitalized = (text) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
