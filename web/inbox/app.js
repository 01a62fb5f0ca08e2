// @ts-check
/**
 * The inbox of one admin: creates the parts and connects them. Opening it costs two requests: the
 * first page of the list, and a ticket for the socket.
 */

import { createChat } from '../client/full-chat.js';
import { el } from '../ui/dom.js';
import { listen } from '../ui/events.js';
import { Address } from './address.js';
import { Alerts } from './alerts/alerts.js';
import { TabBadge } from './alerts/tab-badge.js';
import { Channels } from './channels/channels.js';
import { CannedAnswers } from './composer/canned.js';
import { ConnectionNotice } from './connection-notice.js';
import { newConversation, showShortcuts } from './dialogs.js';
import { Incoming } from './incoming.js';
import { Keyboard } from './keyboard.js';
import { ListView } from './list/list.js';
import { Sidebar } from './list/sidebar.js';
import { PageReturn } from './page-return.js';
import { errorText, toast } from './parts/feedback.js';
import { Presence } from './presence.js';
import { settingsPanel } from './settings.js';
import { texts } from './texts.js';
import { ThreadView } from './thread/thread-view.js';

/** One column, as in the style sheet. */
const NARROW = matchMedia('(max-width: 639px)');
const PAGE_ROWS_IN_LIST = 8;

export class InboxApp {
  #session;
  #chat;
  #channels;
  #list;
  #thread;
  #sidebar;
  #address = new Address();
  #pageReturn = new PageReturn();
  #wasConnected = false;
  element;

