// @ts-check
/**
 * Where a reply or a note is written. Each conversation keeps its drafts of both. If others have
 * written since the draft was begun, the first attempt to send a reply shows their message as a
 * warning.
 *
 * Events: `send` {body, work, type}, where `work` has further fields: the status that the
 * conversation gets with it, or a meeting;
 * `note` {body}, `type`, `edit-last`, `leave`.
 */

import { COMPOSING, el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { characterCount, clipped, isBlank } from '../../ui/text.js';
import { withControl } from '../keyboard.js';
import { filled, parts } from '../parts/format.js';
import { icon, iconButton } from '../parts/icons.js';
import { openMenu } from '../parts/menu.js';
import { patch } from '../parts/patch.js';
import { texts } from '../texts.js';
import { MAX_MESSAGE_LENGTH, lengthText } from '../thread/conversation.js';
import { snoozeItems } from '../snooze.js';
import { CannedMenu } from './canned-menu.js';
import { ReplyFiles } from './inbox-files.js';
import { askMeeting } from './meeting-dialog.js';

/** From this length on, the length is shown. */
const COUNT_FROM = 4_500;
const NEWS_QUOTE_LENGTH = 200;
/** A second Enter this soon after the first was not a response to the warning. */
const DOUBLE_ENTER_MS = 500;
/** A touch keyboard has no Shift+Enter: there Enter begins a line, and the button sends. */
const BY_TOUCH = matchMedia('(pointer: coarse) and (hover: none)');

/**
 * @typedef {import('../thread/conversation.js').News} News
 * @typedef {{ status?: string, snoozed_until?: string,
 *   card?: import('../details/shop-products.js').ProductCard }} Work As route 5 takes it.
 */

/** @type {Work} */
const NO_WORK = {};
/** @type {Work} */
const CLOSE = { status: 'closed' };

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
  #isNote = false;
  /** The status with which a warned writer sends. @type {Work} */
  #work = NO_WORK;
  #send = el(
    'button',
    {
      class: 'send',
      title: filled(texts.sendKey, { key: texts.keyEnter }),
      onclick: () => (this.#work = NO_WORK),
    },
    icon('send'),
    el('span', { class: 'button-text' }, texts.send),
    el('kbd', { 'aria-hidden': 'true' }, '⏎'),
  );
  #sendAndClose = el(
    'button',
    {
      type: 'button',
      class: 'send-close primary',
      title: filled(texts.withKey, { what: texts.sendAndClose, key: withControl('⏎') }),
      onclick: () => this.#submit(CLOSE),
    },
    icon('check'),
    el('span', { class: 'button-text' }, texts.sendAndClose),
    el('kbd', { 'aria-hidden': 'true' }, withControl('⏎')),
  );
  #ways = iconButton(texts.moreWays, 'expand', () => this.#openWays(), {
    class: 'ways',
    'aria-haspopup': 'menu',
  });
  #meeting = iconButton(texts.proposeMeeting, 'calendar', () => this.#proposeMeeting());
  #files = new ReplyFiles(() => this.#fit());
  #tabs = [false, true].map((isNote) =>
    el(
      'button',
      {
        type: 'button',
        class: isNote ? 'tab tab-note' : 'tab',
        'aria-pressed': String(!isNote),
        title: filled(texts.withKey, {
          what: isNote ? texts.note : texts.replyTab,
          key: isNote ? 'N' : 'R',
        }),
        onclick: () => this.write(isNote),
      },
      isNote ? texts.note : texts.replyTab,
      el('kbd', { 'aria-hidden': 'true' }, isNote ? 'N' : 'R'),
    ),
  );
  #box;
  element;

  /**
   * @param {import('./canned.js').CannedAnswers} canned
   * @param {import('../thread/conversation.js').Conversation} conversation
   * @param {(since: number) => News | undefined} newsSince What the writer may not know.
   * @param {import('./drafts.js').Drafts} drafts
   * @param {import('./mentions.js').Mentions} mentions
   */
  constructor(canned, conversation, newsSince, drafts, mentions) {
    super();
    this.#conversation = conversation;
    this.#newsSince = newsSince;
    this.#drafts = drafts;
    // The menu's listeners come first: while the menu is open, it takes some keys.
    this.#menu = new CannedMenu(canned, mentions, this.#input);
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
      this.#files.button,
      this.#meeting,
      hint,
      this.#count,
      el('span', { class: 'send-group' }, this.#send, this.#sendAndClose, this.#ways),
    );
    const tabs = el(
      'div',
      { class: 'tabs', role: 'group', 'aria-label': texts.kind },
      ...this.#tabs,
    );
    const box = (this.#box = el(
      'div',
      { class: 'composer-box' },
      tabs,
      this.#files.element,
      this.#input,
      bar,
    ));
    box.addEventListener('click', (event) => event.target === box && this.focus());
    this.element = el('form', { class: 'composer' }, this.#warning, this.#menu.element, box);
    // The style sheet keeps toasts above it.
    new ResizeObserver(() =>
      document.documentElement.style.setProperty('--composer', `${this.element.offsetHeight}px`),
    ).observe(this.element);
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit(this.#work);
    });
  }

  focus() {
    this.#input.focus();
  }

  /** Whether something is written here, or the focus is in the field. */
  get isWriting() {
    return !this.#isEmpty || document.activeElement === this.#input;
  }

  /** @param {Element} button In front of the hint; for replies only. */
  addTool(button) {
    button.classList.add('reply-tool');
    this.#box.querySelector('.composer-bar > .hint')?.before(button);
  }

  /**
   * Sends a reply with further fields.
   * @param {Work} more @param {string} words What it says if nothing is written.
   */
  sendWith(more, words) {
    const text = this.#input.value;
    this.#input.value = '';
    this.#input.dispatchEvent(new Event('input'));
    this.#warning.hidden = true;
    this.focus();
    emit(this, 'send', { body: isBlank(text) ? words : text, work: more, type: 'text' });
  }

  /** @param {boolean} isNote Else a reply. The draft of the other one is kept. */
  write(isNote) {
    if (isNote !== this.#isNote) {
      this.#isNote = this.#menu.isNote = isNote;
      this.#tabs.forEach((tab, at) =>
        tab.setAttribute('aria-pressed', String(isNote === (at === 1))),
      );
      this.#box.classList.toggle('is-note', isNote);
      this.#input.setAttribute('aria-label', isNote ? texts.note : texts.message);
      this.#input.placeholder = isNote ? texts.writeNote : texts.write;
      const label = isNote ? texts.addNote : texts.send;
      this.#send.title = filled(texts.withKey, { what: label, key: texts.keyEnter });
      /** @type {Element} */ (this.#send.querySelector('.button-text')).textContent = label;
      this.#files.show(!isNote);
      this.#sendAndClose.hidden = this.#ways.hidden = this.#meeting.hidden = isNote;
      this.#restore();
    }
    this.focus();
  }

  #openWays() {
    openMenu(this.#ways, texts.moreWays, () => [
      { label: texts.sendAndClose, hint: withControl('⏎'), run: () => this.#submit(CLOSE) },
      { label: texts.sendAndSnooze, run: () => this.#openTimes() },
    ]);
  }

  /** @param {string} hash @param {string | null | undefined} name The customer's first name. */
  show(hash, name) {
    this.#menu.setName(name);
    if (hash === this.#hash) return;
    this.#hash = hash;
    this.#files.turn(hash);
    if (this.#isNote) this.write(false);
    this.#restore();
  }

  #openTimes() {
    const send = (/** @type {Date} */ until) =>
      this.#submit({ status: 'snoozed', snoozed_until: until.toISOString() });
    openMenu(this.#ways, texts.sendAndSnooze, () => snoozeItems(send));
  }

  /** Sends the draft with a meeting. */
  #proposeMeeting() {
    const hash = this.#hash;
    askMeeting(undefined, (meeting, words) => {
      if (hash !== this.#hash) return;
      const text = this.#input.value;
      this.#clear();
      const body = isBlank(text) ? words : `${text}\n\n${words}`;
      emit(this, 'send', { body, work: { meeting }, type: 'meeting' });
    });
  }

  #clear() {
    this.#input.value = '';
    this.#input.dispatchEvent(new Event('input'));
    this.#warning.hidden = true;
    this.#work = NO_WORK;
    this.focus();
  }

  get #draftKey() {
    return this.#isNote ? `note ${this.#hash}` : this.#hash;
  }

  #restore() {
    const draft = this.#drafts.read(this.#draftKey);
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
    this.#drafts.write(this.#draftKey, { text, since: this.#since });
    if (!isBlank(text) && !this.#isNote) emit(this, 'type');
    if (isBlank(text)) this.#warning.hidden = true;
    this.#fit();
  }

  #fit() {
    const { style, value } = this.#input;
    style.height = 'auto';
    style.height = `${this.#input.scrollHeight}px`;
    const length = characterCount(value);
    this.#count.textContent = length > COUNT_FROM ? lengthText(length) : '';
    this.#count.classList.toggle('over', length > MAX_MESSAGE_LENGTH);
    const hasFiles = !this.#isNote && this.#files.isReady;
    const isRefused = (isBlank(value) && !hasFiles) || length > MAX_MESSAGE_LENGTH;
    this.#send.disabled = this.#sendAndClose.disabled = this.#ways.disabled = isRefused;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { key } = event;
    if (event.keyCode === COMPOSING) return;
    if (key === 'Enter' && !event.shiftKey && !event.altKey && !BY_TOUCH.matches) {
      // A key that is held down sends once.
      if (!event.repeat) this.#submit(event.ctrlKey || event.metaKey ? CLOSE : this.#work);
    } else if (key === 'Escape' && !this.#warning.hidden) this.#warning.hidden = true;
    else if (key === 'Escape') emit(this, 'leave');
    else if (key === 'ArrowUp' && this.#canEditLast) emit(this, 'edit-last');
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  get #canEditLast() {
    const { hasUnsent, lastOwn } = this.#conversation;
    return !this.#isNote && !this.#input.value && (hasUnsent || lastOwn !== undefined);
  }

  /** @param {Work} work */
  #submit(work) {
    const isWarning = !this.#warning.hidden;
    if (this.#send.disabled || (isWarning && Date.now() - this.#warnedAt < DOUBLE_ENTER_MS)) return;
    // Files alone need no warning: they have no draft that could be out of date.
    const news = this.#isNote || this.#isEmpty ? undefined : this.#newsSince(this.#since);
    if (news) {
      this.#work = work;
      return this.#warn(news);
    }
    const text = this.#input.value;
    const body = isBlank(text) ? '' : text;
    const whole = this.#isNote ? work : this.#files.addTo(work);
    this.#clear();
    if (this.#isNote) {
      emit(this, 'note', { body });
      this.write(false);
    } else emit(this, 'send', { body, work: whole, type: 'text' });
  }

  /** @param {News} news Shown once: the next attempt sends. */
  #warn({ seq, by, body }) {
    this.#since = seq;
    this.#warnedAt = Date.now();
    const cancel = () => {
      this.#work = NO_WORK;
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
