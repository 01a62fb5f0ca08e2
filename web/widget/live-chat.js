// @ts-check
/**
 * The element `<live-chat>`: the button that opens the panel.
 *
 * A page gets the button and, for customers and returning guests, a small module that asks for the
 * number of unread messages. Everything else is loaded with the first click. Before it the element
 * sets no cookie, stores no key and contacts no other host.
 *
 * Attributes: `api` (the URL of the chat's API, such as a storefront's own proxy; default: where
 * this script came from), `token` (Medusa's JWT), `customer` (the proxy at `api` knows the customer
 * by a cookie), `admin` (the id of the admin to write to), `lang`, `label`, `heading`, `greeting`,
 * `side` (`start` for the other corner). Properties: `token`, and `getToken`, called for a token
 * before every request. Methods: `open()`, `close()`, `identify()`, `logout()`. Events:
 * `live-chat-unread` {count}, `live-chat-unauthorized`.
 *
 * The panel gets a `Host`; the page sees no more of this class than the above.
 */

import { load } from '../ui/load.js';
import { CSS } from './launcher.css.js';

const GUEST = 'live-chat:guest';
const OPEN = 'live-chat:open';
/** The build adds its version to this path. */
const PANEL = './assets/panel.js';
/** Asks for the unread messages of a known person. */
const LOOK = './assets/look.js';
/** Leads to the current panel: for a page from before a deployment, whose own panel is gone. */
const CURRENT_PANEL = './assets/entry/panel.js';

/**
 * @typedef {() => string | null | undefined | Promise<string | null | undefined>} GetToken
 *
 * @typedef {object} Panel
 * @property {(focus: boolean) => void} show
 * @property {() => void} hide
 * @property {() => void} update Somebody else may be here, or other attributes.
 * @property {() => void} logout
 *
 * @typedef {object} Host What the panel gets of its element.
 * @property {HTMLElement} box In the element's shadow tree; contains the button.
 * @property {typeof load} load
 * @property {GetToken} jwt The customer's token; empty: there is none.
 * @property {() => string} api The URL of the API, without `/store`.
 * @property {() => boolean} isProxied Whether the proxy at `api` knows the customer.
 * @property {() => number} login Another number after every `identify()`.
 * @property {(unread: number) => void} show
 */

export class LiveChat extends HTMLElement {
  static observedAttributes = ['token', 'customer', 'admin', 'api'];

