// @ts-check
/**
 * The files that the next message takes, above the input: previews, descriptions, and what cannot
 * be sent with the reason. Each conversation keeps its own, over a reload, too.
 */

import { el } from '../dom.js';
import { forgetBlob, keepBlob } from './kept.js';
import { prepared } from './photo.js';
import { TRAY_KEY } from './picked.js';
import { filledIn, sizeText } from './texts.js';
import { drawn, isPicture, thumbnailOf } from './view.js';

/** The server's limits, unless it is configured otherwise: then it says so. */
const MOST_BYTES = 10 * 1024 * 1024;
const MOST_FILES = 5;
const LONGEST_ALT = 300;

/** @typedef {import('./upload.js').Outgoing} Outgoing */

export class Tray {
  #words;
  #changed;
  #hash = '';
  /** @type {Map<string, Outgoing[]>} By conversation. */
  #all = new Map();
  #list = el('ul', { class: 'tray-files' });
  #refusal = el('p', { part: 'tray-refusal', role: 'alert' });
  element = el('div', { part: 'tray', hidden: true }, this.#list, this.#refusal);
  /** How many files are being made ready. */
  #preparing = 0;

  /** @param {() => import('./view.js').Words} words @param {() => void} changed */
  constructor(words, changed) {
    this.#words = words;
    this.#changed = changed;
  }

  /** @returns {Outgoing[]} */
  get files() {
    return this.#all.get(this.#hash) ?? [];
  }

  /** Whether there is something to send. */
  get isReady() {
    return this.files.length > 0 && this.#preparing === 0;
  }

  /** @param {string} hash Of the conversation whose files to show; empty before there is one. */
  turn(hash) {
    if (hash === this.#hash) return;
    const moved = this.#hash ? undefined : this.#all.get('');
    this.#hash = hash;
    if (!this.#all.has(hash)) this.#all.set(hash, stored(hash));
    if (moved?.length) {
      this.#all.set('', []);
      save('', []);
      this.#set(hash, [...moved, ...this.files]);
    }
    this.#refusal.textContent = '';
    this.#draw();
  }

  /** @param {Iterable<File>} given */
  async add(given) {
    const hash = this.#hash;
    /** @type {string[]} */
    const refusals = [];
    this.#preparing++;
    this.element.ariaBusy = /** @type {any} */ (true);
    for (const file of given) {
      const refusal = await this.#addOne(hash, file);
      if (refusal && !refusals.includes(refusal)) refusals.push(refusal);
    }
    this.#preparing--;
    this.element.ariaBusy = /** @type {any} */ (false);
    this.#refusal.textContent = refusals.join(' ');
    this.#draw();
  }

  /** Empties the tray of the conversation that is shown. @returns {Outgoing[]} What was in it. */
  take() {
    const { files } = this;
    this.#refusal.textContent = '';
    this.#set(this.#hash, []);
    return files;
  }

  /** Forgets the files of all conversations: somebody else is here. */
  clear() {
    for (const [hash, files] of this.#all) {
      for (const { key } of files) forgetBlob(key);
      save(hash, []);
    }
    this.#all.clear();
    this.#draw();
  }

  /** @param {string} hash @param {File} file @returns {Promise<string | undefined>} The refusal. */
  async #addOne(hash, file) {
    const { texts, locale } = this.#words();
    const { name } = file;
    const many = () => filledIn(texts.many, { count: String(MOST_FILES) });
    const large = filledIn(texts.large, { name, limit: sizeText(MOST_BYTES, locale) });
    if (this.#of(hash).length >= MOST_FILES) return many();
    if (!file.size) return filledIn(texts.empty, { name });
    const made = await prepared(file).catch(() => undefined);
    if (!made) return filledIn(texts.type, { name });
    const { blob, width, height } = made;
    if (blob.size > MOST_BYTES) return large;
    // More may have been added meanwhile, and the conversation may exist now.
    const place = hash || this.#hash;
    if (this.#of(place).length >= MOST_FILES) return many();
    const one = { key: keepBlob(blob), name: made.name, type: blob.type, size: blob.size };
    this.#set(place, [...this.#of(place), { ...one, width, height }]);
    return undefined;
  }

  /** @param {string} hash @returns {Outgoing[]} */
  #of(hash) {
    return this.#all.get(hash) ?? [];
  }

  /** @param {string} hash @param {Outgoing[]} files */
  #set(hash, files) {
    this.#all.set(hash, files);
    save(hash, files);
    this.#draw();
  }

  /** @type {Map<string, HTMLElement>} By the files' keys. */
  #nodes = new Map();

  #draw() {
    const { files } = this;
    for (const [key, node] of this.#nodes) {
      if (files.some((file) => file.key === key)) continue;
      node.remove();
      this.#nodes.delete(key);
    }
    for (const file of files) {
      const node = this.#nodes.get(file.key) ?? this.#itemOf(file);
      this.#nodes.set(file.key, node);
      if (!node.isConnected || node.parentNode !== this.#list) this.#list.append(node);
    }
    this.element.hidden = !files.length && !this.#refusal.textContent;
    this.#changed();
  }

  /** @param {Outgoing} file */
  #itemOf(file) {
    const { texts, locale } = this.#words();
    const { key, name, type, size } = file;
    const remove = () => {
      forgetBlob(key);
      this.#set(
        this.#hash,
        this.files.filter((one) => one.key !== key),
      );
    };
    const describe = el('input', {
      type: 'text',
      'aria-label': texts.describe,
      placeholder: texts.describe,
      maxlength: LONGEST_ALT,
      value: file.alt,
      dir: 'auto',
      oninput: () => {
        const alt = describe.value.trim();
        const files = this.files.map((one) => (one.key === key ? { ...one, alt } : one));
        this.#all.set(this.#hash, files);
        save(this.#hash, files);
      },
    });
    return el(
      'li',
      { class: 'tray-file' },
      isPicture(type) ? thumbnailOf(file) : drawn('M7 3h7l4 4v14H7zM14 3v4h4'),
      el(
        'span',
        { class: 'tray-text' },
        el('bdi', { class: 'file-name' }, name),
        isPicture(type) ? describe : el('small', {}, sizeText(size, locale)),
      ),
      el(
        'button',
        { type: 'button', 'aria-label': filledIn(texts.remove, { name }), onclick: remove },
        drawn('M6 6l12 12M18 6L6 18'),
      ),
    );
  }
}

/** @param {string} hash @returns {Outgoing[]} */
function stored(hash) {
  try {
    return JSON.parse(sessionStorage.getItem(TRAY_KEY + hash) ?? '[]');
  } catch {
    return [];
  }
}

/** @param {string} hash @param {Outgoing[]} files */
function save(hash, files) {
  try {
    if (files.length) sessionStorage.setItem(TRAY_KEY + hash, JSON.stringify(files));
    else sessionStorage.removeItem(TRAY_KEY + hash);
  } catch {
    // They are lost with the page.
  }
}
