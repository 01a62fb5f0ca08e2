// @ts-check
/**
 * The form for a message. A draft belongs to its conversation, and survives a reload.
 */

import { COMPOSING, el } from '../ui/dom.js';
import { icon } from './icon.js';

/** The server's limit, in characters. It does not count UTF-16 units. */
const MOST = 5_000;
/** What the server takes for empty: white space and invisible characters. */
const BLANK = /^[\s\p{Cc}\p{DI}]*$/u;

/**
 * @typedef {object} Actions
 * @property {() => void} typing
 * @property {(body: string) => Promise<void>} send Settles once the outbox has it.
 * @property {(to: string, text?: string | null) => string | null} draft Stores the draft to somebody,
 *   or returns the stored one.
 */

export class Composer {
  #texts;
  #on;
  #input;
  #send = el('button', { part: 'send' }, icon('M12 19V5M6 11l6-6 6 6'));
  /** Says how much is too much. */
  #over = el('p', { part: 'over', role: 'status' });
  /** @type {{ save: (body: string) => void, stop: () => void } | undefined} Of a sent message. */
  editing;
  /** Whom the draft is for. */
  #to = '';
  /** Whether something was written since the draft was shown. */
  #isWritten = false;
  #isSending = false;

  /** @param {import('./texts.js').Texts} texts @param {Actions} on */
  constructor(texts, on) {
    this.#texts = texts;
    this.#on = on;
    this.#input = el('textarea', {
      part: 'input',
      rows: '1',
      dir: 'auto',
      oninput: () => this.#written(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    });
    this.element = el(
      'form',
      { part: 'composer', onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
      this.#over,
      this.#input,
      this.#send,
    );
  }

  /** Shows everything in the current language. */
  speak() {
    const { placeholder, send } = this.#texts;
    this.#input.placeholder = this.#input.ariaLabel = placeholder;
    this.#send.ariaLabel = send;
    this.fit();
  }

  /**
   * Shows the draft to somebody.
   * @param {string} to
   * @param {boolean} [isSame] Whether it was not known so far whom the text is for: then it stays.
   */
  turn(to, isSame) {
    if (to === this.#to) return;
    this.editing?.stop();
    const text = this.#input.value;
    if (isSame && this.#isWritten) this.#on.draft(this.#to, null);
    this.#to = to;
    this.write(isSame && this.#isWritten ? text : (this.#on.draft(to) ?? ''));
  }

  /** @param {string} text */
  write(text) {
    this.#input.value = text;
    this.#isWritten &&= Boolean(text);
    this.fit();
  }

  /** Makes the input as high as its text, and says whether it is too long. */
  fit() {
    const { value, style } = this.#input;
    style.height = '';
    style.height = `${this.#input.scrollHeight + 2}px`;
    if (!this.editing) this.#on.draft(this.#to, value || null);
    const over = [...value].length - MOST;
    this.#send.disabled = over > 0;
    this.#over.textContent =
      over > 0 ? this.#texts.over.replace('{count}', over.toLocaleString(this.#texts.lang)) : '';
  }

  get value() {
    return this.#input.value;
  }

  focus() {
    this.#input.focus();
  }

  #written() {
    this.#isWritten = true;
    this.fit();
    if (!this.editing && !BLANK.test(this.#input.value)) this.#on.typing();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const body = this.#input.value;
    if (BLANK.test(body) || this.#send.disabled) return;
    if (this.editing) this.editing.save(body);
    else if (!this.#isSending) this.#post(body);
  }

  /** @param {string} body It stays in the input until the outbox has it. */
  async #post(body) {
    this.#isSending = true;
    try {
      await this.#on.send(body);
      if (this.#input.value.startsWith(body)) this.write(this.#input.value.slice(body.length));
    } catch {
      // The panel says why.
    }
    this.#isSending = false;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (
      event.key === 'Enter' &&
      !event.shiftKey &&
      event.keyCode !== COMPOSING &&
      // A phone's keyboard has no other key for a new line.
      !matchMedia('(pointer: coarse)').matches
    )
      this.#submit(event);
    if (event.key === 'Escape' && this.editing) {
      event.preventDefault();
      this.editing.stop();
    }
  }
}
