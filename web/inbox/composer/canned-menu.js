// @ts-check
/**
 * The menu of the composer: a slash at the start of a word offers canned answers, and in a note an
 * at sign offers admins. The chosen one replaces the word.
 */

import { COMPOSING, el } from '../../ui/dom.js';
import { errorText, toast } from '../parts/feedback.js';
import { filled } from '../parts/format.js';
import { patch } from '../parts/patch.js';
import { texts } from '../texts.js';
import { withName } from './canned.js';

const SLASH_WORD = /(?:^|\s)\/([a-z0-9_-]*)$/i;
const AT_WORD = /(?:^|\s)@([\p{L}\p{N}_-]*)$/u;

/**
 * @typedef {object} Offer
 * @property {string} head
 * @property {string} detail
 * @property {string} text What replaces the word.
 */

export class CannedMenu {
  #canned;
  #mentions;
  #input;
  /** Whether a note is being written. */
  isNote = false;
  /** @type {string | null | undefined} The customer's first name. */
  #name;
  /** @type {Offer[]} */
  #offers = [];
  #chosen = 0;
  element = el('div', {
    id: 'canned',
    class: 'offers',
    role: 'listbox',
    'aria-label': texts.replies,
    hidden: true,
  });

  /**
   * @param {import('./canned.js').CannedAnswers} canned
   * @param {import('./mentions.js').Mentions} mentions
   * @param {HTMLTextAreaElement} input
   */
  constructor(canned, mentions, input) {
    this.#canned = canned;
    this.#mentions = mentions;
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
    const kind = this.#word()?.kind;
    if (!kind) return this.close();
    try {
      await (kind === '/' ? this.#canned : this.#mentions).load();
    } catch (error) {
      return toast(filled(texts.repliesFailed, { reason: errorText(error) }));
    }
    const word = this.#word();
    this.#show(!word ? [] : word.kind === '/' ? this.#answers(word.text) : this.#admins(word.text));
    this.element.setAttribute('aria-label', word?.kind === '@' ? texts.team : texts.replies);
  }

  /** @param {string} text @returns {Offer[]} */
  #answers(text) {
    return this.#canned.matching(text).map((answer) => {
      const detail = withName(answer.text, this.#name);
      return { head: `/${answer.shortcut}`, detail, text: detail };
    });
  }

  /** @param {string} text @returns {Offer[]} */
  #admins(text) {
    return this.#mentions
      .matching(text)
      .map(({ handle, name }) => ({ head: `@${handle}`, detail: name, text: `@${handle} ` }));
  }

  /**
   * The word before the caret, if it begins with a slash, or in a note with an at sign.
   * @returns {{ kind: '/' | '@', text: string } | undefined}
   */
  #word() {
    const { value, selectionStart, selectionEnd } = this.#input;
    if (selectionStart !== selectionEnd || document.activeElement !== this.#input) return undefined;
    const before = value.slice(0, selectionStart);
    const slash = SLASH_WORD.exec(before);
    if (slash) return { kind: '/', text: slash[1] };
    const at = this.isNote && AT_WORD.exec(before);
    return at ? { kind: '@', text: at[1] } : undefined;
  }

  /** @param {Offer[]} offers */
  #show(offers) {
    this.#offers = offers;
    this.element.hidden = offers.length === 0;
    patch(
      this.element,
      ...offers.map(({ head, detail }, index) =>
        el(
          'div',
          { role: 'option', id: `reply-${index}` },
          el('b', {}, head),
          el('span', { dir: 'auto' }, detail),
        ),
      ),
    );
    this.#choose(0);
  }

  /** @param {number} index */
  #choose(index) {
    const count = this.#offers.length;
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
    if (!this.#offers.length || event.keyCode === COMPOSING) return;
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
    const offer = this.#offers[index];
    if (!word || !offer) return;
    const caret = this.#input.selectionStart;
    this.#replace(caret - word.text.length - 1, caret, offer.text);
    this.close();
  }

  /** @param {number} from @param {number} to @param {string} text */
  #replace(from, to, text) {
    this.#input.setRangeText(text, from, to, 'end');
    this.#input.dispatchEvent(new Event('input'));
    this.#input.scrollTop = this.#input.scrollHeight;
  }
}
