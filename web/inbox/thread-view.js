// @ts-check
/**
 * One conversation: what was said, what is being said, and where it is answered.
 *
 * The view is drawn from `chat.view()` alone after every change; elements are kept by message, so
 * that nothing flickers and an edit that is under way survives. Read means seen: the page in front,
 * and the last message in view.
 */

import { el } from '../ui/dom.js';
import { day, sameDay } from '../ui/time.js';
import {
  announce,
  avatar,
  capital,
  counted,
  dialog,
  icon,
  iconButton,
  LANG,
  nameOf,
  toast,
  wordsOf,
} from './parts.js';
import { isByMember } from './channels.js';
import { Composer } from './composer.js';
import { editorOf, isTogether, messageOf, unsentOf } from './message-view.js';

/** @typedef {import('./message-view.js').Shown} Shown */

const NEAR_PX = 60;
const OLDER_FROM_PX = 400;
/** A message in view for so long has been seen. */
const SEEN_MS = 1_000;
const READ_AGAIN_MS = 5_000;

export class ThreadView {
  #chat;
  #channels;
  #presence;
  #session;
  #leave;
  #composer;
  #hash = '';
  /** @type {import('../client/chat.js').View | undefined} */
  #view;
  /** @type {Map<string, { element: HTMLElement, shows: string }>} */
  #items = new Map();
  /** @type {string | undefined} The message being edited. */
  #editing;
  /** Where the reader had read to when the conversation was opened. */
  #readTo = 0;
  /** The last seq that has been read out, or needs no reading out. */
  #saidTo = 0;
  /** The last seq that was in view for long enough to be noticed. */
  #seenTo = 0;
  /** Whether the reader is where reading begins: before that nothing is seen. */
  #begun = false;
  /** Whether the end is in view, and is to stay there. */
  #atEnd = true;
  #marking = false;
  #markAgain = false;
  #notMarkedAt = -Infinity;
  /** @type {any} */
  #seenTimer;
  #titleShows = '';
  #title = el('header', { class: 'thread-head' });
  #log = el('div', { class: 'log-items' });
  #below = el('button', {
    type: 'button',
    class: 'below',
    hidden: true,
    onclick: () => this.#toEnd(),
  });
  #scroller = el(
    'div',
    { class: 'log', role: 'log', 'aria-live': 'off', 'aria-label': 'Messages', tabindex: '0' },
    this.#log,
    el('div', { class: 'dock' }, this.#below),
  );
  #typing = el('div', { class: 'typing-line' });
  #body = el('div', { class: 'thread-body' }, this.#scroller, this.#typing);
  #state = el('div', { class: 'empty' });
  element = el('section', { class: 'thread', 'aria-label': 'Conversation' });

  /**
   * @param {object} parts
   * @param {import('../client/chat.js').Chat} parts.chat
   * @param {import('./channels.js').Channels} parts.channels
   * @param {import('./presence.js').Presence} parts.presence
   * @param {import('./session.js').Session} parts.session
   * @param {import('./canned.js').CannedReplies} parts.canned
   * @param {() => void} parts.leave Back to the list.
   * @param {() => void} parts.leaveComposer
   */
  constructor({ chat, channels, presence, session, canned, leave, leaveComposer }) {
    this.#chat = chat;
    this.#channels = channels;
    this.#presence = presence;
    this.#session = session;
    this.#leave = leave;
    this.#composer = new Composer(session.me, canned, {
      highest: () => this.#highest(),
      news: (since) => this.#news(since),
      send: (body) => this.#send(body),
      typing: () => this.#view && chat.typing(this.#hash),
      leave: leaveComposer,
      editLast: () => this.#editLast(),
    });
    chat.addEventListener(
      'change',
      (event) =>
        /** @type {CustomEvent} */ (event).detail.channel_hash === this.#hash && this.#changed(),
    );
    channels.addEventListener('change', (event) => {
      const { hash } = /** @type {CustomEvent} */ (event).detail;
      if (this.#hash && (!hash || hash === this.#hash)) this.#head();
    });
    presence.addEventListener('change', () => {
      if (!this.#hash) return;
      this.#head();
      this.#who();
      this.#draw();
    });
    this.#scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    for (const name of ['focus', 'blur']) addEventListener(name, () => this.#look());
    document.addEventListener('visibilitychange', () => this.#look());
    const resized = new ResizeObserver(() => this.#atEnd && this.#toEnd());
    resized.observe(this.#scroller);
    resized.observe(this.#log);
    this.#nothing();
  }

  get hash() {
    return this.#hash;
  }

  /** Whether the reader has this conversation before them right now. @param {string} hash */
  isBeforeReader(hash) {
    return (
      hash === this.#hash &&
      this.#atEnd &&
      document.visibilityState === 'visible' &&
      document.hasFocus()
    );
  }

  focus() {
    this.#scroller.focus();
  }

  focusComposer() {
    this.#composer.focus();
  }

  /** @param {string} hash */
  async open(hash) {
    if (hash === this.#hash && this.#view) return;
    if (this.#hash && this.#hash !== hash) this.#chat.leave(this.#hash);
    this.#hash = hash;
    this.#view = undefined;
    this.#items.clear();
    this.#log.replaceChildren();
    this.#editing = undefined;
    this.#begun = false;
    this.#atEnd = true;
    this.#presence.enter(hash);
    this.#head();
    this.#who();
    this.#composer.show(hash, this.#channels.get(hash)?.customer.first_name);
    const loading = el('div', {
      class: 'log skeletons',
      'aria-label': 'Loading messages',
      role: 'img',
    });
    for (let index = 0; index < 5; index++) loading.append(el('i'));
    this.#state.replaceChildren(el('p', {}, 'Loading…'));
    this.element.replaceChildren(this.#title, loading);
    try {
      const [view] = await Promise.all([
        this.#session.watch(this.#chat.open(hash)),
        this.#channels.find(hash),
      ]);
      if (this.#hash !== hash) return;
      this.#readTo = this.#markOfMine(view);
      this.#seenTo = this.#saidTo = Math.max(0, ...view.messages.map(({ seq }) => seq));
      this.#head();
      this.#composer.show(hash, this.#channels.get(hash)?.customer.first_name);
      this.element.replaceChildren(this.#title, this.#body, this.#composer.element);
      this.#changed();
      this.#begin();
    } catch (error) {
      if (this.#hash !== hash) return;
      this.#fail(error);
    }
  }

  close() {
    if (!this.#hash) return;
    this.#chat.leave(this.#hash);
    this.#hash = '';
    this.#view = undefined;
    this.#presence.enter(undefined);
    this.#nothing();
  }

  /** After signing in again: what failed for want of a token. */
  renewed() {
    this.#notMarkedAt = -Infinity;
    if (this.#view) this.#look();
    else if (this.#hash) this.open(this.#hash);
  }

  /** Marks everything shown as read, whether it is in view or not. */
  async markRead() {
    if (!this.#view) return;
    this.#readTo = this.#highest();
    await this.#mark(true);
    this.#draw();
  }

  #nothing() {
    const keys = el(
      'small',
      {},
      el('kbd', {}, 'J'),
      el('kbd', {}, 'K'),
      ' to move, ',
      el('kbd', {}, 'Enter'),
      ' to open, ',
      el('kbd', {}, '?'),
      ' for all shortcuts',
    );
    this.#state.replaceChildren(icon('chat'), el('p', {}, 'Choose a conversation'), keys);
    this.element.replaceChildren(this.#state);
  }

  /** @param {unknown} error */
  #fail(error) {
    const retry = () => this.open(this.#hash);
    this.#state.replaceChildren(
      icon('alert'),
      el('p', {}, wordsOf(error)),
      el('button', { type: 'button', onclick: retry }, 'Try again'),
    );
    this.element.replaceChildren(this.#title, this.#state);
  }

  #changed() {
    if (!this.#hash || !this.element.contains(this.#body)) return;
    this.#view = this.#chat.view(this.#hash);
    for (const member of this.#view.members) this.#channels.marked(this.#hash, member);
    // What comes in before the reader's eyes is not marked as new.
    if (this.#begun && !this.#items.has('new') && this.isBeforeReader(this.#hash))
      this.#readTo = this.#highest();
    this.#draw();
    this.#announce();
    this.#look();
  }

  /** @returns {import('./parts.js').Person} */
  #customer() {
    const [, one = '', two = ''] = this.#hash.split(':');
    // Until the list knows: of the two, whoever looks like one.
    return (
      this.#channels.get(this.#hash)?.customer ?? { id: /^(cus|guest)_/.test(one) ? one : two }
    );
  }

  #head() {
    const customer = this.#customer();
    const channel = this.#channels.get(this.#hash);
    const isUnread = (channel?.unread_count ?? 0) > 0;
    const lookers = this.#presence.lookers(this.#hash).map((id) => this.#presence.colleague(id));
    const shows = JSON.stringify([customer, isUnread, lookers, !channel]);
    if (this.#titleShows === shows) return;
    this.#titleShows = shows;
    const name = nameOf(customer);
    const isNamed = Boolean(customer.first_name || customer.last_name || customer.email);
    const others = [...new Set([customer.email, customer.id])].filter(
      (text) => text && text !== name,
    );
    const names = lookers.map(nameOf).join(', ');
    const looking = `${names} ${lookers.length > 1 ? 'are' : 'is'} looking at this conversation`;
    const read = isUnread
      ? el(
          'button',
          {
            type: 'button',
            title: 'Mark as read (E also goes to the next)',
            onclick: () => this.markRead(),
          },
          icon('check'),
          el('span', {}, 'Mark as read'),
        )
      : el('button', { type: 'button', disabled: true }, icon('checks'), el('span', {}, 'Read'));
    this.#title.replaceChildren(
      iconButton('Back to the list', 'back', () => this.#leave(), { class: 'icon-button back' }),
      avatar(customer),
      el(
        'div',
        { class: 'who' },
        el(
          'div',
          { class: 'who-line' },
          el('h2', { dir: 'auto', title: name }, name),
          customer.role === 'guest' ? el('span', { class: 'tag' }, 'Guest') : null,
          customer.verified === false && isNamed
            ? el(
                'span',
                { class: 'tag warn', title: 'The guest typed this name; nobody has checked it' },
                'Unverified',
              )
            : null,
        ),
        el('div', { class: 'who-sub', dir: 'auto', title: others.join(' · ') }, others.join(' · ')),
      ),
      lookers.length
        ? el(
            'span',
            { class: 'lookers', title: looking },
            ...lookers.slice(0, 3).map(avatar),
            el('span', {}, looking),
          )
        : '',
      read,
    );
  }

  #who() {
    const typers = this.#presence.typers(this.#hash);
    const names = typers.map(({ id, role }) =>
      nameOf(role === 'admin' ? this.#presence.colleague(id) : this.#customer()),
    );
    const dots = el('span', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i'));
    this.#typing.replaceChildren(
      ...(names.length
        ? [dots, `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} typing…`]
        : []),
    );
  }

  /** @param {Shown} message @returns {import('./parts.js').Person} */
  #sender(message) {
    return isByMember(message) ? this.#customer() : this.#presence.colleague(message.sender_id);
  }

  #draw() {
    const view = this.#view;
    if (!view) return;
    const place = this.#place();
    /** @type {HTMLElement[]} */
    const elements = [];
    const keys = new Set();
    const keep = (
      /** @type {string} */ key,
      /** @type {unknown} */ content,
      /** @type {() => HTMLElement} */ make,
    ) => {
      const shows = JSON.stringify(content);
      let item = this.#items.get(key);
      if (item?.shows !== shows) {
        const fresh = make();
        item?.element.replaceWith(fresh);
        item = { element: fresh, shows };
        this.#items.set(key, item);
      }
      keys.add(key);
      elements.push(item.element);
    };
    const messages = /** @type {Shown[]} */ ([...view.messages, ...view.deleted]).sort(
      (a, b) => a.seq - b.seq,
    );
    const memberRead = Math.max(
      0,
      ...view.members
        .filter(({ role }) => role !== 'admin')
        .map(({ last_read_seq }) => last_read_seq),
    );
    const now = Date.now();
    let isNewShown = false;
    if (!view.hasOlder && !messages.length && !view.pending.length)
      keep('empty', 0, () =>
        el(
          'div',
          { class: 'empty' },
          icon('chat'),
          el('p', {}, 'No messages yet'),
          el('small', {}, 'Write the first one below.'),
        ),
      );
    if (view.hasOlder)
      keep('older', 0, () =>
        el('div', { class: 'divider', 'data-older': true }, 'Loading earlier messages…'),
      );
    messages.forEach((message, index) => {
      const [before, after] = [messages[index - 1], messages[index + 1]];
      if (!before || !sameDay(before.created_at, message.created_at)) {
        const text = capital(day(message.created_at, LANG, now));
        keep(`day ${message.created_at.slice(0, 10)} ${message.id}`, text, () =>
          el('div', { class: 'divider' }, text),
        );
      }
      if (
        !isNewShown &&
        !message.is_own &&
        isByMember(message) &&
        !message.deleted_at &&
        message.seq > this.#readTo
      ) {
        isNewShown = true;
        keep('new', 0, () => el('div', { class: 'divider new' }, 'New'));
      }
      const isFirst = !isTogether(before, message);
      const isLast = !isTogether(message, after);
      const isRead = !isByMember(message) && memberRead >= message.seq;
      const isGone = view.deleted.some(({ id }) => id === message.id);
      const isEditing = this.#editing === message.id && !isGone;
      const sender = this.#sender(message);
      // Nothing that happens around it may disturb what is being edited.
      if (isEditing) return keep(message.id, 'editing', () => this.#editor(message));
      const shows = [
        message.body,
        message.edited_at,
        isFirst,
        isLast,
        isLast && isRead,
        isGone,
        sender.id,
        nameOf(sender),
      ];
      const actions = () => [
        iconButton('Edit', 'pencil', () => this.#edit(message.id)),
        iconButton('Delete', 'trash', () => this.#confirmDelete(message)),
      ];
      keep(message.id, shows, () =>
        messageOf(
          message,
          sender,
          { isFirst, isLast, isRead, isGone },
          message.is_own ? actions() : [],
        ),
      );
    });
    for (const item of view.pending) {
      const failed = item.failed?.message ?? '';
      keep(item.id, [item.body, failed, 'pending'], () =>
        unsentOf(item, {
          retry: () => this.#chat.retry(item.id),
          discard: () => this.#chat.discard(item.id),
        }),
      );
    }
    for (const [key, { element }] of this.#items) {
      if (keys.has(key)) continue;
      element.remove();
      this.#items.delete(key);
    }
    elements.forEach((element, index) => {
      if (this.#log.children[index] !== element)
        this.#log.insertBefore(element, this.#log.children[index] ?? null);
    });
    place();
    this.#tellBelow();
    this.#older();
  }

  /** @returns {() => void} Restores what the reader looks at, once the log has been drawn again. */
  #place() {
    if (this.#atEnd) return () => this.#toEnd();
    const { scrollTop } = this.#scroller;
    const anchor = [.../** @type {HTMLCollectionOf<HTMLElement>} */ (this.#log.children)].find(
      (child) => child.dataset.message && child.offsetTop + child.offsetHeight > scrollTop,
    );
    const offset = (anchor?.offsetTop ?? 0) - scrollTop;
    const id = anchor?.dataset.message;
    return () => {
      const there = id && this.#items.get(id)?.element;
      if (there) this.#scroller.scrollTop = there.offsetTop - offset;
    };
  }

  /** @param {string | undefined} id */
  #edit(id) {
    this.#editing = id;
    this.#draw();
    if (id) return this.#items.get(id)?.element.querySelector('textarea')?.focus();
    this.#composer.focus();
  }

  #editLast() {
    // The last one is still on its way: any other would be the wrong one.
    if (this.#view?.pending.length) return true;
    const last = this.#view?.messages.findLast(
      ({ is_own, message_type }) => is_own && message_type !== 'system',
    );
    if (last) this.#edit(last.id);
    return last !== undefined;
  }

  /** @param {Shown} message */
  #editor(message) {
    const done = () => this.#editing === message.id && this.#edit(undefined);
    return editorOf(message, done, async (text) => {
      try {
        await this.#session.watch(this.#chat.edit(this.#hash, message.id, text));
        done();
      } catch (error) {
        toast(`Not saved: ${wordsOf(error)}`);
      }
    });
  }

  /** @param {Shown} message */
  #confirmDelete({ id, body }) {
    const hash = this.#hash;
    const remove = async () => {
      box.close();
      try {
        await this.#session.watch(this.#chat.remove(hash, id));
      } catch (error) {
        toast(`Not deleted: ${wordsOf(error)}`);
      }
      this.#composer.focus();
    };
    const quote = el(
      'blockquote',
      { dir: 'auto' },
      body.length > 140 ? `${body.slice(0, 140)}…` : body,
    );
    const button = el('button', { type: 'button', class: 'danger', onclick: remove }, 'Delete');
    const keep = el('button', { type: 'button', onclick: () => box.close() }, 'Keep');
    const box = dialog(
      'Delete this message?',
      el('div', { class: 'stack' }, quote, el('footer', {}, keep, button)),
    );
    button.focus();
  }

  /** @param {string} body */
  #send(body) {
    this.#readTo = this.#highest();
    this.#atEnd = true;
    this.#chat.send(this.#hash, body);
    this.#toEnd();
  }

  #highest() {
    return Math.max(0, ...(this.#view?.messages ?? []).map(({ seq }) => seq));
  }

  /** @param {import('../client/chat.js').View} view */
  #markOfMine({ members }) {
    return members.find(({ user_id }) => user_id === this.#session.me)?.last_read_seq ?? 0;
  }

  /**
   * @param {number} since What a colleague said after it, always; what the customer said, unless it
   * was in view for long enough.
   */
  #news(since) {
    const after = (this.#view?.messages ?? []).filter(
      (message) => message.seq > since && !message.is_own,
    );
    const news =
      after.findLast((message) => !isByMember(message)) ??
      after.findLast(({ seq }) => seq > this.#seenTo);
    // Said of all of them: the next warning is about what comes later still.
    return news && { seq: this.#highest(), by: nameOf(this.#sender(news)), body: news.body };
  }

  #announce() {
    const fresh = (this.#view?.messages ?? []).filter(
      ({ seq, is_own }) => seq > this.#saidTo && !is_own,
    );
    this.#saidTo = Math.max(this.#saidTo, this.#highest());
    for (const message of fresh) if (!isByMember(message)) this.#presence.meet(message.sender_id);
    const last = fresh.at(-1);
    if (last)
      announce(
        `${fresh.length > 1 ? `${counted(fresh.length, 'new message', 'new messages')}. ` : ''}${nameOf(this.#sender(last))}: ${last.body}`,
      );
  }

  /** Opens where the reader left off. */
  #begin() {
    for (const { is_own, sender_id, sender_role } of this.#view?.messages ?? [])
      if (!is_own && sender_role === 'admin') this.#presence.meet(sender_id);
    this.#toEnd();
    const mark = this.#items.get('new')?.element;
    if (mark && mark.offsetTop < this.#scroller.scrollTop) {
      this.#atEnd = false;
      this.#scroller.scrollTop = mark.offsetTop - 8;
      // Of what lies below, nothing has been seen yet.
      this.#seenTo = this.#readTo;
    }
    this.#begun = true;
    this.#tellBelow();
    this.#look();
  }

  #toEnd() {
    this.#atEnd = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#tellBelow();
    this.#look();
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    this.#tellBelow();
    this.#older();
    this.#look();
  }

  #tellBelow() {
    const unseen = this.#atEnd
      ? 0
      : (this.#view?.messages ?? []).filter(
          ({ seq, is_own }) => seq > Math.max(this.#seenTo, this.#readTo) && !is_own,
        ).length;
    this.#below.hidden = this.#atEnd;
    this.#below.replaceChildren(
      icon('down'),
      unseen ? counted(unseen, 'new message', 'new messages') : 'Latest',
    );
  }

  async #older() {
    if (
      !this.#view?.hasOlder ||
      this.#scroller.scrollTop > OLDER_FROM_PX ||
      !this.#scroller.clientHeight
    )
      return;
    await this.#chat.older(this.#hash).catch((error) => this.#session.refused(error));
  }

  /** Whatever is in view is being seen. */
  #look() {
    clearTimeout(this.#seenTimer);
    if (!this.#view || !this.#begun || !this.isBeforeReader(this.#hash)) return;
    const highest = this.#highest();
    this.#seenTimer = setTimeout(() => (this.#seenTo = Math.max(this.#seenTo, highest)), SEEN_MS);
    this.#mark(false);
  }

  /** @param {boolean} asked By the reader; else failing is no news. */
  async #mark(asked) {
    this.#markAgain = this.#marking;
    if (this.#marking || (!asked && Date.now() - this.#notMarkedAt < READ_AGAIN_MS)) return;
    this.#marking = true;
    try {
      await this.#session.watch(this.#chat.markRead(this.#hash));
    } catch (error) {
      this.#notMarkedAt = Date.now();
      if (asked) toast(`Not marked as read: ${wordsOf(error)}`);
    }
    this.#marking = false;
    // What came meanwhile may have been seen too.
    if (this.#markAgain) this.#look();
  }
}
