// @ts-check
/** The dialog in which staff picks a product of the shop for a card. */

import { el } from '../../ui/dom.js';
import { openDialog } from '../parts/feedback.js';
import { texts } from '../texts.js';
import { moneyText, thumbnail } from './shop-format.js';
import { shopSearch } from './shop-search.js';

/**
 * @typedef {object} ProductCard As route 5 takes it.
 * @property {'product'} kind
 * @property {string} id
 * @property {string} title
 * @property {string} [image_url]
 * @property {import('./shop.js').Price} [price]
 */

/** Longest text of a card, in characters. */
const MAX_CARD_TITLE = 200;

/**
 * @param {import('./shop.js').Shop} shop
 * @param {(card: ProductCard, words: string) => void} choose With what the card says in words.
 */
export function pickProduct(shop, choose) {
  const field = shopSearch({
    id: 'product-search',
    label: texts.productSearch,
    showsFirst: true,
    search: shop.products,
    content: ({ title, thumbnail: url, price }) => [
      thumbnail(url),
      el('span', { class: 'shop-name', dir: 'auto' }, title),
      price !== null && el('span', { class: 'shop-price' }, moneyText(price)),
    ],
    choose: (product) => {
      box.close();
      const { title, price } = product;
      choose(productCardOf(product), price ? `${title} (${moneyText(price)})` : title);
    },
  });
  const box = openDialog(texts.pickProduct, el('div', { class: 'stack' }, field.element));
  field.input.focus();
}

/** @param {import('./shop.js').ShopProduct} product @returns {ProductCard} */
const productCardOf = ({ id, title, thumbnail: url, price }) => ({
  kind: 'product',
  id,
  title: [...title].slice(0, MAX_CARD_TITLE).join(''),
  ...(url?.startsWith('https://') && { image_url: url }),
  ...(price && { price }),
});
