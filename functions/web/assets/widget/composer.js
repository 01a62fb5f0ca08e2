// @ts-check
/** Where one writes: a new message, or another text for one that was sent. What is written survives a reload. */

import { el } from '../ui/dom.js';

const DRAFT = 'live-chat:draft';
/** The longest message, in characters: the server's limit. */
const LONGEST = 5_000;

/**
 * @typedef {object} Writing
 * @property {() => void} typing
 * @property {(body: string) => void} send
 * @property {(id: string, body: string) => void} save
 */

export class Composer {
  #on;
  #text;
  #editing;
  /** @type {{ id: string, body: string } | undefined} The message that gets another text. */
  #edited;
  #draft = '';
  element;

  /** @param {import('./texts.js').Texts} texts @param {Writing} on */
  constructor(texts, on) {
    this.#on = on;
    this.#text = el('textarea', { part: 'input', rows: '1', dir: 'auto', maxlength: LONGEST, placeholder: texts.placeholder, 'aria-label': texts.placeholder, enterkeyhint: 'send' });
    this.#editing = el('p', { part: 'editing', hidden: true }, texts.editing, el('button', { type: 'button', onclick: () => this.#stop() }, texts.cancel));
    this.element = el('form', { part: 'composer' }, this.#editing, this.#text, el('button', { part: 'send', 'aria-label': texts.send }, '↑'));
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener('input', () => {
      this.#kept();
      if (!this.#edited && this.#text.value.trim()) on.typing();
    });
    this.#text.addEventListener('keydown', (event) => {
      // On a phone Enter begins a line, as its keyboard has no other key for that.
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && !matchMedia('(pointer: coarse)').matches) {
        event.preventDefault();
        this.#submit();
      }
      if (event.key === 'Escape' && this.#edited) {
        event.preventDefault();
        this.#stop();
      }
    });
    this.write(sessionStorage.getItem(DRAFT) ?? '');
  }

  focus() {
    this.#text.focus();
  }

  /** @param {string} text */
  write(text) {
    this.#text.value = text;
    this.#kept();
  }

  /** @param {string} body What could not be sent. */
  restore(body) {
    this.write([body, this.#text.value].filter(Boolean).join('\n'));
  }

  /** @param {{ id: string, body: string }} message */
  edit(message) {
    if (!this.#edited) this.#draft = this.#text.value;
    this.#edited = message;
    this.#editing.hidden = false;
    this.write(message.body);
    this.focus();
  }

  #stop() {
    this.#edited = undefined;
    this.#editing.hidden = true;
    this.write(this.#draft);
    this.focus();
  }

  #submit() {
    const body = this.#text.value;
    if (!body.trim()) return;
    if (this.#edited) {
      this.#on.save(this.#edited.id, body);
      this.#stop();
    } else {
      this.write('');
      this.#on.send(body);
    }
    this.focus();
  }

  #kept() {
    this.#text.style.height = '';
    this.#text.style.height = `${this.#text.scrollHeight}px`;
    if (!this.#edited) sessionStorage.setItem(DRAFT, this.#text.value);
  }
}
