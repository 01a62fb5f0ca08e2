// @ts-check
/**
 * What the widget says of the shop, and what the inbox previews: opening hours and reply time in
 * the reader's time zone, and the shop's texts in the reader's language.
 */

import { clock } from '../ui/time.js';

const WEEK_DAYS = 7;
const CALENDAR_DAY_MS = 86_400_000;

/**
 * @param {{ open: boolean, next_open_at: string | null,
 *   reply_time: { median_seconds: number } | null }} availability
 * @param {Record<'backAt' | 'shut' | 'soon' | 'replies', string>} texts
 * @param {string} locale @param {number} [now]
 */
export function openingText({ open, next_open_at, reply_time }, texts, locale, now = Date.now()) {
  const opens = next_open_at ? Date.parse(next_open_at) : NaN;
  if (!open && !(opens <= now))
    return next_open_at
      ? texts.backAt.replace('{time}', openingTime(opens, locale, now))
      : texts.shut;
  if (!reply_time) return texts.soon;
  const minutes = reply_time.median_seconds / 60;
  const [time, unit] = minutes < 90 ? [minutes, 'minute'] : [minutes / 60, 'hour'];
  const text = (Math.round(time) || 1).toLocaleString(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'long',
  });
  return texts.replies.replace('{time}', text);
}

/**
 * `today 14:00`, `tomorrow 9:00`, `Monday 9:00` within a week, then the date.
 * @param {number} at @param {string} locale @param {number} now
 */
function openingTime(at, locale, now) {
  const days = dayOf(at) - dayOf(now);
  const isFar = days >= WEEK_DAYS;
  const isOtherYear = isFar && new Date(at).getFullYear() !== new Date(now).getFullYear();
  const day =
    days < 2
      ? new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(days, 'day')
      : new Date(at).toLocaleDateString(locale, {
          ...(isFar ? { day: 'numeric', month: 'short' } : { weekday: 'long' }),
          year: isOtherYear ? 'numeric' : undefined,
        });
  return `${day} ${clock(at, locale)}`;
}

/**
 * A number that rises by one with each local day, also where a day has 23 hours.
 * @param {number} at
 */
function dayOf(at) {
  const date = new Date(at);
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / CALENDAR_DAY_MS;
}

/**
 * The entry of a language: the exact one, then that of the same primary language, then the first.
 * @template T
 * @param {Record<string, T> | null | undefined} entries By language.
 * @param {string} language @returns {T | undefined}
 */
export function inLanguage(entries, language) {
  const all = Object.entries(entries ?? {});
  const exact = language.toLowerCase();
  const [primary] = exact.split('-');
  const [, entry] =
    all.find(([tag]) => tag.toLowerCase() === exact) ??
    all.find(([tag]) => tag.toLowerCase() === primary) ??
    all.find(([tag]) => tag.toLowerCase().split('-')[0] === primary) ??
    all[0] ??
    [];
  return entry;
}
