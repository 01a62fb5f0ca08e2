// @ts-check
/**
 * The form for a message. A draft belongs to its conversation, and survives a reload.
 */

import { COMPOSING, el } from '../ui/dom.js';
import { icon } from './icon.js';
import { keep } from './storage.js';

/** The server's limit, in characters. It does not count UTF-16 units. */
const MOST = 5_000;
/** What the server takes for empty: white space and invisible characters. */
const BLANK = /^[\s\p{Cc}\p{DI}]*$/u;

export class Composer {
  #panel;
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

  /** @param {import('./panel.js').Panel} panel */
  constructor(panel) {
    this.#panel = panel;
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
    const { placeholder, send } = this.#panel.texts;
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
    const isKept = isSame && this.#isWritten;
    if (isKept) this.#draft(null);
    this.#to = to;
    this.write(isKept ? text : (this.#draft() ?? ''));
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
    if (!this.editing) this.#draft(value || null);
    const over = [...value].length - MOST;
    this.#send.disabled = over > 0;
    const { texts } = this.#panel;
    this.#over.textContent =
      over > 0 ? texts.over.replace('{count}', over.toLocaleString(texts.lang)) : '';
  }

  get value() {
    return this.#input.value;
  }

  focus() {
    this.#input.focus();
  }

  /** Stores the draft, or returns the stored one. @param {string | null} [text] */
  #draft(text) {
    return keep('sessionStorage', `live-chat:draft:${this.#to}`, text);
  }

  #written() {
    this.#isWritten = true;
    this.fit();
    if (!this.editing && !BLANK.test(this.#input.value)) this.#panel.session.typing();
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
    const { session, log } = this.#panel;
    this.#isSending = true;
    try {
      await session.send(body);
      log.toEnd();
      this.#panel.say('');
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
