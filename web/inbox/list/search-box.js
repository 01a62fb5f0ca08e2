// @ts-check
/**
 * The search field of the page, and what it found, which the list says.
 *
 * Events: `leave` (Escape in an empty field), `enter-list`.
 */

import { COMPOSING, el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { SEARCH_MIN_LENGTH } from '../channels/channels.js';
import { counted, filled } from '../parts/format.js';
import { icon } from '../parts/icons.js';
import { texts } from '../texts.js';

export class SearchBox extends EventTarget {
  #channels;
  #input = el('input', {
    type: 'search',
    placeholder: texts.search,
    'aria-label': texts.searchLabel,
    'aria-keyshortcuts': '/',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  element = el('div', { class: 'search' }, icon('search'), this.#input);
  hint = el('p', { class: 'search-hint', role: 'status', hidden: true });

  /** @param {import('../channels/channels.js').Channels} channels */
  constructor(channels) {
    super();
    this.#channels = channels;
    this.#input.addEventListener('input', () => channels.search(this.#input.value));
    this.#input.addEventListener('keydown', (event) => this.#pressed(event));
    channels.addEventListener('change', () => this.#showHint());
  }

  focus() {
    this.#input.focus();
  }

  /** @param {string} text Searches for it. */
  show(text) {
    this.#input.value = text;
    this.#channels.search(text);
    this.focus();
  }

  clear() {
    this.#input.value = '';
    this.#channels.search('');
  }

  #showHint() {
    const { isTermTooShort, isSearching, shown } = this.#channels;
    this.hint.hidden = !isTermTooShort && !isSearching && !shown.term;
    this.hint.textContent = isTermTooShort
      ? filled(texts.searchTooShort, { count: SEARCH_MIN_LENGTH })
      : isSearching
        ? texts.searching
        : counted(texts.found, shown.count);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.keyCode === COMPOSING) return;
    if (event.key === 'Escape' && this.#input.value) this.clear();
    else if (event.key === 'Escape') emit(this, 'leave');
    else if (event.key === 'ArrowDown' || event.key === 'Enter') emit(this, 'enter-list');
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
