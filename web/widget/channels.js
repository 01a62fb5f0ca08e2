// @ts-check
/** The list of a person's conversations, loaded when they want to choose one. */

import { el } from '../ui/dom.js';
import { KeyedList } from '../ui/keyed-list.js';
import { patch } from '../ui/patch.js';
import { summaryOf } from '../ui/summary.js';
import { clock, sameDay } from '../ui/time.js';
import { CHANNELS_CSS } from './channels.css.js';
import { icon } from './icon.js';

/** @type {WeakSet<object>} Hosts that have the style. */
const styled = new WeakSet();

export class ChannelList {
  #panel;
  #faceOf;
  /** @type {(hash?: string) => void} */
  #resolve = () => {};
  /** @type {Element[]} What the list covers. */
  #covered = [];
  #rows;
  element;

  /** @param {import('./panel.js').Panel} panel @param {(channel: any) => Node} faceOf */
  constructor(panel, faceOf) {
    const { host, texts } = panel;
    this.#panel = panel;
    this.#faceOf = faceOf;
    const rows = el('div', { class: 'channels' });
    this.#rows = new KeyedList(
      rows,
      (/** @type {{ key: string, channel: any }} */ { key }) =>
        el('button', { part: 'channel', onclick: () => this.close(key) }),
      (node, { channel }) => patch(node, this.#elements(channel)),
    );
    this.element = el(
      'div',
      {
        part: 'list',
        role: 'group',
        'aria-label': texts.all,
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      },
      el(
        'header',
        {},
        el(
          'button',
          { part: 'icon back', 'aria-label': texts.back, onclick: () => this.close() },
          icon('M19 12H5M11 6l-6 6 6 6'),
        ),
        el('h2', {}, texts.all),
      ),
      rows,
    );
    if (!styled.has(host)) host.adopt(CHANNELS_CSS);
    styled.add(host);
  }

  /**
   * Covers the panel until a conversation is chosen, or the list is closed.
   * @param {any[]} channels
   * @returns {Promise<string | undefined>} The hash of the chosen conversation.
   */
  choose(channels) {
    const { element } = this.#panel;
    this.#covered = [...element.children];
    this.#cover(true);
    element.append(this.element);
    this.draw(channels);
    /** @type {HTMLElement | null} */ (this.element.querySelector('.channel'))?.focus();
    return new Promise((resolve) => (this.#resolve = resolve));
  }

  /** @param {any[]} channels */
  draw(channels) {
    this.#rows.render(channels.map((channel) => ({ key: channel.channel_hash, channel })));
  }

  /** @param {string} [hash] */
  close(hash) {
    this.element.remove();
    this.#cover(false);
    this.#resolve(hash);
  }

  /** @param {any} channel */
  #elements(channel) {
    const { last_message: last, unread_count: unread } = channel;
    return [
      el('span', { part: 'name', dir: 'auto' }, this.#panel.nameOf(channel)),
      last && el('time', {}, this.#time(last.created_at)),
      el('p', { part: 'preview', dir: 'auto' }, last && summaryOf(last)),
      unread > 0 &&
        el(
          'span',
          { part: 'count', role: 'img', 'aria-label': `${this.#panel.texts.fresh}: ${unread}` },
          String(unread),
        ),
      this.#faceOf(channel),
    ];
  }

  /** Today's time, or the day. @param {string} at */
  #time(at) {
    const { locale } = this.#panel;
    if (sameDay(at, Date.now())) return clock(at, locale);
    const date = new Date(at);
    const year = date.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
    return date.toLocaleDateString(locale, { day: 'numeric', month: 'short', year });
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
