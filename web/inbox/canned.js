// @ts-check
/**
 * Replies that the shop keeps ready. Typing `/` at the start of a word offers them; `{{name}}` in a
 * reply becomes the customer's first name, or nothing. They belong to the whole shop and are saved
 * as one list.
 */

import { el } from '../ui/dom.js';
import { dialog, iconButton, wordsOf } from './parts.js';

/** @typedef {{ shortcut: string, text: string }} Reply */

const OFFERED = 8;
const NAME = / ?\{\{\s*name\s*\}\}/g;

export class CannedReplies {
  #ask;
  /** @type {Reply[]} */
  #replies = [];
  /** @type {Promise<Reply[]> | undefined} */
  #loading;

  /** @param {(method: string, path: string, body?: unknown) => Promise<any>} ask */
  constructor(ask) {
    this.#ask = ask;
  }

  /** Asked for when first needed. */
  load() {
    return (this.#loading ??= this.#ask('GET', 'canned').then(
      ({ canned }) => (this.#replies = canned),
      (error) => {
        this.#loading = undefined;
        throw error;
      },
    ));
  }

  /** @param {string} begun What stands after the slash. @returns {Reply[]} */
  matching(begun) {
    const term = begun.toLowerCase();
    const byShortcut = this.#replies.filter(({ shortcut }) => shortcut.startsWith(term));
    const byText = this.#replies.filter(
      (reply) =>
        !byShortcut.includes(reply) && term.length > 1 && reply.text.toLowerCase().includes(term),
    );
    return [...byShortcut, ...byText].slice(0, OFFERED);
  }

  /** The dialog in which the shop's replies are kept. */
  async manage() {
    const problem = el('p', { class: 'problem', role: 'alert' });
    const rows = el('div', { class: 'replies' });
    const save = el('button', { class: 'primary' }, 'Save');
    const add = el(
      'button',
      { type: 'button', onclick: () => append({ shortcut: '', text: '' }).focus() },
      'Add a reply',
    );
    const hint = el(
      'p',
      { class: 'hint' },
      'Type / and the shortcut in a message. {{name}} becomes the customer’s first name.',
    );
    const form = el('form', { class: 'stack' }, hint, rows, problem, el('footer', {}, add, save));
    const box = dialog('Replies', form);
    const append = (/** @type {Reply} */ reply) => {
      const row = this.#row(reply);
      rows.append(row);
      return /** @type {HTMLInputElement} */ (row.querySelector('input'));
    };
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      save.disabled = true;
      problem.textContent = '';
      try {
        const { canned } = await this.#ask('PUT', 'canned', {
          canned: [...rows.children].map(replyOf),
        });
        this.#replies = canned;
        this.#loading = Promise.resolve(canned);
        box.close();
      } catch (error) {
        problem.textContent = wordsOf(error);
      }
      save.disabled = false;
    });
    try {
      this.#loading = undefined;
      const replies = await this.load();
      replies.forEach(append);
      if (!replies.length) append({ shortcut: '', text: '' }).focus();
    } catch (error) {
      // Without knowing what is there, saving would replace it.
      problem.textContent = wordsOf(error);
      save.disabled = add.disabled = true;
    }
  }

  /** @param {Reply} reply */
  #row({ shortcut, text }) {
    const short = el('input', {
      'aria-label': 'Shortcut',
      placeholder: 'shortcut',
      pattern: '[A-Za-z0-9_\\-]{1,32}',
      maxlength: 32,
      required: true,
      autocomplete: 'off',
      autocapitalize: 'none',
    });
    short.title = 'Letters, digits, - and _';
    short.value = shortcut;
    const long = el('textarea', {
      'aria-label': 'Reply',
      placeholder: 'Hello {{name}}, …',
      rows: 2,
      maxlength: 5000,
      required: true,
      dir: 'auto',
    });
    long.value = text;
    const row = el(
      'div',
      { class: 'reply' },
      el('span', { class: 'slash', 'aria-hidden': 'true' }, '/'),
      short,
      long,
    );
    row.append(iconButton('Remove this reply', 'trash', () => row.remove()));
    return row;
  }
}

/** @param {Element} row @returns {Reply} */
function replyOf(row) {
  const [shortcut, text] = [
    row.querySelector('input')?.value ?? '',
    row.querySelector('textarea')?.value ?? '',
  ];
  return { shortcut: shortcut.toLowerCase(), text };
}

/** @param {string} text @param {string | null | undefined} name */
export const filledIn = (text, name) =>
  text.replace(NAME, (found) => (name ? (found.startsWith(' ') ? ` ${name}` : name) : ''));
