// @ts-check
/**
 * The storefront's tag: `<script type="module"
 * src="…/chat/widget.js"></script><live-chat></live-chat>`.
 *
 * A page gets the button and, for those who have written before or are logged in, one request for
 * the number of unread messages. Everything else is loaded with the first click. Before it there is
 * no cookie, no key in storage and no other host.
 *
 * Attributes: `api` (where the chat's API is: a storefront's own proxy, for instance; else where
 * this script came from), `token` (Medusa's JWT), `customer` (the proxy at `api` knows the customer
 * by a cookie), `admin` (whom to write to, by id), `lang`, `label`, `heading`, `greeting`, `side`
 * (`start` for the other corner). Property `getToken`: asked for a token before every request.
 * Methods: `open()`, `close()`, `identify()`, `logout()`. Events: `live-chat-unread` {count},
 * `live-chat-unauthorized`.
 */

import { CSS } from './launcher.css.js';

const GUEST = 'live-chat:guest';
const OPEN = 'live-chat:open';
/** @type {Record<string, any>} What cannot be stored. */
const memory = {};
const PANEL = './assets/panel.js';
/**
 * For a page from before a deployment, whose own panel is gone: leads to the panel as it is now.
 */
const PRESENT_PANEL = './assets/entry/panel.js';
const STORES = /** @type {Store[]} */ (['localStorage', 'sessionStorage']);

/**
 * @typedef {'localStorage' | 'sessionStorage'} Store
 * @typedef {() => string | null | undefined | Promise<string | null | undefined>} GetToken
 * @typedef {{ show(focus: boolean): void, identify(): void, logout(): void, leave(stays?: boolean): void }} Panel
 */

export class LiveChat extends HTMLElement {
  // A page may have set these before this script came.
  /** @type {GetToken | undefined} */
  getToken = /** @type {any} */ (this).getToken;
  /**
   * @type {string | null | undefined} Not an attribute: what records a page's attributes need not
   * have it.
   */
  token = /** @type {any} */ (this).token;
  #root = this.attachShadow({ mode: 'open' });
  #button = document.createElement('button');
  #badge = document.createElement('span');
  /** @type {Promise<Panel> | undefined} */
  #panel;
  #unread = 0;
  #isOpen = false;

  constructor() {
    super();
    this.adopt(CSS);
    this.#badge.part.value = 'badge';
    this.#button.part.value = 'launcher';
    this.#button.append(this.#badge);
    this.#button.onclick = () => (this.#isOpen ? this.close() : this.open());
    this.#root.append(this.#button);
  }