  /** @param {import('./session/session.js').Session} session Signed in. */
  constructor(session) {
    this.#session = session;
    this.#chat = createChat({
      api: location.origin,
      scope: 'admin',
      actorId: session.me,
      getToken: () => session.token,
      fetch: session.fetch,
      onReturn: (run) => this.#pageReturn.add(run),
    });
    const request = this.#request;
    const chat = this.#chat;
    const channels = (this.#channels = new Channels(request, session.me));
    const presence = new Presence(chat, session.me, request);
    const canned = new CannedAnswers(request);
    const alerts = new Alerts();
    this.#list = new ListView(channels, presence);
    this.#thread = new ThreadView({ chat, channels, presence, session, canned });
    this.#sidebar = new Sidebar(channels, this.#list, settingsPanel(alerts, canned, session));
    new Incoming({
      chat,
      channels,
      presence,
      alerts,
      isInFront: (hash) => this.#thread.isInFront(hash),
    });
    this.element = el(
      'main',
      { class: 'inbox' },
      el('h1', { class: 'hidden' }, texts.title),
      new ConnectionNotice(chat, session).element,
      this.#sidebar.element,
      this.#thread.element,
    );
    const badge = new TabBadge(texts.title);
    listen(channels, 'change', () => {
      badge.show(channels.unreadTotal);
      session.outerPage?.showUnread(channels.unreadTotal);
    });
    listen(alerts, 'open', ({ hash }) => this.open(hash));
    this.#listenToParts();
    this.#listenToConnection();
    this.#bindKeys();
  }

  start() {
    this.#chat.connect();
    this.#channels.more(1);
    if (this.#address.hash) this.open(this.#address.hash);
  }

  /** @param {string} hash @param {boolean} [isWriting] Whether the focus goes to the composer. */
  async open(hash, isWriting = false) {
    const hadListFocus = this.#list.hasFocus;
    // On a phone, going back leads to the list.
    this.#address.show(hash, NARROW.matches && !this.#thread.hash);
    this.#session.outerPage?.showOpened(hash);
    this.element.classList.add('in-thread');
    this.#list.select(hash);
    await this.#thread.open(hash);
    if (this.#thread.hash !== hash) return;
    if (isWriting) this.#thread.focusComposer();
    else if (NARROW.matches && hadListFocus) this.#thread.focus();
  }

  /** Closes the open conversation. */
  leave() {
    const { hash } = this.#thread;
    if (!hash) return;
    this.#address.clear();
    this.#session.outerPage?.showOpened('');
    this.element.classList.remove('in-thread');
    this.#thread.close();
    this.#list.select(undefined);
    this.#list.moveCursorTo(hash);
    this.#list.focus();
  }

  #listenToParts() {
    listen(this.#list, 'open', ({ hash }) => this.open(hash));
    listen(this.#thread, 'leave', () => this.leave());
    listen(this.#thread, 'leave-composer', () => this.#list.focus());
    listen(this.#sidebar, 'new-conversation', () => this.#newConversation());
    const show = (/** @type {{ hash: string }} */ { hash }) =>
      hash ? this.open(hash) : this.leave();
    listen(this.#address, 'change', show);
    if (this.#session.outerPage) listen(this.#session.outerPage, 'open', show);
  }

  #listenToConnection() {
    listen(this.#chat, 'error', ({ error }) => this.#session.refused(error));
    listen(this.#chat, 'status', ({ status }) => {
      if (status !== 'open') return;
      // Pushes may have been lost.
      if (this.#wasConnected || this.#channels.shown.error) this.#reconcile();
      this.#wasConnected = true;
    });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible' && this.#wasConnected) this.#channels.reconcile();
    });
    this.#session.addEventListener('end', () => this.#reconcile());
    this.#session.addEventListener('token', () => {
      this.#thread.retry();
      this.#pageReturn.run();
      this.#reconcile();
    });
  }

  #bindKeys() {
    const list = this.#list;
    const reply = () => this.#thread.focusComposer();
    new Keyboard(
      {
        everywhere: {
          j: () => this.#openNeighbor(1),
          k: () => this.#openNeighbor(-1),
          e: () => this.#finish(),
          r: reply,
          n: () => this.#newConversation(),
          '/': () => this.#sidebar.search.focus(),
          '?': showShortcuts,
          Escape: () => (this.#channels.term ? this.#sidebar.search.clear() : this.leave()),
        },
        onList: {
          ArrowDown: () => list.moveCursor(1),
          ArrowUp: () => list.moveCursor(-1),
          Home: () => list.moveCursor(-Infinity),
          End: () => list.moveCursor(Infinity),
          PageDown: () => list.moveCursor(PAGE_ROWS_IN_LIST),
          PageUp: () => list.moveCursor(-PAGE_ROWS_IN_LIST),
          Enter: () => (list.cursor && list.hasFocus ? this.open(list.cursor, true) : reply()),
        },
        inLog: { Enter: reply },
      },
      () => list.hasFocus,
    );
  }

  /** @param {number} rows Down; negative: up. */
  #openNeighbor(rows) {
    const hash = this.#list.neighbor(this.#thread.hash || this.#list.cursor, rows);
    if (!hash) return;
    this.#list.focus();
    if (hash !== this.#thread.hash) this.open(hash);
  }

  /** Marks as read, and goes on to the next unread conversation. */
  async #finish() {
    const hash = this.#thread.hash || this.#list.cursor;
    if (!hash) return;
    try {
      if (this.#thread.hash) await this.#thread.markRead();
      else await this.#channels.markRead(hash);
      const next = await this.#channels.nextUnread(hash);
      if (next && this.#thread.hash) this.open(next);
      else if (next) this.#list.moveCursorTo(next);
      else toast(texts.allRead);
    } catch (error) {
      toast(errorText(error));
    }
  }

  #newConversation() {
    newConversation({
      find: (id) => this.#channels.ofCustomer(id),
      open: (hash) => this.open(hash, true),
      begin: (id) => this.#channels.begin(id),
      search: (text) => this.#sidebar.search.show(text),
    });
  }

  /** Reads the list again as far as it is looked at. */
  #reconcile() {
    this.#channels.reconcile(Math.max(2, this.#list.rowsInView));
  }

  /** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
  #request = (method, path, body) => this.#session.watch(this.#chat.request(method, path, body));
}
