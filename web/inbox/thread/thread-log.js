// @ts-check
/**
 * The log of a conversation: its rows and its scrolling. The end stays in view when it is in view;
 * otherwise the rows in view stay in their place.
 *
 * Events: `scroll` after each move, `near-top` when older messages are needed, and `jump` to the
 * first new message. The events of the messages bubble through `element`.
 */

import { el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { KeyedList } from '../../ui/keyed-list.js';
import { counted } from '../parts/format.js';
import { icon } from '../parts/icons.js';
import { patch } from '../parts/patch.js';
import { texts } from '../texts.js';
import { createThreadRow, updateThreadRow } from './row-views.js';

/** This close to the end counts as the end. */
const END_PX = 60;
/** This close to the top, older messages are loaded. */
const TOP_PX = 400;
/** How much is left above the row at which reading starts. */
const START_GAP_PX = 8;

/** @typedef {import('./thread-rows.js').ThreadRow} ThreadRow */

export class ThreadLog extends EventTarget {
  #isAtEnd = true;
  #rows = el('div', { class: 'log-items' });
  #below = el('button', {
    type: 'button',
    class: 'below',
    hidden: true,
    onclick: () => this.toEnd(),
  });
  #above = el('button', {
    type: 'button',
    class: 'above',
    hidden: true,
    onclick: () => emit(this, 'jump'),
  });
  element = el(
    'div',
    { class: 'log', role: 'log', 'aria-live': 'off', 'aria-label': texts.messages, tabindex: '0' },
    el('div', { class: 'dock top' }, this.#above),
    this.#rows,
    el('div', { class: 'dock' }, this.#below),
  );
  /** @type {KeyedList<ThreadRow>} */
  #list = new KeyedList(this.#rows, createThreadRow, updateThreadRow, this.element);

  constructor() {
    super();
    this.element.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    const resized = new ResizeObserver(() => this.#isAtEnd && this.toEnd());
    resized.observe(this.element);
    resized.observe(this.#rows);
  }

  /** Whether the end is in view, and stays there. */
  get isAtEnd() {
    return this.#isAtEnd;
  }

  focus() {
    this.element.focus();
  }

  /** Moves the focus to the message that is being edited. */
  focusEditor() {
    this.#rows.querySelector('textarea')?.focus();
  }

  /** Empties the log for another conversation. */
  clear() {
    this.#list.render([]);
    this.#isAtEnd = true;
  }

  /** @param {ThreadRow[]} rows */
  show(rows) {
    this.#list.render(rows);
    if (this.#isAtEnd) this.toEnd();
    this.#checkTop();
  }

  toEnd() {
    this.#isAtEnd = true;
    this.element.scrollTop = this.element.scrollHeight;
    emit(this, 'scroll');
  }

  /**
   * Starts at the end, or at a row above the view.
   * @param {string} key
   * @returns {boolean} Whether it starts at the row.
   */
  startAt(key) {
    this.toEnd();
    const row = this.#list.node(key);
    if (!row || row.offsetTop >= this.element.scrollTop) return false;
    this.goTo(key);
    return true;
  }

  /** @param {string} key Scrolls so that this row is at the top. */
  goTo(key) {
    const row = this.#list.node(key);
    if (!row) return;
    this.#isAtEnd = false;
    this.element.scrollTop = row.offsetTop - START_GAP_PX;
  }

  /** The button that leads to the end. @param {number} unseen How many messages there are new. */
  showBelow(unseen) {
    const text = unseen ? counted(texts.newMessages, unseen) : texts.latest;
    this.#below.hidden = this.#isAtEnd;
    patch(this.#below, icon('down'), text);
  }

  /** The button that leads to the first new message. @param {number} unread 0 hides it. */
  showAbove(unread) {
    this.#above.hidden = unread === 0;
    if (unread) patch(this.#above, icon('send'), counted(texts.jump, unread));
  }

  /** @param {string} key Whether this row begins above the view. */
  isAbove(key) {
    const row = this.#list.node(key);
    return row !== undefined && row.offsetTop < this.element.scrollTop;
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.element;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < END_PX;
    emit(this, 'scroll');
    this.#checkTop();
  }

  #checkTop() {
    const { scrollTop, clientHeight } = this.element;
    if (scrollTop <= TOP_PX && clientHeight) emit(this, 'near-top');
  }
}
