// @ts-check
/**
 * The menu of canned answers in the composer: a slash at the start of a word opens it, and the
 * chosen answer replaces the word.
 */

import { COMPOSING, el } from '../../ui/dom.js';
import { errorText, toast } from '../parts/feedback.js';
import { filled } from '../parts/format.js';
import { patch } from '../parts/patch.js';
import { texts } from '../texts.js';
import { withName } from './canned.js';

const SLASH_WORD = /(?:^|\s)\/([a-z0-9_-]*)$/i;

export class CannedMenu {
  #canned;
  #input;
  /** @type {string | null | undefined} The customer's first name. */
  #name;
  /** @type {import('./canned.js').CannedAnswer[]} */
  #answers = [];
  #chosen = 0;
  element = el('div', {
    id: 'canned',
    class: 'offers',
    role: 'listbox',
    'aria-label': texts.replies,
    hidden: true,
  });

  /** @param {import('./canned.js').CannedAnswers} canned @param {HTMLTextAreaElement} input */
  constructor(canned, input) {
    this.#canned = canned;
    this.#input = input;
    input.setAttribute('aria-autocomplete', 'list');
    input.setAttribute('aria-haspopup', 'listbox');
    input.setAttribute('aria-controls', this.element.id);
    input.addEventListener('input', () => this.#complete());
    input.addEventListener('blur', () => this.close());
    input.addEventListener('keydown', (event) => this.#pressed(event));
    this.element.addEventListener('mousedown', (event) => this.#clicked(event));
  }

  /** @param {string | null | undefined} name Of the customer who gets the answer. */
  setName(name) {
    this.#name = name;
  }

  /** Opens the menu at the caret. */
  open() {
    const { value, selectionStart: caret } = this.#input;
    this.#input.focus();
    if (!this.#word()) {
      const needsSpace = caret > 0 && !/\s$/.test(value.slice(0, caret));
      this.#replace(caret, caret, needsSpace ? ' /' : '/');
    }
    this.#canned.load().then(
      () => this.#canned.matching('').length || toast(texts.noReplies),
      () => {},
    );
  }

  close() {
    this.#show([]);
  }

  async #complete() {
    if (!this.#word()) return this.close();
    try {
      await this.#canned.load();
    } catch (error) {
      return toast(filled(texts.repliesFailed, { reason: errorText(error) }));
    }
    const word = this.#word();
    this.#show(word ? this.#canned.matching(word[1]) : []);
  }

  /** The word before the caret, if it begins with a slash. */
  #word() {
    const { value, selectionStart, selectionEnd } = this.#input;
    return selectionStart === selectionEnd && document.activeElement === this.#input
      ? SLASH_WORD.exec(value.slice(0, selectionStart))
      : null;
  }

  /** @param {import('./canned.js').CannedAnswer[]} answers */
  #show(answers) {
    this.#answers = answers;
    this.element.hidden = answers.length === 0;
    patch(
      this.element,
      ...answers.map(({ shortcut, text }, index) =>
        el(
          'div',
          { role: 'option', id: `reply-${index}` },
          el('b', {}, `/${shortcut}`),
          el('span', { dir: 'auto' }, withName(text, this.#name)),
        ),
      ),
    );
    this.#choose(0);
  }

  /** @param {number} index */
  #choose(index) {
    const count = this.#answers.length;
    this.#chosen = count ? (index + count) % count : 0;
    [...this.element.children].forEach((option, at) =>
      option.setAttribute('aria-selected', String(at === this.#chosen)),
    );
    this.element.children[this.#chosen]?.scrollIntoView({ block: 'nearest' });
    if (count) this.#input.setAttribute('aria-activedescendant', `reply-${this.#chosen}`);
    else this.#input.removeAttribute('aria-activedescendant');
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (!this.#answers.length || event.keyCode === COMPOSING) return;
    if (event.key === 'ArrowDown') this.#choose(this.#chosen + 1);
    else if (event.key === 'ArrowUp') this.#choose(this.#chosen - 1);
    else if (event.key === 'Escape') this.close();
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey)
      this.#insert(this.#chosen);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    // The focus stays in the field.
    event.preventDefault();
    const option = /** @type {HTMLElement} */ (event.target).closest('[role=option]');
    if (option) this.#insert([...this.element.children].indexOf(option));
  }

  /** @param {number} index */
  #insert(index) {
    const word = this.#word();
    const answer = this.#answers[index];
    if (!word || !answer) return;
    const caret = this.#input.selectionStart;
    this.#replace(caret - word[1].length - 1, caret, withName(answer.text, this.#name));
    this.close();
  }

  /** @param {number} from @param {number} to @param {string} text */
  #replace(from, to, text) {
    this.#input.setRangeText(text, from, to, 'end');
    this.#input.dispatchEvent(new Event('input'));
    this.#input.scrollTop = this.#input.scrollHeight;
  }
}
