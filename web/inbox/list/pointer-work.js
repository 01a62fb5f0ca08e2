// @ts-check
/**
 * Whether somebody works with the pointer over an element: presses it, or has moved or pressed it
 * within the last seconds. A pointer that rests, or has left, does not count.
 *
 * Events: `rest`.
 */

import { emit } from '../../ui/events.js';

const REST_MS = 3_000;

export class PointerWork extends EventTarget {
  /** @type {any} */
  #timer;
  isActive = false;
  /** When a mouse moved last, in the time of `performance.now()`. */
  movedAt = -Infinity;

  /** @param {HTMLElement} element */
  constructor(element) {
    super();
    element.addEventListener('pointermove', ({ pointerType, buttons }) => {
      if (pointerType !== 'mouse') return;
      this.movedAt = performance.now();
      this.#act(buttons > 0);
    });
    element.addEventListener('pointerdown', () => this.#act(true));
    element.addEventListener('pointerleave', ({ pointerType, buttons }) => {
      if (pointerType === 'mouse' && !buttons) this.#rest();
    });
    // A click follows the release, on touch some time later.
    for (const type of ['pointerup', 'pointercancel'])
      addEventListener(type, () => this.isActive && this.#act(false), true);
  }

  /** @param {boolean} isPressed Then it goes on until the release. */
  #act(isPressed) {
    this.isActive = true;
    clearTimeout(this.#timer);
    if (!isPressed) this.#timer = setTimeout(() => this.#rest(), REST_MS);
  }

  #rest() {
    clearTimeout(this.#timer);
    this.isActive = false;
    emit(this, 'rest');
  }
}
