// @ts-check
/**
 * Where a message is written. Each conversation keeps its draft. If others have written since the
 * draft was begun, the first attempt to send shows their message as a warning.
 *
 * Events: `send` {body}, `type`, `edit-last`, `leave`.
 */

import { COMPOSING, el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { characterCount, clipped, isBlank } from '../../ui/text.js';
import { filled, parts } from '../parts/format.js';
import { icon, iconButton } from '../parts/icons.js';
import { patch } from '../parts/patch.js';
import { texts } from '../texts.js';
import { MAX_MESSAGE_LENGTH, lengthText } from '../thread/conversation.js';
import { CannedMenu } from './canned-menu.js';
import { Drafts } from './drafts.js';

/** From this length on, the length is shown. */
const COUNT_FROM = 4_500;
const NEWS_QUOTE_LENGTH = 200;
/** A second Enter this soon after the first was not a response to the warning. */
const DOUBLE_ENTER_MS = 500;
/** A touch keyboard has no Shift+Enter: there Enter begins a line, and the button sends. */
const BY_TOUCH = matchMedia('(pointer: coarse) and (hover: none)');

/** @typedef {import('../thread/conversation.js').News} News */

export class Composer extends EventTarget {
  #conversation;
  #newsSince;
  #drafts;
  #menu;
  #hash = '';
  #isEmpty = true;
  /** The last seq when the draft was begun. */
  #since = 0;
  #warnedAt = 0;
  #input = el('textarea', {
    rows: 1,
    'aria-label': texts.message,
    placeholder: texts.write,
    dir: 'auto',
    'aria-describedby': 'composer-hint',
  });
  #warning = el('div', { class: 'warning', role: 'alert', hidden: true });
  #count = el('span', { class: 'count', role: 'status' });
  #send = el(
    'button',
    {
      class: 'send',
      'aria-label': texts.send,
      title: filled(texts.sendKey, { key: texts.keyEnter }),
    },
    icon('send'),
  );
  element;

  /**
   * @param {string} me The writer's id.
   * @param {import('./canned.js').CannedAnswers} canned
   * @param {import('../thread/conversation.js').Conversation} conversation
   * @param {(since: number) => News | undefined} newsSince What the writer may not know.
   */
  constructor(me, canned, conversation, newsSince) {
    super();
    this.#conversation = conversation;
    this.#newsSince = newsSince;
    this.#drafts = new Drafts(me);
    // The menu's listeners come first: while the menu is open, it takes some keys.
    this.#menu = new CannedMenu(canned, this.#input);
    this.#input.addEventListener('input', () => this.#changed());
    this.#input.addEventListener('keydown', (event) => this.#pressed(event));
    const hint = el(
      'span',
      { class: 'hint', id: 'composer-hint' },
      ...parts(texts.composerKeys, {
        send: el('kbd', {}, texts.keyEnter),
        reply: el('kbd', {}, '/'),
      }),
    );
    const bar = el(
      'div',
      { class: 'composer-bar' },
      iconButton(texts.insertReply, 'bolt', () => this.#menu.open()),
      hint,
      this.#count,
      this.#send,
    );
    const box = el('div', { class: 'composer-box' }, this.#input, bar);
    box.addEventListener('click', (event) => event.target === box && this.focus());
    this.element = el('form', { class: 'composer' }, this.#warning, this.#menu.element, box);
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  focus() {
    this.#input.focus();
  }

  /** @param {string} hash @param {string | null | undefined} name The customer's first name. */
  show(hash, name) {
    this.#menu.setName(name);
    if (hash === this.#hash) return;
    this.#hash = hash;
    const draft = this.#drafts.read(hash);
    this.#input.value = draft?.text ?? '';
    this.#isEmpty = !draft;
    this.#since = draft?.since ?? 0;
    this.#warning.hidden = true;
    this.#menu.close();
    this.#fit();
  }

  #changed() {
    const text = this.#input.value;
    if (this.#isEmpty) this.#since = this.#conversation.lastSeq;
    this.#isEmpty = !text;
    this.#drafts.write(this.#hash, { text, since: this.#since });
    if (!isBlank(text)) emit(this, 'type');
    else this.#warning.hidden = true;
    this.#fit();
  }

  #fit() {
    const { style, value } = this.#input;
    style.height = 'auto';
    style.height = `${this.#input.scrollHeight}px`;
    const length = characterCount(value);
    this.#count.textContent = length > COUNT_FROM ? lengthText(length) : '';
    this.#count.classList.toggle('over', length > MAX_MESSAGE_LENGTH);
    this.#send.disabled = isBlank(value) || length > MAX_MESSAGE_LENGTH;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { key } = event;
    if (event.keyCode === COMPOSING) return;
    if (key === 'Enter' && !event.shiftKey && !event.altKey && !BY_TOUCH.matches) {
      // A key that is held down sends once.
      if (!event.repeat) this.#submit();
    } else if (key === 'Escape' && !this.#warning.hidden) this.#warning.hidden = true;
    else if (key === 'Escape') emit(this, 'leave');
    else if (key === 'ArrowUp' && this.#canEditLast) emit(this, 'edit-last');
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  get #canEditLast() {
    const { hasUnsent, lastOwn } = this.#conversation;
    return !this.#input.value && (hasUnsent || lastOwn !== undefined);
  }

  #submit() {
    const isWarning = !this.#warning.hidden;
    if (this.#send.disabled || (isWarning && Date.now() - this.#warnedAt < DOUBLE_ENTER_MS)) return;
    const news = this.#newsSince(this.#since);
    if (news) return this.#warn(news);
    const body = this.#input.value;
    this.#input.value = '';
    this.#input.dispatchEvent(new Event('input'));
    this.#warning.hidden = true;
    emit(this, 'send', { body });
    this.focus();
  }

  /** @param {News} news Shown once: the next attempt sends. */
  #warn({ seq, by, body }) {
    this.#since = seq;
    this.#warnedAt = Date.now();
    const cancel = () => {
      this.#warning.hidden = true;
      this.focus();
    };
    patch(
      this.#warning,
      el(
        'p',
        {},
        ...parts(texts.repliedMeanwhile, {
          name: el('b', { dir: 'auto' }, by),
          text: el('q', { dir: 'auto' }, clipped(body, NEWS_QUOTE_LENGTH)),
        }),
      ),
      el('button', { type: 'submit', class: 'primary' }, texts.sendAnyway),
      el('button', { type: 'button', onclick: cancel }, texts.cancel),
    );
    this.#warning.hidden = false;
    this.focus();
  }
}
