// @ts-check
/**
 * The form for a new message, or for another text of one that was sent. A draft survives a reload.
 */

import { COMPOSING, el } from '../ui/dom.js';

/**
 * @typedef {object} Actions
 * @property {() => void} typing
 * @property {(body: string) => Promise<void>} send Settles once the outbox has it.
 * @property {(id: string, body: string) => void} save
 * @property {(text?: string) => string | null} draft Stores the draft, or returns the stored one.
 */

export class Composer {
  #on;
  #input;
  #editing;
  /** @type {string | undefined} The id of the message that is edited. */
  #edited;
  /** The draft that waits while a message is edited. */
  #draft = '';
  #isSending = false;

  /** @param {import('./texts.js').Texts} texts @param {Actions} on */
  constructor(texts, on) {
    this.#on = on;
    this.#input = el('textarea', {
      part: 'input',
      rows: '1',
      dir: 'auto',
      maxlength: 5000,
      placeholder: texts.placeholder,
      'aria-label': texts.placeholder,
      oninput: () => this.#written(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    });
    this.#editing = el(
      'p',
      { part: 'editing', hidden: true },
      texts.editing,
      el('button', { type: 'button', onclick: () => this.#cancel() }, texts.cancel),
    );
    this.element = el(
      'form',
      { part: 'composer', onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
      this.#editing,
      this.#input,
      el('button', { part: 'send', 'aria-label': texts.send }, '↑'),
    );
    this.write(on.draft() ?? '');
  }

  /** @param {string} text */
  write(text) {
    this.#input.value = text;
    this.fit();
  }

  /** Makes the input as high as its text. */
  fit() {
    this.#input.style.height = '';
    this.#input.style.height = `${this.#input.scrollHeight}px`;
    if (!this.#edited) this.#on.draft(this.#input.value);
  }

  focus() {
    this.#input.focus();
  }

  /** @param {{ id: string, body: string }} message */
  edit({ id, body }) {
    if (!this.#edited) this.#draft = this.#input.value;
    this.#edited = id;
    this.#editing.hidden = false;
    this.write(body);
    this.focus();
  }

  /** Ends an edit, and shows the draft again. */
  stop() {
    if (!this.#edited) return;
    this.#edited = undefined;
    this.#editing.hidden = true;
    this.write(this.#draft);
  }

  #cancel() {
    this.stop();
    this.focus();
  }

  #written() {
    this.fit();
    if (!this.#edited && this.#input.value.trim()) this.#on.typing();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const body = this.#input.value;
    if (!body.trim()) return;
    if (this.#edited) {
      this.#on.save(this.#edited, body);
      this.#cancel();
    } else if (!this.#isSending) this.#send(body);
  }

  /** @param {string} body It stays in the input until the outbox has it. */
  async #send(body) {
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
    if (event.key === 'Escape' && this.#edited) {
      event.preventDefault();
      this.#cancel();
    }
  }
}
