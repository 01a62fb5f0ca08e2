// @ts-check
/** What a message carries beside its text: a card of the shop, and a meeting. */

import { el } from './dom.js';

/**
 * @typedef {object} Card
 * @property {string} title
 * @property {string | null} subtitle
 * @property {string | null} url
 * @property {string | null} image_url
 * @property {{ amount: number, currency_code: string } | null} price
 * @property {string | null} state
 */

/** @param {Card} card @param {string} locale Of the price. */
export function cardOf({ title, subtitle, url, image_url, price, state }, locale) {
  const image =
    image_url?.startsWith('https:') &&
    el('img', {
      alt: '',
      'data-whole': image_url,
      loading: 'lazy',
      referrerpolicy: 'no-referrer',
      src: image_url,
    });
  // The page's policy, or another host, may refuse it.
  if (image) image.onerror = () => (image.hidden = true);
  const isLink = url && /^https?:/.test(url);
  return el(
    isLink ? 'a' : 'div',
    {
      part: 'shop-card',
      href: isLink && url,
      target: isLink && '_blank',
      rel: isLink && 'noreferrer',
    },
    image,
    el(
      'span',
      { part: 'shop-card-text' },
      el('b', { dir: 'auto' }, title),
      subtitle && el('span', { dir: 'auto' }, subtitle),
      el('span', {}, [price && priceOf(price, locale), state].filter(Boolean).join(' · ')),
    ),
  );
}

/** @param {NonNullable<Card['price']>} price @param {string} locale */
export const priceOf = ({ amount, currency_code: currency }, locale) =>
  new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount);

/**
 * The meeting's time in the reader's zone, its place, and a button named `calendar`.
 * @param {import('./calendar.js').Meeting} meeting
 * @param {string} locale Of the time.
 * @param {string} add What the button says.
 */
export function meetingOf({ starts_at, ends_at, title, url }, locale, add) {
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' });
  const place = url?.startsWith('https:') && url;
  return el(
    'div',
    { part: 'appointment' },
    title && el('b', { dir: 'auto' }, title),
    el('time', { datetime: starts_at }, time.formatRange(new Date(starts_at), new Date(ends_at))),
    place && el('a', { href: place, target: '_blank', rel: 'noreferrer' }, new URL(place).host),
    el('button', { type: 'button', name: 'calendar' }, add),
  );
}
