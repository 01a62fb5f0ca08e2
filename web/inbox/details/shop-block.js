// @ts-check
/** The customer in the shop: since when, what they ordered and spent, and the last orders. */

import { el } from '../../ui/dom.js';
import { listen } from '../../ui/events.js';
import { errorText } from '../parts/feedback.js';
import { counted, dateOf, filled, number } from '../parts/format.js';
import { texts } from '../texts.js';
import { fields } from './fields.js';
import { moneyText, orderStates, thumbnail } from './shop-format.js';

/** Orders that are shown before all are asked for. */
const FEW_ORDERS = 3;
const MAX_PICTURES = 3;

/** @param {import('./blocks.js').DetailsParts} parts @returns {import('./blocks.js').Block} */
export function shopBlock({ shop, changed }) {
  let shown = '';
  let isWhole = false;
  listen(shop, 'change', ({ id }) => id === shown && changed());
  const retry = () => {
    shop.load(shown);
    changed();
  };
  const showAll = () => {
    isWhole = true;
    changed();
  };
  return {
    name: 'shop',
    title: texts.shop,
    content: ({ customer: { id } }) => {
      if (!shop.isConnected || id.startsWith('guest_')) return [];
      if (id !== shown) isWhole = false;
      shown = id;
      const { customer, error, isLoading } = shop.customer(id);
      if (!customer && isLoading)
        return [el('p', { class: 'shop-note', role: 'status' }, texts.shopLoading)];
      const note = error && shopFailure(error, retry);
      if (!customer) return [note];
      const { orders } = customer;
      const few = isWhole ? orders : orders.slice(0, FEW_ORDERS);
      const isMore = few.length < orders.length;
      return [
        note,
        fields([
          [texts.customerSince, customer.created_at && dateOf(customer.created_at)],
          [texts.orders, number(customer.orders_count)],
          [texts.spent, customer.spent.map(moneyText).join(' · ')],
        ]),
        ...few.map((order) => orderView(shop, order)),
        isMore &&
          el(
            'button',
            { type: 'button', class: 'shop-all', onclick: showAll },
            counted(texts.allOrders, orders.length),
          ),
        dashboardLink(shop.dashboard(`customers/${id}`), 'shop-link', texts.openInMedusa),
      ];
    },
  };
}

/** @param {any} error @param {() => void} retry */
function shopFailure(error, retry) {
  const isUnknown = error.status === 404;
  return el(
    'p',
    { class: 'shop-note', role: 'status' },
    isUnknown ? texts.shopUnknown : errorText(error),
    ' ',
    !isUnknown &&
      el('button', { type: 'button', class: 'shop-retry', onclick: retry }, texts.tryAgain),
  );
}

/** @param {import('./shop.js').Shop} shop @param {import('./shop.js').ShopOrder} order */
function orderView(shop, order) {
  const { id, display_id, total, currency_code, created_at, items } = order;
  const pictures = items.map((item) => thumbnail(item.thumbnail)).filter(Boolean);
  const contents = items.map(({ quantity, title }) =>
    filled(texts.orderItem, { count: number(quantity), title }),
  );
  return el(
    'article',
    { class: 'order' },
    el(
      'div',
      { class: 'order-head' },
      dashboardLink(shop.dashboard(`orders/${id}`), 'order-number', `#${display_id ?? '–'}`),
      el('span', { class: 'order-day' }, dateOf(created_at)),
      total !== null &&
        el('span', { class: 'order-total' }, moneyText({ amount: total, currency_code })),
    ),
    el('div', { class: 'order-state' }, orderStates(order).join(' · ')),
    el(
      'div',
      { class: 'order-items' },
      ...pictures.slice(0, MAX_PICTURES),
      el('span', { dir: 'auto' }, contents.join(', ')),
    ),
  );
}

/** @param {string} href @param {string} name @param {string} text A page of Medusa's dashboard. */
const dashboardLink = (href, name, text) =>
  el('a', { class: name, href, target: '_blank', rel: 'noopener noreferrer' }, text);
