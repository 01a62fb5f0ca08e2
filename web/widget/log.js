// @ts-check
/** The scrolling log of the conversation that is shown. */

import { el } from '../ui/dom.js';
import { createRow, showRow } from './row.js';
import { rowsOf } from './rows.js';

/** Pixels from the end that still count as being there. */
const NEAR = 60;

/**
 * @typedef {import('./rows.js').Row} Row
 * @typedef {import('./rows.js').Shown} Shown
 */

export class Log {
  #texts;
  /** Says each incoming message to screen readers. The log itself would say all others, too. */
  spoken = el('div', { class: 'spoken', 'aria-live': 'polite' });
  log;
  /** @type {Map<string, HTMLElement>} By the keys of their rows. */
  nodes = new Map();
  /** @type {((shown: Shown) => void) | undefined} Shows rows of all kinds, once that is loaded. */
  render;
  /** @type {import('./row.js').Dress | undefined} */
  dress;
  /** @type {((name: string, row: Row) => void) | undefined} What the buttons of a row do. */
  act;
  wasAtEnd = true;

  /** @param {import('./texts.js').Texts} texts @param {() => void} scrolled */
  constructor(texts, scrolled) {
    this.#texts = texts;
    this.log = el('div', {
      part: 'log',
      role: 'log',
      'aria-live': 'off',
      tabindex: '0',
      onscroll: () => {
        this.wasAtEnd = this.isAtEnd;
        scrolled();
      },
    });
    this.element = el('div', { part: 'thread' }, this.log, this.spoken);
    // A keyboard that opens, or a notice, must not push the newest message out of sight.
    new ResizeObserver(() => this.keepEnd()).observe(this.log);
  }

  get isAtEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
  }

  focus() {
    this.log.focus({ preventScroll: true });
  }

  /** @param {Shown} shown */
  draw(shown) {
    const focused = this.log.querySelector(':focus');
    this.log.ariaLabel = this.#texts.title;
    if (this.render) this.render(shown);
    else {
      let place = this.log.firstElementChild;
      const rows = rowsOf(shown, this.#texts);
      for (const row of rows) {
        const node = this.nodes.get(row.key) ?? createRow(row);
        this.nodes.set(row.key, node);
        this.show(node, row);
        if (node === place) place = node.nextElementSibling;
        else this.log.insertBefore(node, place);
      }
      while (this.log.children[rows.length]) this.log.lastElementChild?.remove();
    }
    // What had the focus may be gone.
    if (focused && !focused.checkVisibility()) this.focus();
    // Another conversation begins at its end.
    this.wasAtEnd ||= !shown.view;
    this.keepEnd();
  }

  keepEnd() {
    if (this.wasAtEnd) this.toEnd();
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  /** @param {HTMLElement} node @param {Row} row */
  show(node, row) {
    node.onclick = ({ target }) =>
      this.act?.(/** @type {any} */ (target).closest('button')?.name, row);
    showRow(node, row, this.#texts, this.dress);
  }
}
