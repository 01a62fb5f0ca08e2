// @ts-check
/**
 * The page around an embedded inbox, such as Medusa's dashboard. It hands over tokens, its theme,
 * language and font, and the conversation to open. It receives the open conversation and the number
 * of unread messages. Only pages of the allowed origins are sent messages or listened to.
 *
 * Events: `appearance` {scheme, language, font}, `token` {token}, `signed-out` {url}, `open`
 * {hash}.
 */

import { emit } from '../../ui/events.js';

export class OuterPage extends EventTarget {
  #origins;
  /** Whether the page wants reports: older pages know tokens only. */
  #isReportedTo = false;
  /** The last reports, by type. @type {Map<string, object>} */
  #reports = new Map();
  #opened = '';

  /** @param {string[]} origins */
  constructor(origins) {
    super();
    // If the browser names the origin, the others are not tried: each would be an error in the
    // console.
    const outer = location.ancestorOrigins?.[0];
    this.#origins = origins.filter((origin) => !outer || origin === outer);
    addEventListener('message', (event) => this.#receive(event));
  }

  /** Asks for a token: the first one, or a new one before the old one ends. */
  requestToken() {
    this.#send({ type: 'live-chat:ready' });
  }

  /** Reports that the server refuses the last token. */
  reportRefusal() {
    this.#send({ type: 'live-chat:expired' });
  }

  /** @param {number} count Of unread messages. */
  showUnread(count) {
    this.#report('live-chat:unread', { count });
  }

  /** @param {string} hash Of the open conversation; empty if there is none. */
  showOpened(hash) {
    this.#opened = hash;
    this.#report('live-chat:opened', { hash });
  }

  /** @param {string} type @param {object} content Sent unless it is that of the last report. */
  #report(type, content) {
    if (JSON.stringify(content) === JSON.stringify(this.#reports.get(type))) return;
    this.#reports.set(type, content);
    if (this.#isReportedTo) this.#send({ type, ...content });
  }

  /** @param {{ type: string }} message */
  #send(message) {
    for (const origin of this.#origins) parent.postMessage(message, origin);
  }

  /** A page that says how it looks receives reports too. */
  #startReports() {
    if (this.#isReportedTo) return;
    this.#isReportedTo = true;
    for (const [type, content] of this.#reports) this.#send({ type, ...content });
  }

  /** @param {MessageEvent} event */
  #receive({ source, origin, data }) {
    if (source !== parent || !this.#origins.includes(origin)) return;
    const { type, token, scheme, language, font, url, hash } = data ?? {};
    if (typeof type !== 'string' || !type.startsWith('live-chat:')) return;
    // The first token already meets the right theme and language.
    if ([scheme, language, font].some((part) => part !== undefined)) {
      emit(this, 'appearance', { scheme, language, font });
      this.#startReports();
    }
    if (type === 'live-chat:token' && typeof token === 'string') emit(this, 'token', { token });
    if (type === 'live-chat:signed-out') emit(this, 'signed-out', { url: pageOf(origin, url) });
    if (type === 'live-chat:open' && typeof hash === 'string' && hash !== this.#opened)
      emit(this, 'open', { hash: hash.startsWith('direct:') ? hash : '' });
  }
}

/** @param {string} origin @param {unknown} url @returns {string} Empty if it leads elsewhere. */
function pageOf(origin, url) {
  try {
    const page = new URL(String(url ?? ''), origin);
    return page.origin === origin ? page.href : '';
  } catch {
    return '';
  }
}
