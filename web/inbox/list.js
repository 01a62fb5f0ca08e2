// @ts-check
/**
 * The list of conversations. Rows have one height and only those in view exist, so ten thousand
 * cost as much as ten; the scrollbar is honest because the count is known. Keyboard focus stays on
 * the list itself, which says what row it means.
 */

import { el } from '../ui/dom.js';
import { duration } from '../ui/time.js';
import { avatar, icon, LANG, nameOf, shortTime, unseen, wordsOf } from './parts.js';
import { isByMember } from './channels.js';

/** As in the style sheet. */
const ROW_PX = 68;
const OVERSCAN = 6;
const SKELETONS = 9;
const TICK_MS = 30_000;

/**
 * What a row says; two that say the same look the same.
 * @typedef {{ name: string, isGuest: boolean, isUnverified: boolean, typing: string, preview: string, sender: string, type: string, time: string,
 *   unread: number, waiting: string, waitingLong: string, isLate: boolean, lookers: string[] }}
 *   Content
 */

export class ListView {
  #channels;
  #presence;
  #me;
  #open;
  /** @type {string | undefined} What is open. */
  #selected;
  /** @type {string | undefined} What the keys mean. */
  #cursor;
  /** @type {Map<string, { element: HTMLElement, shows: string, unread?: number }>} */
  #rows = new Map();
  /** @type {object | undefined} The list that was shown last. */
  #shown;
  /** @type {string[]} Its order when it was shown last. */
  #order = [];
  #waiting = false;
  #nextId = 0;
  #spacer = el('div', { class: 'rows', role: 'presentation' });
  #note = el('div', { class: 'empty' });
  #scroller = el(
    'div',
    { class: 'list', role: 'listbox', tabindex: '0', 'aria-label': 'Conversations' },
    this.#spacer,
  );
  element = el('div', { class: 'list-frame' }, this.#scroller, this.#note);

  /**
   * @param {import('./channels.js').Channels} channels @param {import('./presence.js').Presence} presence
   * @param {string} me @param {(hash: string) => void} open
   */
  constructor(channels, presence, me, open) {
    this.#channels = channels;
    this.#presence = presence;
    this.#me = me;
    this.#open = open;
    channels.addEventListener('change', () => this.#soon());
    presence.addEventListener('change', () => this.#soon());
    this.#scroller.addEventListener('scroll', () => this.#soon(), { passive: true });
    this.#scroller.addEventListener('focus', () => {
      // Who clicks has seen where: only the keyboard needs to be shown.
      if (!this.#cursor)
        this.point(
          this.#selected ?? this.#channels.shown.hashes[0],
          this.#scroller.matches(':focus-visible'),
        );
    });
    this.#scroller.addEventListener('click', (event) => {
      const hash = /** @type {HTMLElement} */ (event.target)
        .closest('[data-channel]')
        ?.getAttribute('data-channel');
      if (hash) this.choose(hash);
    });
    new ResizeObserver(() => this.#soon()).observe(this.#scroller);
    // Waiting grows by itself.
    setInterval(() => this.#soon(), TICK_MS);
  }

  get cursor() {
    return this.#cursor;
  }

  /** How far down it is looked at, in rows. */
  get seenTo() {
    return Math.ceil((this.#scroller.scrollTop + this.#scroller.clientHeight) / ROW_PX);
  }

  get hasFocus() {
    return document.activeElement === this.#scroller;
  }

  focus() {
    this.#scroller.focus({ preventScroll: true });
  }

  /** @param {string} hash */
  choose(hash) {
    this.point(hash);
    this.#open(hash);
  }

  /** @param {string | undefined} hash What is open beside the list. */
  select(hash) {
    this.#selected = hash;
    if (hash) this.point(hash);
    this.#soon();
  }

  /** @param {number} by Rows. */
  move(by) {
    const { hashes } = this.#channels.shown;
    const at = hashes.indexOf(this.#cursor ?? '');
    const to = at < 0 ? 0 : Math.min(hashes.length - 1, Math.max(0, at + by));
    this.focus();
    if (hashes[to]) this.point(hashes[to], true);
  }

  /** @param {string | undefined} hash What the keys shall mean. @param {boolean} [reveal] */
  point(hash, reveal = true) {
    this.#cursor = hash;
    const at = hash ? this.#channels.shown.hashes.indexOf(hash) : -1;
    if (reveal && at >= 0) {
      const { scrollTop, clientHeight } = this.#scroller;
      if (at * ROW_PX < scrollTop) this.#scroller.scrollTop = at * ROW_PX;
      else if ((at + 1) * ROW_PX > scrollTop + clientHeight)
        this.#scroller.scrollTop = (at + 1) * ROW_PX - clientHeight;
    }
    this.#render();
  }

  #soon() {
    if (this.#waiting) return;
    this.#waiting = true;
    // A hidden page has no frames to wait for.
    if (document.hidden) setTimeout(() => this.#render());
    else requestAnimationFrame(() => this.#render());
  }

  #render() {
    this.#waiting = false;
    const rows = this.#channels.shown;
    this.#keepPlace(rows);
    const isFresh = rows.cursor === undefined;
    const height = this.#scroller.clientHeight;
    const count = isFresh ? (rows.error ? 0 : SKELETONS) : rows.count;
    const from = Math.max(0, Math.floor(this.#scroller.scrollTop / ROW_PX) - OVERSCAN);
    const to = Math.min(count, Math.ceil((this.#scroller.scrollTop + height) / ROW_PX) + OVERSCAN);
    this.#spacer.style.height = `${count * ROW_PX}px`;
    this.#scroller.hidden = count === 0;
    this.#scroller.setAttribute('aria-busy', String(isFresh));
    const kept = new Set();
    /** @type {ChildNode | null} Who reads with the ears goes by the order of the nodes. */
    let place = this.#spacer.firstChild;
    for (let index = from; index < to; index++) {
      const hash = rows.hashes[index];
      const key = hash ?? `loading ${index}`;
      kept.add(key);
      const row = this.#row(key, hash);
      row.style.translate = `0 ${index * ROW_PX}px`;
      if (row === place) place = place.nextSibling;
      else this.#spacer.insertBefore(row, place);
      if (!hash) continue;
      row.setAttribute('aria-posinset', String(index + 1));
      row.setAttribute('aria-setsize', String(count));
      row.setAttribute('aria-selected', String(hash === this.#selected));
      row.classList.toggle('cursor', hash === this.#cursor);
    }
    for (const [key, { element }] of this.#rows) {
      if (kept.has(key)) continue;
      element.remove();
      this.#rows.delete(key);
    }
    const active = this.#cursor && this.#rows.get(this.#cursor)?.element.id;
    if (active) this.#scroller.setAttribute('aria-activedescendant', active);
    else this.#scroller.removeAttribute('aria-activedescendant');
    if (!isFresh && !rows.error && to > rows.hashes.length) this.#channels.more(to);
    this.#explain(rows, count);
  }

  /**
   * @param {{ hashes: string[] }} rows What is looked at stays where it is, when something above it
   * comes or goes.
   */
  #keepPlace(rows) {
    const scroller = this.#scroller;
    const isOther = this.#shown !== rows;
    if (
      isOther &&
      (this.#channels.term || !this.#order.length || /** @type {any} */ (this.#shown)?.term)
    ) {
      scroller.scrollTop = 0;
      this.#cursor = this.#selected;
    } else if (scroller.scrollTop > 0) {
      const at = Math.floor(scroller.scrollTop / ROW_PX);
      const top = this.#order[at];
      const now = top && rows.hashes[at] !== top ? rows.hashes.indexOf(top) : -1;
      const open = this.#order.indexOf(this.#selected ?? '');
      const moved = rows.hashes.indexOf(this.#selected ?? '');
      const isInView =
        open * ROW_PX < scroller.scrollTop + scroller.clientHeight &&
        (open + 1) * ROW_PX > scroller.scrollTop;
      // What is open is followed where it goes, so that it is not lost by writing in it.
      if (open >= 0 && moved >= 0 && moved < at && isInView) scroller.scrollTop = moved * ROW_PX;
      // The row at the top has moved up itself: then the others have hardly moved.
      else if (now > at) scroller.scrollTop += (now - at) * ROW_PX;
    }
    // Only what moves by itself shall be seen to move.
    scroller.classList.toggle('still', isOther || scroller.scrollTop > 0);
    this.#shown = rows;
    this.#order = rows.hashes.slice();
  }

  /** @param {string} key @param {string | undefined} hash */
  #row(key, hash) {
    const channel = hash === undefined ? undefined : this.#channels.get(hash);
    const content = channel && this.#content(channel);
    const shows = JSON.stringify(content ?? '');
    const known = this.#rows.get(key);
    if (known?.shows === shows) return known.element;
    const props = hash
      ? { role: 'option', class: 'row', id: `row-${this.#nextId++}`, 'data-channel': hash }
      : { 'aria-hidden': 'true', class: 'row' };
    const element = known?.element ?? el('div', props);
    this.#rows.set(key, { element, shows, unread: content?.unread });
    if (channel && content) this.#fill(element, channel, content, known?.unread === 0);
    else {
      element.classList.add('skeleton');
      element.replaceChildren(
        el('span', { class: 'avatar' }),
        el('div', { class: 'row-text' }, el('i'), el('i')),
      );
    }
    return element;
  }

  /** @param {import('./channels.js').ChannelView} channel @returns {Content} */
  #content({
    channel_hash,
    customer,
    last_message,
    last_message_at,
    unread_count,
    unanswered_since,
  }) {
    const typers = this.#presence.typers(channel_hash);
    const waited = unanswered_since
      ? (Date.now() - Date.parse(unanswered_since)) / 1000
      : undefined;
    const sender =
      last_message && !isByMember(last_message) && last_message.message_type !== 'system'
        ? this.#senderOf(last_message)
        : '';
    return {
      name: nameOf(customer),
      isGuest: customer.role === 'guest',
      isUnverified:
        customer.verified === false &&
        Boolean(customer.first_name || customer.last_name || customer.email),
      typing: typers.length
        ? typers[0].role === 'admin'
          ? `${nameOf(this.#presence.colleague(typers[0].id))} is typing…`
          : 'Typing…'
        : '',
      preview: last_message ? last_message.body.slice(0, 200) : '',
      sender,
      type: last_message?.message_type ?? 'none',
      time: last_message_at ? shortTime(last_message_at) : '',
      unread: unread_count,
      waiting: waited === undefined ? '' : duration(waited, LANG, 'narrow'),
      waitingLong: waited === undefined ? '' : duration(waited, LANG),
      isLate: (waited ?? 0) >= 600,
      lookers: this.#presence
        .lookers(channel_hash)
        .map((id) => nameOf(this.#presence.colleague(id))),
    };
  }

  /** @param {import('./channels.js').Last} message */
  #senderOf({ is_own, sender_id }) {
    const name = nameOf(this.#presence.colleague(sender_id));
    return is_own || sender_id === this.#me ? 'You' : name === sender_id ? 'Team' : name;
  }

  /**
   * @param {HTMLElement} row @param {import('./channels.js').ChannelView} channel @param {Content} content
   * @param {boolean} wasRead What is read on arrival shall not flash.
   */
  #fill(row, channel, content, wasRead) {
    const { name, preview, sender, time, unread, waiting, typing, lookers } = content;
    const said =
      typing ||
      (content.type === 'none' ? 'No messages yet' : `${sender ? `${sender}: ` : ''}${preview}`);
    const face = el('span', { class: 'face' }, avatar(channel.customer));
    if (lookers.length)
      face.append(
        el('span', { class: 'looking-dot', title: `${lookers.join(', ')} looking` }),
        unseen(`${lookers.join(', ')} looking,`),
      );
    row.classList.remove('skeleton');
    row.classList.toggle('unread', unread > 0);
    row.replaceChildren(
      face,
      el(
        'div',
        { class: 'row-text' },
        el(
          'div',
          { class: 'row-line' },
          el('span', { class: 'row-name', dir: 'auto' }, name),
          content.isGuest ? el('span', { class: 'tag' }, 'Guest') : null,
          content.isUnverified
            ? el(
                'span',
                { class: 'unverified', title: 'The guest typed this name; nobody has checked it' },
                icon('alert'),
                unseen('unverified'),
              )
            : null,
          el('span', { class: 'row-time' }, time),
        ),
        el(
          'div',
          { class: 'row-line' },
          el(
            'span',
            {
              class: `row-preview${typing ? ' typing' : ''}${content.type === 'none' ? ' none' : ''}`,
              dir: 'auto',
            },
            content.type === 'meeting' && !typing ? icon('calendar') : null,
            said,
          ),
          waiting
            ? el(
                'span',
                {
                  class: `waiting${content.isLate ? ' late' : ''}`,
                  title: `Waiting for an answer: ${content.waitingLong}`,
                },
                icon('clock'),
                unseen('waiting '),
                waiting,
              )
            : null,
          unread > 0
            ? el(
                'span',
                { class: wasRead ? 'badge arriving' : 'badge', 'data-unread': unread },
                unread > 99 ? '99+' : String(unread),
                unseen(' unread'),
              )
            : null,
        ),
      ),
    );
  }

  /**
   * @param {import('./channels.js').Channels['shown']} rows
   * @param {number} count Why there is nothing to see, or what to do.
   */
  #explain(rows, count) {
    const note = this.#note;
    const { term, isSearching } = this.#channels;
    note.hidden = count > 0 && !rows.error;
    if (note.hidden) return note.replaceChildren();
    if (rows.error) {
      const retry = () => {
        rows.error = undefined;
        this.#channels.more(Math.max(1, rows.hashes.length + 1));
      };
      note.replaceChildren(
        el('p', {}, wordsOf(rows.error)),
        el('button', { type: 'button', onclick: retry }, 'Try again'),
      );
    } else if (term && !isSearching) {
      note.replaceChildren(
        icon('search'),
        el('p', {}, 'Nobody found'),
        el('small', {}, 'Search goes by name, email, or the start of an id.'),
      );
    } else {
      note.replaceChildren(
        icon('chat'),
        el('p', {}, 'No conversations yet'),
        el('small', {}, 'They appear here as soon as a customer writes.'),
      );
    }
  }
}
