// @ts-check
/**
 * "Ask about …": the page may offer a card of what it shows, by the element's property `page`. The
 * next message takes the card if the person wants so.
 */

import { el } from '../ui/dom.js';

/** Characters that the server takes. */
const LONGEST = 200;
/** @typedef {import('./panel.js').Panel} Panel */

export class Offer {
  #panel;
  /** @type {any} What the page has set. */
  #page;
  /**
   * The card of the page; undefined: it offers none, or it is sent.
   * @type {Record<string, string> | undefined}
   */
  #card;
  #button = el('button', {
    type: 'button',
    part: 'ask',
    'aria-pressed': 'false',
    onclick: () => {
      this.#press(!this.isWanted);
      this.#panel.composer.focus();
    },
  });
  /** A row of its own. */
  element = el('div', { class: 'offer', hidden: true }, this.#button);

  /** @param {Panel} panel */
  constructor(panel) {
    this.#panel = panel;
    /** @type {any} */
    const { element } = panel.host;
    this.#page = element.page;
    this.#card = offered(this.#page);
    Object.defineProperty(element, 'page', {
      configurable: true,
      get: () => this.#page,
      set: (page) => {
        const { id, url, title } = offered(page) ?? {};
        const before = offered(this.#page) ?? {};
        this.#page = page;
        // A page that is drawn again offers the same card once more.
        if (id === before.id && url === before.url && title === before.title) return;
        this.#offer(offered(page));
      },
    });
    panel.host.signal.addEventListener('abort', () => {
      delete element.page;
      element.page = this.#page;
    });
  }

  get isWanted() {
    return this.#button.ariaPressed === 'true';
  }

  draw() {
    const { texts } = this.#panel;
    const button = this.#button;
    const { title = '' } = this.#card ?? {};
    const [before, after] = texts.ask.split('{title}');
    this.element.hidden = !title;
    if (button.textContent !== before + title + after)
      button.replaceChildren(before, el('bdi', {}, title), after);
  }

  /** @param {import('../client/chat.js').Chat} chat Its next message takes the card. */
  follow(chat) {
    const send = chat.send.bind(chat);
    chat.send = (hash, body, type, work) => {
      const card = this.isWanted && this.#card;
      if (card) this.#offer(undefined);
      return send(hash, body, type, card ? { ...work, card } : work);
    };
  }

  /** @param {Record<string, string>} [card] */
  #offer(card) {
    this.#card = card;
    this.#press(false);
    this.draw();
  }

  /** @param {boolean} isWanted */
  #press(isWanted) {
    this.#button.ariaPressed = String(isWanted);
  }
}

/**
 * @param {any} page What the page has set.
 * @returns {Record<string, string> | undefined} Its card, with what the server takes.
 */
function offered(page) {
  const { kind, url, image_url, ...texts } = page?.card ?? {};
  /** @type {Record<string, string>} */
  const card = { kind: kind === 'page' ? kind : 'product' };
  for (const name of ['id', 'title', 'subtitle']) {
    const text = String(texts[name] ?? '').trim();
    if (text) card[name] = [...text].slice(0, LONGEST).join('');
  }
  // Only pages of this shop, and only pictures that any page may show.
  const here = addressOf(url);
  if (here?.origin === location.origin) card.url = here.href;
  const picture = addressOf(image_url);
  if (picture?.protocol === 'https:') card.image_url = picture.href;
  return card.title ? card : undefined;
}

/** @param {unknown} url @returns {URL | undefined} */
function addressOf(url) {
  try {
    return url ? new URL(String(url), location.href) : undefined;
  } catch {
    return undefined;
  }
}
