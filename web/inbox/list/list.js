// @ts-check
/**
 * The list of conversations. Rows have two heights, with chips and without, and only those near the
 * view exist, so ten thousand rows cost as much as ten. The number of rows is known; those that are
 * not loaded count as rows with chips.
 *
 * The keyboard focus stays on the list. The cursor is the row that the keys act on.
 *
 * Rows don't move while somebody works with them: while the pointer moves or presses over the list,
 * and in view while the list is scrolled to the open conversation. Then a button says how many
 * conversations have news above, and leads there.
 *
 * Rows can be ticked, to do something with all of them.
 *
 * Events: `open` {hash} when a row is chosen, `tick` when another set of rows is ticked, `swipe`
 * {hash, does} on touch.
 */

import { el } from '../../ui/dom.js';
import { emit, listen } from '../../ui/events.js';
import { KeyedList } from '../../ui/keyed-list.js';
import { counted } from '../parts/format.js';
import { icon } from '../parts/icons.js';
import { patch } from '../parts/patch.js';
import { serverNow } from '../parts/server-clock.js';
import { HeldOrder } from './held-order.js';
import { texts } from '../texts.js';
import { ListNote } from './list-note.js';
import { hasChips, rowContent, showRow, showSkeleton } from './list-row.js';
import { PointerWork } from './pointer-work.js';
import { RowPlaces } from './row-places.js';
import { RowSwipe } from './row-swipe.js';

/** As in the style sheet: with chips, and without. */
const ROW_PX = 84;
const LOW_ROW_PX = 68;
/** How many rows exist above and below the view. */
const OVERSCAN = 6;
const SKELETON_ROWS = 9;
/** A press of a resting mouse this soon after the rows moved is meant for the row before. */
const REACTION_MS = 400;
/** Where there is no pointer that hovers, a tap on the face opens the row. */
const HOVER = matchMedia('(hover: hover)');
/** Waiting times grow by themselves. */
const TICK_MS = 30_000;

/**
 * @typedef {object} Row
 * @property {string} key
 * @property {string} [hash] Undefined while it is loading.
 * @property {number} index
 * @property {number} count
 * @property {number} top
 * @property {boolean} isLow Whether it has no room for chips.
 * @property {boolean} isOpen
 * @property {boolean} isCursor
 * @property {boolean} isTicked
 * @property {import('./list-row.js').RowContent} [content]
 */

