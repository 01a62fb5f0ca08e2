// @ts-check
/**
 * The list of conversations. All rows have one height and only those near the view exist, so ten
 * thousand rows cost as much as ten. The number of rows is known, so the scrollbar is exact.
 *
 * The keyboard focus stays on the list. The cursor is the row that the keys act on.
 *
 * Events: `open` {hash} when a row is chosen.
 */

import { el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { KeyedList } from '../../ui/keyed-list.js';
import { texts } from '../texts.js';
import { ListNote } from './list-note.js';
import { rowContent, showRow, showSkeleton } from './list-row.js';

/** As in the style sheet. */
const ROW_PX = 68;
/** How many rows exist above and below the view. */
const OVERSCAN = 6;
const SKELETON_ROWS = 9;
/** Waiting times grow by themselves. */
const TICK_MS = 30_000;

/**
 * @typedef {object} Row
 * @property {string} key
 * @property {string} [hash] Undefined while it is loading.
 * @property {number} index
 * @property {number} count
 * @property {boolean} isOpen
 * @property {boolean} isCursor
 * @property {import('./list-row.js').RowContent} [content]
 */

export class ListView extends EventTarget {
  #channels;
  #presence;
  #note;
  /** @type {string | undefined} The hash of the open conversation. */
  #open;
  /** @type {string | undefined} The hash of the row that the keys act on. */
  #cursor;
  /** @type {import('../channels/channel-rows.js').ChannelRows | undefined} Rendered last. */
  #rendered;
  /** @type {string[]} Its order when it was rendered. */
  #order = [];
  #isScheduled = false;
  #nextId = 0;
  #rows = el('div', { class: 'rows', role: 'presentation' });
  #scroller = el(
    'div',
    { class: 'list', role: 'listbox', tabindex: '0', 'aria-label': texts.conversations },
    this.#rows,
  );
  /** @type {KeyedList<Row>} */
  #list = new KeyedList(
    this.#rows,
    ({ hash }) => this.#createRow(hash),
    (node, row, before) => updateListRow(node, row, before),
  );
  element;

  /**
   * @param {import('../channels/channels.js').Channels} channels
   * @param {import('../presence.js').Presence} presence
   */
  constructor(channels, presence) {
    super();
    this.#channels = channels;
    this.#presence = presence;
    this.#note = new ListNote(channels);
    this.element = el('div', { class: 'list-frame' }, this.#scroller, this.#note.element);
    const schedule = () => this.#schedule();
    channels.addEventListener('change', schedule);
    presence.addEventListener('change', schedule);
    this.#scroller.addEventListener('scroll', schedule, { passive: true });
    this.#scroller.addEventListener('focus', () => this.#focused());
    this.#scroller.addEventListener('click', (event) => this.#clicked(event));
    new ResizeObserver(schedule).observe(this.#scroller);
    setInterval(schedule, TICK_MS);
  }

  get cursor() {
    return this.#cursor;
  }

  /** How many rows there are from the top to the end of the view. */
  get rowsInView() {
    return Math.ceil((this.#scroller.scrollTop + this.#scroller.clientHeight) / ROW_PX);
  }

  get hasFocus() {
    return document.activeElement === this.#scroller;
  }

  focus() {
    this.#scroller.focus({ preventScroll: true });
  }

  /** @param {string | undefined} hash The conversation that is open next to the list. */
  select(hash) {
    this.#open = hash;
    if (hash) this.moveCursorTo(hash);
    this.#schedule();
  }

  /** @param {number} rows Down; negative: up. */
  moveCursor(rows) {
    const { hashes } = this.#channels.shown;
    const at = hashes.indexOf(this.#cursor ?? '');
    const to = at < 0 ? 0 : Math.min(hashes.length - 1, Math.max(0, at + rows));
    this.focus();
    if (hashes[to]) this.moveCursorTo(hashes[to]);
  }

  /** @param {string | undefined} hash @param {boolean} [isScrolling] Scrolls the row into view. */
  moveCursorTo(hash, isScrolling = true) {
    this.#cursor = hash;
    const at = hash ? this.#channels.shown.hashes.indexOf(hash) : -1;
    if (isScrolling && at >= 0) {
      const { scrollTop, clientHeight } = this.#scroller;
      if (at * ROW_PX < scrollTop) this.#scroller.scrollTop = at * ROW_PX;
      else if ((at + 1) * ROW_PX > scrollTop + clientHeight)
        this.#scroller.scrollTop = (at + 1) * ROW_PX - clientHeight;
    }
    this.#render();
  }

  #focused() {
    if (this.#cursor) return;
    // A click has its place already: the list scrolls for the keyboard only.
    const isByKeyboard = this.#scroller.matches(':focus-visible');
    this.moveCursorTo(this.#open ?? this.#channels.shown.hashes[0], isByKeyboard);
  }

  /** @param {MouseEvent} event */
  #clicked({ target }) {
    const row = /** @type {HTMLElement} */ (target).closest('[data-channel]');
    const hash = row?.getAttribute('data-channel');
    if (!hash) return;
    this.moveCursorTo(hash);
    emit(this, 'open', { hash });
  }

  #schedule() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // A hidden page gets no animation frames.
    if (document.hidden) setTimeout(() => this.#render());
    else requestAnimationFrame(() => this.#render());
  }

  #render() {
    this.#isScheduled = false;
    const rows = this.#channels.shown;
    this.#keepPlace(rows);
    const { scrollTop, clientHeight } = this.#scroller;
    const count = rows.hasStarted ? rows.count : rows.error ? 0 : SKELETON_ROWS;
    const from = Math.max(0, Math.floor(scrollTop / ROW_PX) - OVERSCAN);
    const to = Math.min(count, Math.ceil((scrollTop + clientHeight) / ROW_PX) + OVERSCAN);
    this.#rows.style.height = `${count * ROW_PX}px`;
    this.#scroller.hidden = count === 0;
    this.#scroller.setAttribute('aria-busy', String(!rows.hasStarted));
    const now = Date.now();
    this.#list.render(
      Array.from({ length: Math.max(0, to - from) }, (_, offset) =>
        this.#row(rows.hashes[from + offset], from + offset, count, now),
      ),
    );
    const active = this.#cursor && this.#list.node(this.#cursor);
    if (active) this.#scroller.setAttribute('aria-activedescendant', active.id);
    else this.#scroller.removeAttribute('aria-activedescendant');
    if (rows.hasStarted && !rows.error && to > rows.hashes.length) this.#channels.more(to);
    this.#note.show(rows, count === 0);
  }

  /**
   * Keeps what is looked at in its place when rows above it come or go.
   * @param {import('../channels/channel-rows.js').ChannelRows} rows
   */
  #keepPlace(rows) {
    const scroller = this.#scroller;
    const isOtherList = this.#rendered !== rows;
    const wasScrolled = scroller.scrollTop > 0;
    if (isOtherList && (this.#channels.term || !this.#order.length || this.#rendered?.term)) {
      scroller.scrollTop = 0;
      this.#cursor = this.#open;
    } else if (wasScrolled) {
      scroller.scrollTop = this.#placeIn(rows.hashes);
    }
    // Rows slide only at the top of the list, where their order changes in view.
    scroller.classList.toggle('still', isOtherList || wasScrolled || scroller.scrollTop > 0);
    this.#rendered = rows;
    this.#order = rows.hashes.slice();
  }

  /** @param {string[]} hashes @returns {number} The `scrollTop` at which to show them. */
  #placeIn(hashes) {
    const { scrollTop, clientHeight } = this.#scroller;
    const top = Math.floor(scrollTop / ROW_PX);
    const openBefore = this.#order.indexOf(this.#open ?? '');
    const openNow = hashes.indexOf(this.#open ?? '');
    const wasOpenInView =
      openBefore >= 0 &&
      openBefore * ROW_PX < scrollTop + clientHeight &&
      (openBefore + 1) * ROW_PX > scrollTop;
    // Writing in the open conversation moves it up: the view follows.
    if (wasOpenInView && openNow >= 0 && openNow < top) return openNow * ROW_PX;
    const topRow = this.#order[top];
    const topNow = topRow && hashes[top] !== topRow ? hashes.indexOf(topRow) : -1;
    // If the row at the top has moved up, the others have hardly moved.
    return topNow > top ? scrollTop + (topNow - top) * ROW_PX : scrollTop;
  }

  /**
   * @param {string | undefined} hash
   * @param {number} index
   * @param {number} count
   * @param {number} now
   * @returns {Row}
   */
  #row(hash, index, count, now) {
    const channel = hash === undefined ? undefined : this.#channels.get(hash);
    return {
      key: hash ?? `loading ${index}`,
      hash,
      index,
      count,
      isOpen: hash !== undefined && hash === this.#open,
      isCursor: hash !== undefined && hash === this.#cursor,
      content: channel && rowContent(channel, this.#presence, now),
    };
  }

  /** @param {string | undefined} hash */
  #createRow(hash) {
    return hash
      ? el('div', {
          role: 'option',
          class: 'row',
          id: `row-${this.#nextId++}`,
          'data-channel': hash,
        })
      : el('div', { 'aria-hidden': 'true', class: 'row' });
  }
}

/** @param {HTMLElement} node @param {Row} row @param {Row} [before] */
function updateListRow(node, { hash, index, count, isOpen, isCursor, content }, before) {
  node.style.translate = `0 ${index * ROW_PX}px`;
  if (hash) {
    node.setAttribute('aria-posinset', String(index + 1));
    node.setAttribute('aria-setsize', String(count));
    node.setAttribute('aria-selected', String(isOpen));
    node.classList.toggle('cursor', isCursor);
  }
  if (!content) return before || showSkeleton(node);
  if (JSON.stringify(content) !== JSON.stringify(before?.content))
    showRow(node, content, before?.content?.unread === 0);
}
