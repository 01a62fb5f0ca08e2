// @ts-check
/**
 * The element `<live-chat>`: the button that opens the panel.
 *
 * A page gets the button and, for customers and returning guests, one request for the number of
 * unread messages. Everything else is loaded with the first click. Before it the element sets no
 * cookie, stores no key and contacts no other host.
 *
 * Attributes: `api` (the URL of the chat's API, such as a storefront's own proxy; default: where
 * this script came from), `token` (Medusa's JWT), `customer` (the proxy at `api` knows the customer
 * by a cookie), `admin` (the id of the admin to write to), `lang`, `label`, `heading`, `greeting`,
 * `side` (`start` for the other corner). Property `getToken`: called for a token before every
 * request. Methods: `open()`, `close()`, `identify()`, `logout()`. Events: `live-chat-unread`
 * {count}, `live-chat-unauthorized`.
 */

import { CSS } from './launcher.css.js';

const GUEST = 'live-chat:guest';
const OPEN = 'live-chat:open';
/** @type {Record<string, any>} Values for pages whose storage is blocked. */
const memory = {};
/** The build adds its version to this path. */
const PANEL = './assets/panel.js';
/** Leads to the current panel: for a page from before a deployment, whose own panel is gone. */
const CURRENT_PANEL = './assets/entry/panel.js';
const STORES = /** @type {Store[]} */ (['localStorage', 'sessionStorage']);

/**
 * @typedef {'localStorage' | 'sessionStorage'} Store
 * @typedef {() => string | null | undefined | Promise<string | null | undefined>} GetToken
 * @typedef {object} Panel
 * @property {(focus: boolean) => void} show
 * @property {(stays?: boolean) => void} leave
 * @property {() => void} identify
 * @property {() => void} logout
 */

export class LiveChat extends HTMLElement {
  // A page may have set these properties before this script was loaded.
  /** @type {GetToken | undefined} */
  getToken = /** @type {any} */ (this).getToken;
  /** @type {string | null | undefined} No attribute, so that page recorders do not copy it. */
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
    document.addEventListener('visibilitychange', this.#countUnread);
    this.#isOpen = false;
    // A panel that was open on the previous page opens again, except on phones, where it would hide
    // the page.
    if (this.keep('sessionStorage', OPEN) && innerWidth > 640) this.open(false);
    else if (this.#panel) this.#panel.then((panel) => panel.identify());
    else this.#countUnread();
  }

  disconnectedCallback() {
    document.removeEventListener('visibilitychange', this.#countUnread);
    this.#panel?.then((panel) => panel.leave());
  }

  /** The URL of the API, without `/store`. */
  get api() {
    return this.getAttribute('api') ?? new URL('..', import.meta.url).href;
  }

  /** The customer's current token. */
  jwt() {
    return this.getToken ? this.getToken() : (this.token ?? this.getAttribute('token'));
  }

  get language() {
    const closest = /** @type {HTMLElement | null} */ (this.closest('[lang]'));
    return closest?.lang || navigator.language;
  }

  /** A guest's secret; null before their first message. */
  get guestId() {
    return this.keep('localStorage', GUEST);
  }

  set guestId(secret) {
    this.keep('localStorage', GUEST, secret);
  }

  /** Whether the page says that a customer is logged in. */
  get isCustomer() {
    return (
      this.getToken || this.token || this.hasAttribute('token') || this.hasAttribute('customer')
    );
  }

  /** The id of the admin to write to. */
  get admin() {
    return this.getAttribute('admin');
  }

  /** Whether a customer or a guest is known here. */
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

  /** @param {boolean} [focus] Whether to move the focus into the panel. */
  async open(focus = true) {
    if (this.#isOpen) return;
    this.#setOpen(true);
    try {
      (await this.#load()).show(focus);
    } catch {
      // The panel's code could not be loaded: the next click tries again.
      this.#panel = undefined;
      this.#setOpen(false);
    }
  }

  async close() {
    if (!this.#isOpen) return;
    this.#setOpen(false);
    (await this.#panel)?.leave(true);
    this.#button.focus();
  }

  /**
   * A customer has logged in: the guest's conversations become theirs.
   * @param {{ token?: string, getToken?: GetToken }} [customer] Empty where the proxy at `api`
   *   knows the customer.
   */
  async identify({ token, getToken } = {}) {
    this.token = token;
    this.getToken = getToken;
    this.toggleAttribute('customer', !token && !getToken);
    // Claims a guest's conversations now, without waiting for the panel to be opened.
    if (this.#panel || this.guestId) (await this.#load()).identify();
    else await this.#countUnread();
  }

  /** The customer has logged out: removes everything of theirs from this browser. */
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
   * Reads a key, or writes it if a value is given; null removes it. Browsers throw where storage is
   * blocked: then the value lasts as long as the page.
   * @param {Store} where @param {string} key @param {string | null} [value]
   * @returns {string | null}
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

  /** @param {string} css Constructed style sheets are allowed under any content policy. */
  adopt(css) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    this.#root.adoptedStyleSheets.push(sheet);
  }

  /** @param {string} name @param {object} [detail] */
  emit(name, detail) {
    this.dispatchEvent(
      new CustomEvent(`live-chat-${name}`, { detail, bubbles: true, composed: true }),
    );
  }

  #load() {
    // `createPanel` names what this element and the panel expect of each other. When that changes,
    // the name must change too, so that an older element fails instead of using a panel wrongly.
    return (this.#panel ??= import(PANEL)
      .catch(() => import(CURRENT_PANEL))
      .then(({ createPanel }) => createPanel(this, this.#root)));
  }

  /** @param {boolean} isOpen */
  #setOpen(isOpen) {
    this.#isOpen = isOpen;
    this.unread = this.#unread;
    this.keep('sessionStorage', OPEN, isOpen ? '1' : null);
  }

  /** Requests the number of unread messages; the panel, once loaded, counts them itself. */
  #countUnread = async () => {
    if (this.#panel || document.hidden || !this.isSomebody) return;
    try {
      // The panel sends what an earlier page could not send.
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
      // The shop's page goes on without a number.
    }
  };
}