  connectedCallback() {
    this.unread = 0;
    document.addEventListener('visibilitychange', this.#look);
    this.#isOpen = false;
    // Who had the panel open on the page before finds it open on this one, but for phones, where it
    // would hide the page.
    if (this.keep('sessionStorage', OPEN) && innerWidth > 640) this.open(false);
    else if (this.#panel) this.#panel.then((panel) => panel.identify());
    else this.#look();
  }

  disconnectedCallback() {
    document.removeEventListener('visibilitychange', this.#look);
    this.#panel?.then((panel) => panel.leave());
  }

  /** Where the API is, without `/store`. */
  get api() {
    return this.getAttribute('api') ?? new URL('..', import.meta.url).href;
  }

  /** The customer's token as it is now. */
  jwt() {
    return this.getToken ? this.getToken() : (this.token ?? this.getAttribute('token'));
  }

  get language() {
    const closest = /** @type {HTMLElement | null} */ (this.closest('[lang]'));
    return closest?.lang || navigator.language;
  }

  /** A logged-out visitor's secret, if they have written before. */
  get guestId() {
    return this.keep('localStorage', GUEST);
  }

  set guestId(secret) {
    this.keep('localStorage', GUEST, secret);
  }

  /** Whether a customer is logged in, as far as the page says. */
  get isCustomer() {
    return (
      this.getToken || this.token || this.hasAttribute('token') || this.hasAttribute('customer')
    );
  }

  /** Whom to write to, by id. */
  get admin() {
    return this.getAttribute('admin');
  }

  /** Whether it is known who is here. */
  get isSomebody() {
    return this.isCustomer || this.guestId;
  }

  /** @param {number} count */
  set unread(count) {
    const label = this.getAttribute('label') ?? 'Chat';
    this.#badge.textContent = count ? String(count) : '';
    this.#button.ariaLabel = count ? `${label}: ${count}` : label;
    this.#button.ariaExpanded = String(this.#isOpen);
    if (count === this.#unread) return;
    this.#unread = count;
    this.emit('unread', { count });
  }

  /** @param {boolean} [focus] Whether to go there. */
  async open(focus = true) {
    if (this.#isOpen) return;
    this.#turn(true);
    try {
      (await this.#load()).show(focus);
    } catch {
      // Its code could not be loaded: the next click tries again.
      this.#panel = undefined;
      this.#turn(false);
    }
  }

  async close() {
    if (!this.#isOpen) return;
    this.#turn(false);
    (await this.#panel)?.leave(true);
    this.#button.focus();
  }

  /**
   * Somebody has logged in: what they wrote as a guest becomes theirs.
   * @param {{ token?: string, getToken?: GetToken }} [who] Nothing where the proxy at `api` knows.
   */
  async identify({ token, getToken } = {}) {
    this.token = token;
    this.getToken = getToken;
    this.toggleAttribute('customer', !token && !getToken);
    // A guest's conversation is claimed now, and not only when the panel is opened the next time.
    if (this.#panel || this.guestId) (await this.#load()).identify();
    else await this.#look();
  }

  /** Somebody has logged out: nothing of theirs stays on this machine. */
  async logout() {
    this.token = this.getToken = undefined;
    this.removeAttribute('token');
    this.removeAttribute('customer');
    await this.close();
    (await this.#panel)?.logout();
    this.unread = 0;
    for (const where of STORES) {
      try {
        for (const key of Object.keys(globalThis[where]))
          if (key.startsWith('live-chat:')) this.keep(where, key, null);
      } catch {}
    }
  }

  /**
   * Reads a key, or writes it where a value is given; null removes it. Browsers throw where storage
   * is blocked: then it lasts as long as the page.
   * @param {Store} where @param {string} key @param {string | null} [value] @returns {string | null}
   */
  keep(where, key, value) {
    try {
      if (value === undefined) return globalThis[where].getItem(key);
      if (value === null) globalThis[where].removeItem(key);
      else globalThis[where].setItem(key, value);
    } catch {
      if (value !== undefined) memory[key] = value;
      return memory[key];
    }
    return null;
  }

  /** @param {string} css Style sheets that are made so need no leave of the page's policy. */
  adopt(css) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    this.#root.adoptedStyleSheets.push(sheet);
  }

  /** @param {string} name @param {object} [detail] */
  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(`live-chat-${name}`, { detail, bubbles: true }));
  }

  #load() {
    // What a panel and its host expect of each other has the name `createPanel`. Where that
    // changes, the name changes too: a page from before is told by an error that there is no such
    // function.
    return (this.#panel ??= import(PANEL)
      .catch(() => import(PRESENT_PANEL))
      .then(({ createPanel }) => createPanel(this, this.#root)));
  }

  /** @param {boolean} isOpen */
  #turn(isOpen) {
    this.#isOpen = isOpen;
    this.unread = this.#unread;
    this.keep('sessionStorage', OPEN, isOpen ? '1' : null);
  }

  /** Asks for the number of unread messages, until the panel knows it by itself. */
  #look = async () => {
    if (this.#panel || document.hidden || !this.isSomebody) return;
    try {
      // What an earlier page could not send is sent now.
      if (JSON.stringify(localStorage).includes('live-chat:outbox'))
        return (await this.#load()).identify();
      const token = await this.jwt();
      /** @type {Record<string, string>} */
      const headers = token
        ? { authorization: `Bearer ${token}` }
        : this.guestId
          ? { 'x-guest-id-for-live-chat': this.guestId }
          : {};
      const url = `${this.api.replace(/\/$/, '')}/store/chat/messages/unread-count`;
      const response = await fetch(url, { headers });
      if (response.ok && !this.#panel) this.unread = (await response.json()).unread_count;
    } catch {
      // The shop's page is not bothered with that.
    }
  };
}

customElements.define('live-chat', LiveChat);
