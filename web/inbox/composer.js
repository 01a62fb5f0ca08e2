// @ts-check
/**
 * Where a message is written. What is written is never lost: a draft is kept for every
 * conversation, and sending, when the conversation has changed since the draft was begun, asks once
 * first and keeps the text.
 */

import { COMPOSING, el } from '../ui/dom.js';
import { filledIn } from './canned.js';
import { icon, iconButton, kept, toast, wordsOf } from './parts.js';

const LONGEST = 5_000;
const WARN_FROM = 4_500;
/** A second Enter so soon after the first was meant for the first. */
const TOO_SOON_MS = 500;
/** Keyboards on glass have no Shift+Enter: there Enter begins a line, and the button sends. */
const BY_FINGER = matchMedia('(pointer: coarse) and (hover: none)');
const AT_SLASH = /(?:^|\s)\/([a-z0-9_-]*)$/i;

/**
 * @typedef {{ text: string, since: number }} Draft What was begun, and the last seq that was there then.
 * @typedef {{ seq: number, by: string, body: string }} News
 * @typedef {object} Conversation What the composer asks of the thread it writes in.
 * @property {() => number} highest The last seq shown.
 * @property {(since: number) => News | undefined} news What came after `since` and has to be said before sending.
 * @property {(body: string) => void} send
 * @property {() => void} typing
 * @property {() => void} leave
 * @property {() => boolean} editLast Whether there was a message to edit.
 */

