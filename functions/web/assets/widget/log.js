// @ts-check
/** The messages of a conversation, and what one can do with them. */

import { el, linked } from '../ui/dom.js';
import { clock, day, sameDay } from '../ui/time.js';

/** Messages of one side that follow within this time share one line of time and ticks. */
const GROUP_MS = 120_000;
/** How near to the end still counts as being there, in pixels. */
const NEAR = 60;
/** Whoever wrote so long ago writes no more. */
const TYPING_SHOWN_MS = 6_000;
/** A second click within this time means it. */
const SURE_MS = 4_000;
const SPOKEN_MS = 10_000;

/**
 * @typedef {import('../lib/chat.js').View['messages'][number]} Message
 * @typedef {object} Actions
 * @property {() => Promise<void>} older
 * @property {() => void} seen The end has come into sight.
 * @property {(message: Message) => void} edit
 * @property {(id: string) => void} remove
 * @property {(id: string) => void} retry
 * @property {(id: string) => void} discard
 */

export class Log {
  #texts;
  #on;
  #shown = el('div', { part: 'log', role: 'log', 'aria-live': 'off', tabindex: '0' });
  /** Says each message that comes in, once. The log itself would say one's own and the past as well. */
  #spoken = el('div', { class: 'spoken', 'aria-live': 'polite' });
  #typing = el('p', { part: 'typing', hidden: true }, el('i'), el('i'), el('i'));
  #fresh;
  element = el('div', { part: 'thread' }, this.#shown, this.#spoken);
  /** @type {Map<string, { node: HTMLElement, shape: string }>} What is shown, by what it shows. */
  #rows = new Map();
  /** @type {number | undefined} The newest message that was there at first, or was said since. */
  #said;
  #timer = 0;

  /** @param {import('./texts.js').Texts} texts @param {Actions} on */
  constructor(texts, on) {
    this.#texts = texts;
    this.#on = on;
    this.#shown.setAttribute('aria-label', texts.title);
    this.#fresh = el('button', { part: 'fresh', type: 'button', hidden: true, onclick: () => this.#toEnd() }, texts.fresh, ' ↓');
    this.element.append(this.#fresh);
    this.#shown.addEventListener('scroll', () => {
      if (this.#shown.scrollTop < NEAR && this.#shown.scrollHeight > this.#shown.clientHeight) this.#on.older().catch(() => {});
      if (this.isAtEnd) {
        this.#fresh.hidden = true;
        this.#on.seen();
      }
    });
    // A keyboard that opens, or a notice, must not push the newest message out of sight.
    let wasAtEnd = true;
    this.#shown.addEventListener('scroll', () => (wasAtEnd = this.isAtEnd));
    new ResizeObserver(() => wasAtEnd && this.#toEnd()).observe(this.#shown);
  }

  get isAtEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.#shown;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  /** @param {string} name Who is writing; nobody when empty. */
  typing(name) {
    clearTimeout(this.#timer);
    const wasAtEnd = this.isAtEnd;
    this.#typing.hidden = !name;
    this.#typing.title = name && this.#texts.typing.replace('{name}', name);
    if (!name) return;
    if (wasAtEnd) this.#toEnd();
    this.#timer = setTimeout(() => this.typing(''), TYPING_SHOWN_MS);
  }

  /**
   * @param {import('../lib/chat.js').View | undefined} view @param {{ id: string, body: string, at: number }[]} early
   * @param {string} greeting @param {string} name Of the other side.
   */
  draw(view, early, greeting, name) {
    const wasAtEnd = this.isAtEnd;
    const fromEnd = this.#shown.scrollHeight - this.#shown.scrollTop;
    const first = this.#rows.keys().next().value;
    const messages = [...(view?.messages ?? []), ...(view?.deleted ?? [])].sort((a, b) => a.seq - b.seq);
    const read = Math.max(0, ...(view?.members ?? []).filter(({ role }) => role === 'admin').map((member) => member.last_read_seq));
    const rows = /** @type {typeof this.#rows} */ (new Map());
    /** @param {string} key @param {unknown[]} content @param {() => HTMLElement} make Only what changed is made anew: the rest keeps focus and selection. */
    const row = (key, content, make) => {
      const shape = JSON.stringify(content);
      const known = this.#rows.get(key);
      rows.set(key, known?.shape === shape ? known : { node: make(), shape });
    };
    if (!view?.hasOlder) row('greeting', [greeting], () => el('p', { part: 'greeting', dir: 'auto' }, greeting));
    /** @type {Message | undefined} */
    let before;
    messages.forEach((message, index) => {
      const next = messages[index + 1];
      if (!before || !sameDay(before.created_at, message.created_at)) {
        const said = day(message.created_at, this.#texts.lang, Date.now());
        row(`day-${message.seq}`, [said], () => el('p', { part: 'day' }, said));
      }
      before = message;
      const gone = view?.deleted.includes(message);
      const isLast = !next || next.is_own !== message.is_own || Date.parse(next.created_at) - Date.parse(message.created_at) > GROUP_MS;
      const meta = [clock(message.created_at, this.#texts.lang), !gone && message.edited_at ? this.#texts.edited : '', message.is_own && !gone ? (message.seq <= read ? 'read' : 'sent') : ''];
      const key = (message.is_own && message.client_message_id) || message.id;
      row(key, [message.body, gone, isLast, meta], () => this.#message(message, gone, isLast, meta));
    });
    for (const item of [...(view?.pending ?? []), ...early]) row(item.id, [item], () => this.#unsent(item));
    this.#place(rows);
    if (view) this.#speak(view.messages, name);
    if (wasAtEnd || [...rows.keys()].pop()?.startsWith('early')) this.#toEnd();
    else if (rows.keys().next().value !== first) this.#shown.scrollTop = this.#shown.scrollHeight - fromEnd;
  }

  /** @param {Map<string, { node: HTMLElement, shape: string }>} rows */
  #place(rows) {
    const root = /** @type {ShadowRoot} */ (this.#shown.getRootNode());
    const focused = this.#shown.contains(root.activeElement) && root.activeElement;
    for (const [key, { node }] of this.#rows) if (rows.get(key)?.node !== node) node.remove();
    let place = this.#shown.firstChild;
    for (const { node } of rows.values()) {
      if (node === place) place = place.nextSibling;
      else this.#shown.insertBefore(node, place);
    }
    this.#shown.append(this.#typing);
    this.#rows = rows;
    // Where one was is no more: the nearest place is here.
    if (focused && !this.#shown.contains(focused)) this.#shown.focus();
  }

  /** @param {Message} message @param {boolean | undefined} gone @param {boolean} isLast @param {string[]} meta */
  #message(message, gone, isLast, [time, edited, tick]) {
    const texts = this.#texts;
    const isOwn = message.is_own && !gone;
    const side = message.message_type === 'system' ? 'system' : message.is_own ? 'own' : 'other';
    const bubble = el('div', { part: gone ? 'bubble gone' : 'bubble', dir: 'auto' }, ...(gone ? [texts.deleted] : linked(message.body)));
    const actions = el(
      'span',
      { part: 'actions' },
      el('button', { type: 'button', onclick: () => this.#on.edit(message) }, texts.edit),
      el('button', { type: 'button', onclick: (/** @type {Event} */ event) => this.#remove(/** @type {HTMLButtonElement} */ (event.target), message.id) }, texts.remove),
    );
    const ticks = tick && el('span', { role: 'img', 'aria-label': tick === 'read' ? texts.read : texts.sent, part: tick }, tick === 'read' ? '✓✓' : '✓');
    return el(
      'div',
      { part: `message ${side}${isLast ? ' last' : ''}` },
      bubble,
      isOwn && side === 'own' ? actions : null,
      isLast || edited ? el('p', { part: 'meta' }, edited ? `${edited} · ${time} ` : `${time} `, ticks || null) : null,
    );
  }

  /** @param {HTMLButtonElement} button @param {string} id Asks once more: it is for good. */
  #remove(button, id) {
    if (button.dataset.sure) return this.#on.remove(id);
    button.dataset.sure = '1';
    button.textContent = this.#texts.sure;
    setTimeout(() => {
      delete button.dataset.sure;
      button.textContent = this.#texts.remove;
    }, SURE_MS);
  }

  /** @param {{ id: string, body: string, failed?: object }} item */
  #unsent({ id, body, failed }) {
    const texts = this.#texts;
    const meta = failed
      ? [el('b', {}, texts.failed), el('button', { type: 'button', onclick: () => this.#on.retry(id) }, texts.retry), el('button', { type: 'button', onclick: () => this.#on.discard(id) }, texts.discard)]
      : [texts.sending];
    return el('div', { part: 'message own last' }, el('div', { part: failed ? 'bubble failed' : 'bubble pending', dir: 'auto' }, ...linked(body)), el('p', { part: 'meta' }, ...meta));
  }

  /** @param {Message[]} messages @param {string} name */
  #speak(messages, name) {
    const incoming = messages.filter((message) => !message.is_own && message.seq > (this.#said ?? Infinity));
    this.#said = messages.at(-1)?.seq ?? this.#said ?? 0;
    for (const { body } of incoming) {
      const said = el('p', {}, `${name}: ${body}`);
      this.#spoken.append(said);
      setTimeout(() => said.remove(), SPOKEN_MS);
    }
    if (incoming.length && !this.isAtEnd) this.#fresh.hidden = false;
  }

  #toEnd() {
    this.#shown.scrollTop = this.#shown.scrollHeight;
  }
}
