// @ts-check
/**
 * What the shop's Medusa knows: customers with their orders, and products. It is asked in no
 * request of the chat's client: a slow or absent Medusa says nothing about the chat's connection,
 * and is asked again only on request.
 *
 * Events: `change` {id} when a customer was loaded, or could not be.
 */

import { ApiError } from '../../client/http.js';
import { emit } from '../../ui/events.js';

/** The server gives Medusa four seconds. */
const SHOP_TIMEOUT_MS = 10_000;
/** For so long a customer is shown without being asked for again. */
const SHOP_FRESH_MS = 60_000;
const MAX_KEPT_CUSTOMERS = 50;

/**
 * @typedef {{ id: string, first_name: string | null, last_name: string | null,
 *   email: string | null }} ShopCustomer
 *
 * @typedef {{ amount: number, currency_code: string }} Price
 *
 * @typedef {{ id: string, display_id: number | null, status: string,
 *   payment_status: string | null, fulfillment_status: string | null, total: number | null,
 *   currency_code: string, created_at: string,
 *   items: { title: string, quantity: number, thumbnail: string | null }[] }} ShopOrder
 *
 * @typedef {ShopCustomer & { created_at: string | null, orders_count: number, spent: Price[],
 *   orders: ShopOrder[] }} CustomerWithOrders
 *
 * @typedef {{ id: string, title: string, handle: string | null, thumbnail: string | null,
 *   price: Price | null }} ShopProduct
 *
 * @typedef {object} Known
 * @property {CustomerWithOrders} [customer]
 * @property {any} [error] Of the last attempt.
 * @property {boolean} isLoading
 * @property {number} at When it was last asked for.
 */

export class Shop extends EventTarget {
  #session;
  /** @type {Map<string, Known>} By the customer's id; the one that was asked for last is last. */
  #known = new Map();
  /** Where Medusa is; empty: no shop is connected. */
  #url = document.documentElement.dataset.medusaUrl ?? '';

  /** @param {import('../session/session.js').Session} session */
  constructor(session) {
    super();
    this.#session = session;
  }

  get isConnected() {
    return this.#url !== '';
  }

  /** @param {string} path In Medusa's dashboard. */
  dashboard(path) {
    return `${this.#url}/app/${path}`;
  }

  /**
   * What is known of a customer. Loads it unless that was done a moment ago; after a failure only
   * on request.
   * @param {string} id @returns {Known}
   */
  customer(id) {
    const known = this.#known.get(id);
    if (known && (known.isLoading || known.error || performance.now() - known.at < SHOP_FRESH_MS))
      return known;
    return this.load(id);
  }

  /** @param {string} id @returns {Known} */
  load(id) {
    const at = performance.now();
    const known = { customer: this.#known.get(id)?.customer, isLoading: true, at };
    this.#keep(id, known);
    this.#get(`customers/${encodeURIComponent(id)}`).then(
      ({ customer }) => this.#loaded(id, { customer, isLoading: false, at }),
      (error) => this.#loaded(id, { customer: known.customer, error, isLoading: false, at }),
    );
    return known;
  }

  /** @param {string} q @returns {Promise<ShopCustomer[]>} */
  customers = async (q) => (await this.#get(`customers?q=${encodeURIComponent(q)}`)).customers;

  /** @param {string} q @returns {Promise<ShopProduct[]>} */
  products = async (q) => (await this.#get(`products?q=${encodeURIComponent(q)}`)).products;

  /** @param {string} id @param {Known} known */
  #loaded(id, known) {
    this.#keep(id, known);
    emit(this, 'change', { id });
  }

  /** @param {string} id @param {Known} known */
  #keep(id, known) {
    this.#known.delete(id);
    this.#known.set(id, known);
    if (this.#known.size > MAX_KEPT_CUSTOMERS)
      this.#known.delete(this.#known.keys().next().value ?? '');
  }

  /** @param {string} path */
  #get = (path) => this.#session.watch(this.#once(`/admin/chat/shop/${path}`));

  /** @param {string} url @returns {Promise<any>} */
  async #once(url) {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${this.#session.token}` },
      signal: AbortSignal.timeout(SHOP_TIMEOUT_MS),
    }).catch(() => undefined);
    const data = await response?.json().catch(() => undefined);
    if (response?.ok && data) return data;
    throw new ApiError(
      data?.type ?? 'network',
      data?.message ?? 'The server cannot be reached',
      response?.status ?? 0,
    );
  }
}
