// @ts-check
/** The scrolling log of the conversation that is shown. */

import { el } from '../ui/dom.js';
import { KeyedList } from '../ui/keyed-list.js';
import { fill } from './bubble.js';
import { rowsOf } from './rows.js';

/** Pixels from an end that still count as being there. */
const NEAR = 60;
/** The sign of typing disappears if nothing renews it. */
const TYPING_SHOWN_MS = 6_000;
const SPOKEN_MS = 10_000;

/**
 * @typedef {import('./rows.js').View} View
 * @typedef {import('./rows.js').Message} Message
 * @typedef {import('./rows.js').Row} Row
 *
 * @typedef {object} Scrolled
 * @property {() => Promise<void>} older The start has come into sight.
 * @property {() => void} seen The end has come into sight.
 * @typedef {import('./bubble.js').Actions & Scrolled} Actions
 */

export class Log {
  #texts;
  #on;
  /** Says each incoming message to screen readers. The log itself would say all others, too. */
  #spoken = el('div', { class: 'spoken', 'aria-live': 'polite' });
  /** @type {number | undefined} The newest seq that was there at first, or has been announced. */
  #announced;
  #typing = el('p', { part: 'typing' });
  #log;
  /** Says that there are new messages below. */
  #fresh;
  /** @type {KeyedList<Row>} */
  #rows;
  #wasAtEnd = true;
  /** @type {any} */
  #typingTimer;

  /** @param {import('./texts.js').Texts} texts @param {Actions} on */
  constructor(texts, on) {
    this.#texts = texts;
    this.#on = on;
    this.#log = el(
      'div',
      {
        part: 'log',
        role: 'log',
        'aria-live': 'off',
        'aria-label': texts.title,
        tabindex: '0',
        onscroll: () => this.#scrolled(),
      },
      this.#typing,
    );
    this.#fresh = el(
      'button',
      { part: 'fresh', hidden: true, onclick: () => this.#toEnd() },
      texts.fresh,
    );
    this.#rows = new KeyedList(
      this.#log,
      (row) => ('text' in row ? el('p', { dir: 'auto' }) : el('div')),
      (node, row) => fill(node, row, texts, on),
      this.#log,
    );
    this.element = el('div', { part: 'thread' }, this.#log, this.#fresh, this.#spoken);
    // A keyboard that opens, or a notice, must not push the newest message out of sight.
    new ResizeObserver(() => this.#wasAtEnd && this.#toEnd()).observe(this.#log);
  }

  get isAtEnd() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR;
  }

  /** @param {string} name Of the person who is typing; empty if there is none. */
  typing(name) {
    clearTimeout(this.#typingTimer);
    this.#typing.textContent = name && this.#texts.typing.replace('{name}', name);
    if (this.#wasAtEnd) this.#toEnd();
    this.#typingTimer = setTimeout(() => (this.#typing.textContent = ''), TYPING_SHOWN_MS);
  }

  /**
   * @param {View | undefined} view Undefined: nothing is loaded yet.
   * @param {string} name Of the other side.
   * @param {string} greeting
   */
  draw(view, name, greeting) {
    this.#rows.render(rowsOf(view, greeting, this.#texts.lang));
    if (view) this.#announce(view.messages, name);
    else {
      // Another conversation begins at its end, and all that it has so far is the past.
      this.#announced = undefined;
      this.#wasAtEnd = true;
    }
    if (this.#wasAtEnd || view?.pending.length) this.#toEnd();
  }

  /** @param {Message[]} messages @param {string} name Of the other side. */
  #announce(messages, name) {
    for (const { is_own, seq, body } of messages) {
      if (is_own || seq <= (this.#announced ?? Infinity)) continue;
      const line = el('p', {}, `${name}: ${body}`);
      this.#spoken.append(line);
      setTimeout(() => line.remove(), SPOKEN_MS);
      this.#fresh.hidden = this.#wasAtEnd;
    }
    this.#announced = messages.at(-1)?.seq ?? this.#announced ?? 0;
  }

  #toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #scrolled() {
    this.#wasAtEnd = this.isAtEnd;
    if (this.#log.scrollTop < NEAR) this.#on.older().catch(() => {});
    if (!this.#wasAtEnd) return;
    this.#fresh.hidden = true;
    this.#on.seen();
  }
}
