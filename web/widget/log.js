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
 * @typedef {import('../client/chat.js').View['messages'][number]} Message
 * @typedef {object} Actions
 * @property {() => Promise<void>} older
 * @property {() => void} seen The end has come into sight.
 * @property {(message: Message) => void} edit
 * @property {(id: string) => void} remove
 * @property {(id: string) => void} retry
 * @property {(id: string) => void} discard
 */

/** @param {import('./texts.js').Texts} texts @param {Actions} on */
export function createLog(texts, on) {
  const typist = el('p', { part: 'typing' });
  const log = el('div', {
    part: 'log',
    role: 'log',
    'aria-live': 'off',
    'aria-label': texts.title,
    tabindex: '0',
    onscroll: scrolled,
  });
  /**
   * Says each message that comes in, once. The log itself would say one's own, and the past, as
   * well.
   */
  const spoken = el('div', { class: 'spoken', 'aria-live': 'polite' });
  const fresh = el('button', { part: 'fresh', hidden: true, onclick: toEnd }, texts.fresh);
  /** @type {Map<string, { node: HTMLElement, shape: string }>} What is shown, and what it shows. */
  let rows = new Map();
  /** @type {number | undefined} The newest message that was there at first, or was said since. */
  let said;
  /** @type {any} */
  let timer;
  let wasAtEnd = true;
  // A keyboard that opens, or a notice, must not push the newest message out of sight.
  new ResizeObserver(() => wasAtEnd && toEnd()).observe(log);

  return { element: el('div', { part: 'thread' }, log, fresh, spoken), draw, typing, isAtEnd };

  function isAtEnd() {
    return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  }

  function toEnd() {
    log.scrollTop = log.scrollHeight;
  }

  function scrolled() {
    wasAtEnd = isAtEnd();
    if (log.scrollTop < NEAR) on.older().catch(() => {});
    if (!wasAtEnd) return;
    fresh.hidden = true;
    on.seen();
  }

  /** @param {string} text That somebody is writing; empty when nobody is. */
  function typing(text) {
    clearTimeout(timer);
    typist.textContent = text;
    if (wasAtEnd) toEnd();
    timer = setTimeout(() => (typist.textContent = ''), TYPING_SHOWN_MS);
  }

  /**
   * @param {import('../client/chat.js').View | undefined} view @param {string} name Of the other side. @param {string} greeting
   */
  function draw(view, name, greeting) {
    const fromEnd = log.scrollHeight - log.scrollTop;
    const {
      messages = [],
      deleted = [],
      members = [],
      pending = [],
      hasOlder = false,
    } = view ?? {};
    const readTo = Math.max(
      ...members.map((member) => (member.role === 'admin' ? member.last_read_seq : 0)),
    );
    const before = rows;
    rows = new Map();
    /**
     * @param {string} key
     * @param {unknown} content
     * @param {() => HTMLElement} make Only what changed is made anew: the rest keeps focus and
     * selection.
     */
    const row = (key, content, make) => {
      const shape = JSON.stringify(content);
      const known = before.get(key);
      rows.set(key, known?.shape === shape ? known : { node: make(), shape });
    };

    if (!hasOlder)
      row('greeting', greeting, () => el('p', { part: 'greeting', dir: 'auto' }, greeting));
    [...messages, ...deleted]
      .sort((a, b) => a.seq - b.seq)
      .forEach((message, index, all) => {
        const { seq, is_own, created_at } = message;
        const next = all[index + 1];
        if (!index || !sameDay(all[index - 1].created_at, created_at)) {
          const today = day(created_at, texts.lang, Date.now());
          row(`day ${seq}`, today, () => el('p', { part: 'day' }, today));
        }
        const isGone = deleted.includes(message);
        const isLast =
          next?.is_own !== is_own ||
          Date.parse(next.created_at) - Date.parse(created_at) > GROUP_MS;
        const tick = is_own && !isGone ? (seq > readTo ? 'sent' : 'read') : '';
        row(
          (is_own && message.client_message_id) || message.id,
          [message.body, isGone, isLast, tick],
          () => bubble(message, isGone, isLast, tick),
        );
      });
    for (const item of pending) row(item.id, item, () => unsent(item));

    const { activeElement } = /** @type {ShadowRoot} */ (log.getRootNode());
    const had = log.contains(activeElement);
    for (const [key, { node }] of before) if (rows.get(key)?.node !== node) node.remove();
    let place = log.firstChild;
    for (const { node } of rows.values()) {
      if (node === place) place = place.nextSibling;
      else log.insertBefore(node, place);
    }
    log.append(typist);
    // Where one was is no more: the nearest place is here.
    if (had && !log.contains(activeElement)) log.focus();
    if (view) speak(messages, name);
    else {
      // Another conversation begins at its end, and all of it is the past.
      said = undefined;
      wasAtEnd = true;
    }
    if (wasAtEnd || pending.length) toEnd();
    else if (before.keys().next().value !== rows.keys().next().value)
      log.scrollTop = log.scrollHeight - fromEnd;
  }

  /**
   * @param {Message} message
   * @param {boolean} isGone
   * @param {boolean} isLast
   * @param {string} tick
   */
  function bubble(message, isGone, isLast, tick) {
    const { id, body, is_own, message_type, edited_at, created_at } = message;
    const edited = edited_at && !isGone && `${texts.edited} · `;
    return el(
      'div',
      {
        part: `message ${message_type === 'system' ? 'system' : is_own ? 'own' : 'other'} ${isLast ? 'last' : ''}`,
      },
      el(
        'div',
        { part: `bubble ${isGone ? 'gone' : ''}`, dir: 'auto' },
        ...(isGone ? [texts.deleted] : linked(body)),
      ),
      tick &&
        el(
          'span',
          { part: 'actions' },
          el('button', { onclick: () => on.edit(message) }, texts.edit),
          el('button', { onclick: remove }, texts.remove),
        ),
      (isLast || edited) &&
        el(
          'p',
          { part: 'meta' },
          edited,
          clock(created_at, texts.lang),
          tick &&
            el(
              'span',
              { role: 'img', 'aria-label': tick === 'read' ? texts.read : texts.sent },
              tick === 'read' ? ' ✓✓' : ' ✓',
            ),
        ),
    );

    /** @param {any} event Asks once more: it is for good. */
    function remove({ target }) {
      if (target.className) return on.remove(id);
      target.className = 'sure';
      target.textContent = texts.sure;
      setTimeout(() => {
        target.className = '';
        target.textContent = texts.remove;
      }, SURE_MS);
    }
  }

  /** @param {import('../client/outbox.js').Unsent} item */
  function unsent({ id, body, failed }) {
    return el(
      'div',
      { part: 'message own last' },
      el('div', { part: `bubble ${failed ? 'failed' : 'pending'}`, dir: 'auto' }, ...linked(body)),
      el(
        'p',
        { part: 'meta' },
        ...(failed
          ? [
              el('b', {}, texts.failed),
              el('button', { onclick: () => on.retry(id) }, texts.retry),
              el('button', { onclick: () => on.discard(id) }, texts.remove),
            ]
          : [texts.sending]),
      ),
    );
  }

  /** @param {Message[]} messages @param {string} name */
  function speak(messages, name) {
    for (const { is_own, seq, body } of messages) {
      if (is_own || seq <= (said ?? Infinity)) continue;
      const line = el('p', {}, `${name}: ${body}`);
      spoken.append(line);
      setTimeout(() => line.remove(), SPOKEN_MS);
      fresh.hidden = wasAtEnd;
    }
    said = messages.at(-1)?.seq ?? said ?? 0;
  }
}