export class ListView extends EventTarget {
  #context;
  #channels;
  #note;
  /** @type {string | undefined} The hash of the open conversation. */
  #open;
  /** @type {string | undefined} The hash of the row that the keys act on. */
  #cursor;
  /** @type {import('../channels/channel-rows.js').ChannelRows | undefined} Rendered last. */
  #rendered;
  /** @type {string[]} The order in which the rows are shown. */
  #order = [];
  /** Where the rows begin. */
  #places = new RowPlaces([]);
  #held = new HeldOrder();
  /** The order and the scroll position before the rows moved last, and when that was. */
  #moved = {
    order: /** @type {string[]} */ ([]),
    places: new RowPlaces([]),
    scrollTop: 0,
    at: -Infinity,
  };
  /** @type {string | undefined} The hash of the row that the last press was meant for. */
  #meant;
  /** Whether the next drawing shows what is new above. */
  #isReleased = false;
  #isScheduled = false;
  /** @type {Set<string>} */
  #ticked = new Set();
  #nextId = 0;
  #rows = el('div', { class: 'rows', role: 'presentation' });
  #scroller = el(
    'div',
    { class: 'list', role: 'listbox', tabindex: '0', 'aria-label': texts.conversations },
    this.#rows,
  );
  #pointer = new PointerWork(this.#scroller);
  #swipe = new RowSwipe(this.#scroller, this.#rows, (hash, isToEnd) =>
    this.#swipeAction(hash, isToEnd),
  );
  /** How many conversations have news above. Not in the list, where it would cover rows. */
  news = el('button', {
    type: 'button',
    class: 'news',
    hidden: true,
    onclick: () => this.#showNews(),
  });
  /** @type {KeyedList<Row>} */
  #list = new KeyedList(
    this.#rows,
    ({ hash }) => this.#createRow(hash),
    (node, row, before) => updateListRow(node, row, before),
  );
  element;

  /** @param {import('./list-row.js').Context} context */
  constructor(context) {
    super();
    const { channels, presence, labels } = context;
    this.#context = context;
    this.#channels = channels;
    this.#note = new ListNote(channels);
    this.element = el('div', { class: 'list-frame' }, this.#scroller, this.#note.element);
    const schedule = () => this.#schedule();
    channels.addEventListener('change', schedule);
    presence.addEventListener('change', schedule);
    labels.addEventListener('change', schedule);
    this.#scroller.addEventListener('scroll', schedule, { passive: true });
    this.#scroller.addEventListener('focus', () => this.#focused());
    this.#pointer.addEventListener('rest', schedule);
    this.#scroller.addEventListener('pointerdown', (event) => {
      this.#meant = this.#hashBeforeMove(event);
    });
    this.#scroller.addEventListener('click', (event) => this.#clicked(event));
    listen(this.#swipe, 'swipe', ({ hash, isToEnd }) =>
      emit(this, 'swipe', { hash, does: this.#swipeAction(hash, isToEnd)?.name }),
    );
    new ResizeObserver(schedule).observe(this.#scroller);
    document.addEventListener('visibilitychange', schedule);
    setInterval(schedule, TICK_MS);
  }

  get cursor() {
    return this.#cursor;
  }

  /** How many rows there are from the top to the end of the view. */
  get rowsInView() {
    return this.#places.indexAt(this.#scroller.scrollTop + this.#scroller.clientHeight) + 1;
  }

  get hasFocus() {
    return document.activeElement === this.#scroller;
  }

  focus() {
    this.#scroller.focus({ preventScroll: true });
  }

  /** Where a menu about the chosen row opens. */
  get anchor() {
    return (this.#cursor && this.#list.node(this.#cursor)) || this.#scroller;
  }

  /** With the next drawing, rows take their places, also under the pointer. */
  release() {
    this.#isReleased = true;
    this.#held.release();
    this.#schedule();
  }

  /** The conversations that are ticked. */
  get ticked() {
    return [...this.#ticked];
  }

  /** @param {string | undefined} hash Ticks a row, or no longer. */
  tick(hash) {
    if (!hash) return;
    if (!this.#ticked.delete(hash)) this.#ticked.add(hash);
    this.#schedule();
    emit(this, 'tick');
  }

  untick() {
    this.#ticked.clear();
    this.#schedule();
    emit(this, 'tick');
  }

  /** @param {string | undefined} hash The conversation that is open next to the list. */
  select(hash) {
    this.#open = hash;
    if (hash) this.moveCursorTo(hash);
    this.#schedule();
  }

  /** @param {number} rows Down; negative: up. */
  moveCursor(rows) {
    const hash = this.neighbor(this.#cursor, rows);
    this.focus();
    if (hash) this.moveCursorTo(hash);
  }

  /**
   * @param {string | undefined} hash
   * @param {number} rows Down; negative: up.
   * @returns {string | undefined} The conversation there; the first one if `hash` is not listed.
   */
  neighbor(hash, rows) {
    const hashes = this.#order.length ? this.#order : this.#channels.shown.hashes;
    const at = hashes.indexOf(hash ?? '');
    return hashes[at < 0 ? 0 : Math.min(hashes.length - 1, Math.max(0, at + rows))];
  }

  /** @param {string | undefined} hash @param {boolean} [isScrolling] Scrolls the row into view. */
  moveCursorTo(hash, isScrolling = true) {
    this.#cursor = hash;
    if (hash && !this.#order.includes(hash)) {
      // A new conversation, opened by the reader.
      this.#isReleased = true;
      this.#render();
    }
    const at = hash ? this.#order.indexOf(hash) : -1;
    if (isScrolling && at >= 0) {
      const { scrollTop, clientHeight } = this.#scroller;
      const [top, bottom] = [this.#places.top(at), this.#places.top(at + 1)];
      if (top < scrollTop) this.#scroller.scrollTop = top;
      else if (bottom > scrollTop + clientHeight) this.#scroller.scrollTop = bottom - clientHeight;
    }
    this.#render();
  }

  #focused() {
    // A click chooses a row itself.
    if (this.#cursor || !this.#scroller.matches(':focus-visible')) return;
    this.moveCursorTo(this.#open ?? this.#order[0]);
  }

  /** @param {MouseEvent} event */
  #clicked({ target }) {
    const row = /** @type {HTMLElement} */ (target).closest('[data-channel]');
    const hash = this.#meant ?? row?.getAttribute('data-channel');
    this.#meant = undefined;
    if (!hash) return;
    const isTick = HOVER.matches && /** @type {HTMLElement} */ (target).closest('.face');
    if (isTick) return this.tick(hash);
    this.moveCursorTo(hash);
    emit(this, 'open', { hash });
  }

  /** @param {PointerEvent} event @returns {string | undefined} Unless the rows stood still. */
  #hashBeforeMove({ pointerType, clientY }) {
    const { order, places, scrollTop, at } = this.#moved;
    const isLater = this.#pointer.movedAt > at || performance.now() - at > REACTION_MS;
    if (isLater || pointerType !== 'mouse') return undefined;
    const top = this.#rows.getBoundingClientRect().top + this.#scroller.scrollTop - scrollTop;
    return order[places.indexAt(clientY - top)];
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
    const count = this.#arrange(rows);
    const { scrollTop, clientHeight } = this.#scroller;
    const from = Math.max(0, this.#places.indexAt(scrollTop) - OVERSCAN);
    const to = Math.min(count, this.#places.indexAt(scrollTop + clientHeight) + 1 + OVERSCAN);
    this.#scroller.hidden = count === 0;
    this.#scroller.setAttribute('aria-busy', String(!rows.hasStarted));
    const now = serverNow();
    this.#list.render(
      Array.from({ length: Math.max(0, to - from) }, (_, offset) =>
        this.#row(this.#order[from + offset], from + offset, count, now),
      ),
    );
    const active = this.#cursor && this.#list.node(this.#cursor);
    if (active) this.#scroller.setAttribute('aria-activedescendant', active.id);
    else this.#scroller.removeAttribute('aria-activedescendant');
    if (rows.hasStarted && !rows.error && to > this.#order.length)
      this.#channels.more(to + this.#held.waiting);
    this.#note.show(rows, count === 0);
    this.#scroller.classList.toggle('ticking', this.#ticked.size > 0);
    this.#showNewsButton();
  }

  /**
   * Decides the order of the rows, and keeps those in view in their place.
   * @param {import('../channels/channel-rows.js').ChannelRows} rows
   * @returns {number} How many rows there are.
   */
  #arrange(rows) {
    const scroller = this.#scroller;
    const isOtherList = this.#rendered !== rows;
    const isOtherSearch =
      isOtherList && (this.#rendered?.term !== rows.term || this.#rendered.view !== rows.view);
    const { scrollTop } = scroller;
    const wasScrolled = scrollTop > 0;
    const before = this.#order;
    const placesBefore = this.#places;
    const isHeld =
      (this.#pointer.isActive || (wasScrolled && this.#isOpenInView)) &&
      !isOtherSearch &&
      !this.#isReleased &&
      before.length > 0;
    if (isHeld) this.#held.hold(before);
    else this.#held.release();
    this.#isReleased = false;
    if (isOtherSearch && this.#ticked.size) this.untick();
    // Under the pointer, a row that has left the view keeps its place.
    if (!this.#pointer.isActive) this.#held.keep(rows.hashes);
    this.#order = this.#held.arrange(rows.hashes, wasScrolled);
    this.#places = placesBefore.of(this.#order, (hash) => this.#heightOf(hash), isHeld);
    if (!this.#places.startsLike(placesBefore))
      this.#moved = { order: before, places: placesBefore, scrollTop, at: performance.now() };
    const known = Math.max(rows.count - this.#held.waiting, this.#order.length);
    const count = rows.hasStarted ? known : rows.error ? 0 : SKELETON_ROWS;
    this.#rows.style.height = `${this.#places.top(count)}px`;
    if (isOtherSearch || !before.length) {
      scroller.scrollTop = 0;
      this.#cursor = this.#open;
    } else if (wasScrolled) {
      scroller.scrollTop += this.#shift(before, placesBefore);
    }
    // Rows slide only at the top of the list, where their order changes in view.
    scroller.classList.toggle('still', isOtherList || wasScrolled || scroller.scrollTop > 0);
    this.#rendered = rows;
    return count;
  }

  get #isOpenInView() {
    const at = this.#order.indexOf(this.#open ?? '');
    const { scrollTop, clientHeight } = this.#scroller;
    const isBegun = at >= 0 && this.#places.top(at) < scrollTop + clientHeight;
    return isBegun && this.#places.top(at + 1) > scrollTop;
  }

  /** @param {string} hash */
  #heightOf(hash) {
    const channel = this.#channels.get(hash);
    return !channel || hasChips(channel, this.#context) ? ROW_PX : LOW_ROW_PX;
  }

  /**
   * @param {string} hash @param {boolean} isToEnd
   * @returns {import('./row-swipe.js').SwipeAction | undefined}
   */
  #swipeAction(hash, isToEnd) {
    const channel = this.#channels.get(hash);
    if (!channel || channel.last_message_at === null) return undefined;
    const { status = 'open' } = channel;
    if (isToEnd)
      return status === 'closed'
        ? { name: 'reopen', label: texts.reopen, icon: 'reopen' }
        : { name: 'close', label: texts.close, icon: 'check' };
    return status === 'open' ? { name: 'snooze', label: texts.snooze, icon: 'moon' } : undefined;
  }

  /**
   * @param {string[]} before
   * @param {RowPlaces} places As they were.
   * @returns {number} How far down the first row in view came that has not moved up, in px.
   */
  #shift(before, places) {
    const { scrollTop, clientHeight } = this.#scroller;
    const end = places.indexAt(scrollTop + clientHeight) + 1;
    for (let at = places.indexAt(scrollTop); at < Math.min(end, before.length); at++) {
      const now = this.#order[at] === before[at] ? at : this.#order.indexOf(before[at]);
      if (now >= at) return this.#places.top(now) - places.top(at);
    }
    return 0;
  }

  #showNewsButton() {
    const { news } = this.#held;
    this.news.hidden = news === 0;
    if (news) patch(this.news, icon('send'), counted(texts.newAbove, news));
  }

  #showNews() {
    this.#isReleased = true;
    this.#scroller.scrollTop = 0;
    this.#render();
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
      top: this.#places.top(index),
      isLow: hash !== undefined && this.#places.height(index) < ROW_PX,
      isOpen: hash !== undefined && hash === this.#open,
      isCursor: hash !== undefined && hash === this.#cursor,
      isTicked: hash !== undefined && this.#ticked.has(hash),
      content: channel && rowContent(channel, this.#context, now),
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
function updateListRow(node, row, before) {
  const { hash, index, count, top, isLow, isOpen, isCursor, isTicked, content } = row;
  node.style.translate = `0 ${top}px`;
  node.classList.toggle('low', isLow);
  if (hash) {
    node.setAttribute('aria-posinset', String(index + 1));
    node.setAttribute('aria-setsize', String(count));
    node.setAttribute('aria-selected', String(isOpen));
    node.classList.toggle('cursor', isCursor);
    node.classList.toggle('ticked', isTicked);
    if (isTicked) node.setAttribute('aria-checked', 'true');
    else node.removeAttribute('aria-checked');
  }
  if (!content) return before || showSkeleton(node);
  if (JSON.stringify(content) !== JSON.stringify(before?.content))
    showRow(node, content, before?.content?.unread === 0);
}