  /** @type {Record<string, any>} The properties that a page may set. */
  #given = {};
  #box = document.createElement('div');
  #button = document.createElement('button');
  #badge = document.createElement('span');
  /** @type {Promise<Panel> | undefined} */
  #loading;
  /** @type {Panel | undefined} */
  #panel;
  /** @type {AbortController | undefined} Ends what the element does in the page. */
  #stop;
  /** @type {any} */
  #timer;
  /** The latest look: an earlier one that comes late may be about another person. */
  #latest = {};
  #unread = 0;
  #isOpen = false;
  #login = 0;
  /** @type {Host} */
  #host = {
    box: this.#box,
    load,
    jwt: () => {
      const { getToken, token } = this.#given;
      return getToken ? getToken() : (token ?? this.getAttribute('token'));
    },
    api: () => this.getAttribute('api') ?? new URL('..', import.meta.url).href,
    isProxied: () => (this.getAttribute('customer') ?? 'false') !== 'false',
    login: () => this.#login,
    show: (unread) => this.#show(unread),
  };

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    // Constructed style sheets are allowed under any content policy.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    root.append(this.#box);
    this.#badge.part = /** @type {any} */ ('badge');
    this.#button.part = /** @type {any} */ ('launcher');
    this.#button.onclick = () => (this.#isOpen ? this.close() : this.open());
    // In the top layer no transform, filter or overflow around the element moves or cuts it.
    this.#box.popover = 'manual';
    this.#button.append(this.#badge);
    this.#box.append(this.#button);
    for (const name of ['token', 'getToken']) {
      // A page may have set it before this script was loaded.
      this.#given[name] = /** @type {any} */ (this)[name];
      Object.defineProperty(this, name, {
        get: () => this.#given[name],
        set: (value) => {
          this.#given[name] = value;
          this.#changed();
        },
      });
    }
  }

  connectedCallback() {
    // Above a modal dialog that is open it would be seen, and could not be used.
    if (!document.querySelector(':modal')) this.#box.showPopover();
    // It was only moved.
    if (this.#stop) return;
    this.#stop = new AbortController();
    const options = { signal: this.#stop.signal };
    this.#show(0);
    document.addEventListener('visibilitychange', this.#look, options);
    addEventListener('hashchange', this.#look, options);
    // A panel that was open on the previous page opens again, except on phones, where it would hide
    // the page.
    if (storage('sessionStorage')[OPEN] && innerWidth > 640) this.open(false);
    this.#look();
  }

  disconnectedCallback() {
    setTimeout(() => {
      if (this.isConnected) return;
      this.#stop?.abort();
      this.#stop = this.#loading = this.#panel = undefined;
      this.#isOpen = false;
    });
  }

  /** @param {boolean} [focus] Whether to move the focus into the panel. */
  async open(focus = true) {
    if (this.#isOpen) return;
    this.#setOpen(true);
    this.#button.ariaBusy = /** @type {any} */ (true);
    try {
      const panel = await this.#load();
      if (this.#isOpen) panel.show(focus);
    } catch {
      if (this.#isOpen) {
        this.#setOpen(false);
        // Understood in most languages; the panel's texts are missing.
        this.#show('Offline');
        addEventListener('online', () => this.open(focus), { once: true });
      }
    }
    this.#button.ariaBusy = /** @type {any} */ (false);
  }

  async close() {
    if (!this.#isOpen) return;
    this.#setOpen(false);
    this.#panel?.hide();
    this.#button.focus();
  }

  /**
   * A customer has logged in: the guest's conversations become theirs.
   * @param {{ token?: string, getToken?: GetToken }} [customer] Empty where the proxy at `api`
   *   knows the customer.
   */
  async identify(customer = {}) {
    this.#given = customer;
    this.#login++;
    this.toggleAttribute('customer', !customer.token && !customer.getToken);
    this.#changed();
  }

  /** The customer has logged out: removes everything of theirs from this browser. */
  async logout() {
    this.#given = {};
    for (const name of ['token', 'customer']) this.removeAttribute(name);
    for (const where of /** @type {const} */ (['localStorage', 'sessionStorage'])) {
      const store = storage(where);
      for (const key of Object.keys(store)) if (key.startsWith('live-chat:')) delete store[key];
    }
    this.#panel?.logout();
    this.#show(0);
    this.close();
  }

  attributeChangedCallback() {
    this.#changed();
  }

  /** Somebody else may be here, or other attributes. */
  #changed() {
    clearTimeout(this.#timer);
    if (this.#stop) this.#timer = setTimeout(this.#look);
  }

  #load() {
    // `mountPanel` names what this element and the panel expect of each other. When that changes,
    // the name must change too, so that an older element fails instead of using a panel wrongly.
    return (this.#loading ??= load(PANEL)
      .catch(() => load(CURRENT_PANEL))
      .then(({ mountPanel }) => mountPanel(this.#host, this.#stop?.signal))
      .then(
        (panel) => (this.#panel = panel),
        (error) => {
          this.#loading = undefined;
          throw error;
        },
      ));
  }

  /** @param {boolean} isOpen */
  #setOpen(isOpen) {
    this.#isOpen = isOpen;
    this.#show(this.#unread);
  }

  /** @param {number | string} count Unread messages, or why the panel does not open. */
  #show(count) {
    this.#badge.textContent = /** @type {string} */ (count || '');
    this.#button.ariaLabel = (this.getAttribute('label') ?? 'Chat') + (count ? `: ${count}` : '');
    this.#button.ariaExpanded = /** @type {any} */ (this.#isOpen);
    // No word, and no count that is known.
    if (count === this.#unread || !(/** @type {any} */ (count) >= 0)) return;
    this.#unread = /** @type {number} */ (count);
    this.dispatchEvent(new CustomEvent('live-chat-unread', { detail: { count }, bubbles: true }));
  }

  /**
   * Opens the panel if the address asks for it, as links in mails do. Requests the number of unread
   * messages; the panel, once loaded, counts them itself.
   */
  #look = async () => {
    if (/^#live-chat(=|$)/.test(location.hash)) this.open();
    if (document.hidden) return;
    const look = (this.#latest = {});
    try {
      if (this.#loading) return this.#panel?.update();
      const { jwt, isProxied } = this.#host;
      const token = await jwt();
      const guestId = storage('localStorage')[GUEST];
      const isKnown = token || guestId || isProxied();
      const unread = isKnown ? await (await load(LOOK)).look(this.#host, token, guestId) : 0;
      if (unread < 0) return (await this.#load()).update();
      if (look === this.#latest && !this.#loading) this.#show(unread);
    } catch {
      // The shop's page goes on without a number.
    }
  };
}

/**
 * @param {'localStorage' | 'sessionStorage'} where
 * @returns {Record<string, any>} Empty where storage is blocked.
 */
function storage(where) {
  try {
    return globalThis[where] ?? {};
  } catch {
    return {};
  }
}