export class Composer {
  #me;
  #canned;
  #on;
  #hash = '';
  /** @type {string | null | undefined} */
  #name;
  #isEmpty = true;
  #since = 0;
  #warnedAt = 0;
  /** @type {import('./canned.js').Reply[]} */
  #offered = [];
  #chosen = 0;
  #input = el('textarea', {
    rows: 1,
    'aria-label': 'Message',
    placeholder: 'Write a reply…',
    dir: 'auto',
    'aria-autocomplete': 'list',
    'aria-haspopup': 'listbox',
    'aria-controls': 'canned',
    'aria-describedby': 'composer-hint',
  });
  #list = el('div', {
    id: 'canned',
    class: 'offers',
    role: 'listbox',
    'aria-label': 'Replies',
    hidden: true,
  });
  #warning = el('div', { class: 'warning', role: 'alert', hidden: true });
  #count = el('span', { class: 'count', role: 'status' });
  #send = el(
    'button',
    { class: 'send', 'aria-label': 'Send', title: 'Send (Enter)' },
    icon('send'),
  );
  element;

  /**
   * @param {string} me
   * @param {import('./canned.js').CannedReplies} canned
   * @param {Conversation} conversation
   */
  constructor(me, canned, conversation) {
    this.#me = me;
    this.#canned = canned;
    this.#on = conversation;
    const slash = iconButton('Insert a reply', 'bolt', () => this.#startCanned());
    const hint = el(
      'span',
      { class: 'hint', id: 'composer-hint' },
      el('kbd', {}, 'Enter'),
      ' to send · ',
      el('kbd', {}, '/'),
      ' for replies',
    );
    const bar = el('div', { class: 'composer-bar' }, slash, hint, this.#count, this.#send);
    const box = el('div', { class: 'composer-box' }, this.#input, bar);
    this.element = el('form', { class: 'composer' }, this.#warning, this.#list, box);
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    box.addEventListener('click', (event) => event.target === box && this.focus());
    this.#input.addEventListener('input', () => this.#written());
    this.#input.addEventListener('keydown', (event) => this.#key(event));
    this.#input.addEventListener('blur', () => this.#offer([]));
    this.#list.addEventListener('mousedown', (event) => {
      event.preventDefault();
      const index = [...this.#list.children].indexOf(
        /** @type {HTMLElement} */ (event.target).closest('[role=option]') ?? this.#list,
      );
      if (index >= 0) this.#insert(index);
    });
  }

  get hasFocus() {
    return document.activeElement === this.#input;
  }

  focus() {
    this.#input.focus();
  }

  /** @param {string} hash @param {string | null | undefined} name The customer's first name. */
  show(hash, name) {
    this.#name = name;
    if (hash === this.#hash) return;
    this.#hash = hash;
    /** @type {Draft | null} */
    const draft = kept.read('sessionStorage', this.#draftKey);
    this.#input.value = draft?.text ?? '';
    this.#isEmpty = !draft;
    this.#since = draft?.since ?? 0;
    this.#warning.hidden = true;
    this.#offer([]);
    this.#fit();
  }

  get #draftKey() {
    return `chat-inbox:draft:${this.#me}:${this.#hash}`;
  }

  /** The text has changed. */
  #written() {
    const text = this.#input.value;
    if (this.#isEmpty) this.#since = this.#on.highest();
    this.#isEmpty = !text;
    kept.write('sessionStorage', this.#draftKey, text ? { text, since: this.#since } : null);
    if (text.trim()) this.#on.typing();
    else this.#warning.hidden = true;
    this.#fit();
    this.#complete();
  }

  #fit() {
    const { style } = this.#input;
    style.height = 'auto';
    style.height = `${this.#input.scrollHeight}px`;
    const { length } = this.#input.value;
    this.#count.textContent = length > WARN_FROM ? `${length} / ${LONGEST}` : '';
    this.#count.classList.toggle('over', length > LONGEST);
    this.#send.disabled = !this.#input.value.trim() || length > LONGEST;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.keyCode === COMPOSING) return;
    const isOffering = this.#offered.length > 0;
    const { key } = event;
    if (isOffering && (key === 'ArrowDown' || key === 'ArrowUp'))
      this.#choose(this.#chosen + (key === 'ArrowDown' ? 1 : -1));
    else if (isOffering && (key === 'Enter' || key === 'Tab') && !event.shiftKey)
      this.#insert(this.#chosen);
    else if (isOffering && key === 'Escape') this.#offer([]);
    else if (key === 'Enter' && !event.shiftKey && !event.altKey && !BY_FINGER.matches)
      this.#submit(event.repeat);
    else if (key === 'Escape' && !this.#warning.hidden) this.#warning.hidden = true;
    else if (key === 'Escape') this.#on.leave();
    else if (key !== 'ArrowUp' || this.#input.value || !this.#on.editLast()) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {boolean} [isHeld] A key that is held down sends once. */
  #submit(isHeld = false) {
    const body = this.#input.value;
    if (
      isHeld ||
      this.#send.disabled ||
      (!this.#warning.hidden && Date.now() - this.#warnedAt < TOO_SOON_MS)
    )
      return;
    const news = this.#on.news(this.#since);
    if (news) return this.#warn(news);
    this.#input.value = '';
    this.#written();
    this.#warning.hidden = true;
    this.#on.send(body);
    this.#input.focus();
  }

  /** @param {News} news Said once: sending again sends. */
  #warn({ seq, by, body }) {
    this.#since = seq;
    this.#warnedAt = Date.now();
    const cancel = () => {
      this.#warning.hidden = true;
      this.focus();
    };
    this.#warning.replaceChildren(
      el(
        'p',
        {},
        el('b', { dir: 'auto' }, by),
        ' replied while you were writing: ',
        el('q', { dir: 'auto' }, body.slice(0, 200)),
      ),
      el('button', { type: 'submit', class: 'primary' }, 'Send anyway'),
      el('button', { type: 'button', onclick: cancel }, 'Cancel'),
    );
    this.#warning.hidden = false;
    this.focus();
  }

  /** Offers replies when a word before the caret begins with a slash. */
  async #complete() {
    if (!this.#begun()) return this.#offer([]);
    try {
      await this.#canned.load();
    } catch (error) {
      return toast(`Replies: ${wordsOf(error)}`);
    }
    const begun = this.#begun();
    this.#offer(begun ? this.#canned.matching(begun[1]) : []);
  }

  #begun() {
    const { value, selectionStart, selectionEnd } = this.#input;
    return selectionStart === selectionEnd && this.hasFocus
      ? AT_SLASH.exec(value.slice(0, selectionStart))
      : null;
  }

  #startCanned() {
    const { value, selectionStart } = this.#input;
    this.focus();
    if (!this.#begun())
      this.#put(
        selectionStart,
        selectionStart,
        selectionStart && !/\s$/.test(value.slice(0, selectionStart)) ? ' /' : '/',
      );
    this.#canned.load().then(
      () =>
        this.#canned.matching('').length ||
        toast('There are no replies yet. Add some under Settings, “Manage replies”.'),
      () => {},
    );
  }

  /** @param {import('./canned.js').Reply[]} replies */
  #offer(replies) {
    this.#offered = replies;
    this.#list.hidden = replies.length === 0;
    this.#list.replaceChildren(
      ...replies.map(({ shortcut, text }, index) =>
        el(
          'div',
          { role: 'option', id: `reply-${index}` },
          el('b', {}, `/${shortcut}`),
          el('span', { dir: 'auto' }, filledIn(text, this.#name)),
        ),
      ),
    );
    this.#choose(0);
  }

  /** @param {number} index */
  #choose(index) {
    const count = this.#offered.length;
    this.#chosen = count ? (index + count) % count : 0;
    [...this.#list.children].forEach((option, at) =>
      option.setAttribute('aria-selected', String(at === this.#chosen)),
    );
    this.#list.children[this.#chosen]?.scrollIntoView({ block: 'nearest' });
    if (count) this.#input.setAttribute('aria-activedescendant', `reply-${this.#chosen}`);
    else this.#input.removeAttribute('aria-activedescendant');
  }

  /** @param {number} index */
  #insert(index) {
    const begun = this.#begun();
    const reply = this.#offered[index];
    if (!begun || !reply) return;
    const end = this.#input.selectionStart;
    this.#put(end - begun[1].length - 1, end, filledIn(reply.text, this.#name));
    this.#offer([]);
  }

  /** @param {number} from @param {number} to @param {string} text */
  #put(from, to, text) {
    this.#input.setRangeText(text, from, to, 'end');
    this.#written();
    this.#input.scrollTop = this.#input.scrollHeight;
  }
}
