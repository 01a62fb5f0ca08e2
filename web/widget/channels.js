// @ts-check
/** The list of a person's conversations, loaded when they want to choose one. */

import { el } from '../ui/dom.js';
import { KeyedList } from '../ui/keyed-list.js';
import { CHANNELS_CSS } from './channels.css.js';

/** @typedef {{ key: string, name: string, preview: string }} Row */

export class ChannelList {
  /** @type {(hash?: string) => void} */
  #resolve = () => {};
  /** @type {Element[]} What the list covers. */
  #covered = [];
  element;

  /** @param {import('./mount.js').Host} host @param {import('./texts.js').Texts} texts */
  constructor(host, texts) {
    this.element = el('div', {
      part: 'list',
      role: 'group',
      'aria-label': texts.all,
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    });
    host.adopt(CHANNELS_CSS);
  }

  /**
   * Covers the panel until a conversation is chosen, or the list is closed.
   * @param {HTMLElement} panel
   * @param {any[]} channels
   * @param {(channel: any) => string} nameOf
   * @returns {Promise<string | undefined>} The hash of the chosen conversation.
   */
  choose(panel, channels, nameOf) {
    this.#covered = [...panel.children];
    this.#cover(true);
    panel.append(this.element);
    const rows = new KeyedList(this.element, (row) => this.#create(row), update);
    rows.render(
      channels.map((channel) => ({
        key: channel.channel_hash,
        name: nameOf(channel) + (channel.unread_count ? ` (${channel.unread_count})` : ''),
        preview: channel.last_message?.body ?? '',
      })),
    );
    /** @type {HTMLElement | null} */ (this.element.firstElementChild)?.focus();
    return new Promise((resolve) => (this.#resolve = resolve));
  }

  /** @param {string} [hash] */
  close(hash) {
    this.element.remove();
    this.#cover(false);
    this.#resolve(hash);
  }

  /** @param {Row} row */
  #create({ key }) {
    return el(
      'button',
      { part: 'channel', onclick: () => this.close(key) },
      el('span', { dir: 'auto' }),
      el('p', { part: 'preview', dir: 'auto' }),
    );
  }

  /** @param {boolean} isCovered */
  #cover(isCovered) {
    for (const element of this.#covered)
      /** @type {HTMLElement} */ (element).inert = isCovered;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    this.close();
  }
}

/** @param {HTMLElement} node @param {Row} row */
function update({ children: [name, preview] }, row) {
  name.textContent = row.name;
  preview.textContent = row.preview;
}
