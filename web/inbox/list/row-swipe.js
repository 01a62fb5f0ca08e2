// @ts-check
/**
 * Swipes of a row, by touch only. A swipe begins when the finger moves further sideways than up or
 * down; before that the browser may scroll, which ends it (`touch-action: pan-y`).
 *
 * Events: `swipe` {hash, isToEnd}, where the end is the right side unless the page runs from right
 * to left.
 */

import { el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { icon } from '../parts/icons.js';
import { texts } from '../texts.js';

/** A finger that moves less may still tap. */
const SLOP_PX = 10;
/** This share of the row's width, or that many px, is a decision. */
const DECIDED_SHARE = 0.35;
const DECIDED_PX = 120;

/**
 * @typedef {object} SwipeAction
 * @property {string} name
 * @property {string} label
 * @property {import('../parts/icons.js').IconName} icon
 * @typedef {object} Touch
 * @property {HTMLElement} row
 * @property {string} hash
 * @property {number} id Of the pointer.
 * @property {number} x
 * @property {number} y
 * @property {boolean} isSwipe
 */

export class RowSwipe extends EventTarget {
  #scroller;
  #actionOf;
  /** @type {Touch | undefined} */
  #touch;
  /** What shows under the row. */
  #bed = el('div', { class: 'swipe-bed', 'aria-hidden': 'true', hidden: true });

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} rows Around the rows.
   * @param {(hash: string, isToEnd: boolean) => SwipeAction | undefined} actionOf What a swipe of
   *   this row would do; undefined: nothing.
   */
  constructor(scroller, rows, actionOf) {
    super();
    this.#scroller = scroller;
    this.#actionOf = actionOf;
    rows.append(this.#bed);
    scroller.addEventListener('pointerdown', (event) => this.#began(event));
    scroller.addEventListener('pointermove', (event) => this.#moved(event));
    scroller.addEventListener('pointerup', (event) => this.#ended(event));
    scroller.addEventListener('pointercancel', () => this.#reset());
    // A swipe is no scrolling that goes on after it, which would swallow the next tap.
    scroller.addEventListener(
      'touchmove',
      (event) => this.#touch?.isSwipe && event.cancelable && event.preventDefault(),
      { passive: false },
    );
  }

  /** @param {PointerEvent} event */
  #began({ pointerType, isPrimary, pointerId, target, clientX, clientY }) {
    this.#reset();
    if (pointerType !== 'touch' || !isPrimary) return;
    const row = /** @type {HTMLElement | null} */ (
      /** @type {HTMLElement} */ (target).closest('[data-channel]')
    );
    const hash = row?.dataset.channel;
    if (!row || !hash) return;
    this.#touch = { row, hash, id: pointerId, x: clientX, y: clientY, isSwipe: false };
  }

  /** @param {PointerEvent} event */
  #moved({ pointerId, clientX, clientY }) {
    const touch = this.#touch;
    if (!touch || touch.id !== pointerId) return;
    const [across, along] = [Math.abs(clientX - touch.x), Math.abs(clientY - touch.y)];
    if (!touch.isSwipe) {
      if (along > SLOP_PX && along >= across) return this.#reset();
      if (across <= SLOP_PX || across <= along) return;
      touch.isSwipe = true;
      // The row's content may be drawn anew meanwhile.
      this.#scroller.setPointerCapture(pointerId);
      touch.row.classList.add('swiping');
    }
    this.#show(touch, clientX - touch.x);
  }

  /** @param {Touch} touch @param {number} by In px to the right. */
  #show({ row, hash }, by) {
    const action = this.#actionOf(hash, isToEnd(by));
    const top = topOf(row);
    row.style.translate = `${action ? by : 0}px ${top}`;
    this.#bed.hidden = !action;
    if (!action) return;
    this.#bed.className = `swipe-bed ${action.name} ${isToEnd(by) ? 'to-end' : ''}`;
    this.#bed.classList.toggle('decided', Math.abs(by) >= this.#decided(row));
    this.#bed.style.translate = `0 ${top}`;
    this.#bed.style.height = `${row.offsetHeight}px`;
    this.#bed.replaceChildren(icon(action.icon), action.label);
  }

  /** @param {PointerEvent} event */
  #ended({ pointerId, clientX }) {
    const touch = this.#touch;
    if (!touch || touch.id !== pointerId) return;
    const by = clientX - touch.x;
    const { row, hash, isSwipe } = touch;
    this.#reset();
    if (!isSwipe || Math.abs(by) < this.#decided(row)) return;
    if (this.#actionOf(hash, isToEnd(by))) emit(this, 'swipe', { hash, isToEnd: isToEnd(by) });
  }

  #reset() {
    const row = this.#touch?.row;
    this.#touch = undefined;
    this.#bed.hidden = true;
    if (!row) return;
    row.classList.remove('swiping');
    row.style.translate = `0 ${topOf(row)}`;
  }

  /** @param {HTMLElement} row */
  #decided(row) {
    return Math.min(DECIDED_PX, row.offsetWidth * DECIDED_SHARE);
  }
}

/** @param {number} by In px to the right. */
const isToEnd = (by) => (texts.dir === 'rtl' ? by < 0 : by > 0);

/** @param {HTMLElement} row */
const topOf = (row) => row.style.translate.split(' ')[1] ?? '0px';
