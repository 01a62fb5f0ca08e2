// @ts-check
/**
 * Under the list, while rows are ticked: what to do with all of them, and how far that is.
 *
 * Events: `close`, `assign` {anchor}, `label` {anchor}, `clear`.
 */

import { el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { counted } from '../parts/format.js';
import { iconButton } from '../parts/icons.js';
import { texts } from '../texts.js';

export class BulkBar extends EventTarget {
  #count = el('span', { class: 'bulk-count', role: 'status' });
  #progress = el('progress', { 'aria-label': texts.bulkProgress, hidden: true });
  element;

  constructor() {
    super();
    const button = (/** @type {string} */ name, /** @type {string} */ label) => {
      const anchor = el(
        'button',
        { type: 'button', class: `bulk-${name}`, onclick: () => emit(this, name, { anchor }) },
        label,
      );
      return anchor;
    };
    this.element = el(
      'div',
      { class: 'bulk', role: 'group', 'aria-label': texts.bulk, hidden: true },
      this.#progress,
      this.#count,
      button('close', texts.close),
      button('assign', texts.assign),
      button('label', texts.label),
      iconButton(texts.bulkClear, 'close', () => emit(this, 'clear')),
    );
  }

  /** @param {number} count Of ticked rows. */
  show(count) {
    this.element.hidden = count === 0;
    this.#count.textContent = count ? counted(texts.bulkCount, count) : '';
  }

  /** @param {number} done @param {number} all */
  progress = (done, all) => {
    this.#progress.max = all;
    this.#progress.value = done;
    this.#progress.hidden = done === all;
  };
}
