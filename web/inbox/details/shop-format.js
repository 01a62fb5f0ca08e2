// @ts-check
/** How moneyText, states and pictures of the shop are shown. */

import { el } from '../../ui/dom.js';
import { locale, texts } from '../texts.js';

/** @param {import('./shop.js').Price} price In the reader's way of writing. */
export function moneyText({ amount, currency_code }) {
  const currency = currency_code.toUpperCase();
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount);
  } catch {
    // No code of a currency.
    return `${new Intl.NumberFormat(locale).format(amount)} ${currency}`;
  }
}

/** @param {import('./shop.js').ShopOrder} order @returns {string[]} What became of it. */
export function orderStates({ status, fulfillment_status, payment_status }) {
  const states = [fulfillment_status, payment_status];
  const shown = status === 'canceled' ? [status, ...refundOf(payment_status)] : states;
  return shown.flatMap((state) => (state ? [stateWord(state)] : []));
}

/** @param {string | null} payment */
const refundOf = (payment) => (payment?.endsWith('refunded') ? [payment] : []);

/** @param {string} state In Medusa's words. A later Medusa may have others. */
const stateWord = (state) => texts.orderStates[state] ?? state.replaceAll('_', ' ');

/**
 * @param {string | null} url Pictures of other servers are shown over https only, as the page's
 *   policy has it.
 */
export const thumbnail = (url) =>
  url !== null &&
  (url.startsWith('https://') || url.startsWith(`${location.origin}/`)) &&
  el('img', { class: 'shop-picture', src: url, alt: '', loading: 'lazy', onerror: hidePicture });

/** @param {Event} event */
function hidePicture({ currentTarget }) {
  /** @type {HTMLElement} */ (currentTarget).hidden = true;
}
