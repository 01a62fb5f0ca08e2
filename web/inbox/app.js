// @ts-check
/**
 * The inbox of one admin: creates the parts and connects them. Opening it costs two requests: the
 * first page of the list, and a ticket for the socket.
 */

import { createChat } from '../client/full-chat.js';
import { StaffLogs } from '../client/staff-logs.js';
import { el } from '../ui/dom.js';
import { listen } from '../ui/events.js';
import { Address } from './address.js';
import { Alerts } from './alerts/alerts.js';
import { TabBadge } from './alerts/tab-badge.js';
import { Channels } from './channels/channels.js';
import { CannedAnswers } from './composer/canned.js';
import { Drafts } from './composer/drafts.js';
import { ConnectionNotice } from './connection-notice.js';
import { Desk } from './desk.js';
import { newConversation, showShortcuts } from './dialogs.js';
import { Incoming } from './incoming.js';
import { Keyboard } from './keyboard.js';
import { Labels } from './labels.js';
import { BulkBar } from './list/bulk-bar.js';
import { ListView } from './list/list.js';
import { Sidebar } from './list/sidebar.js';
import { ViewsNav } from './list/views-nav.js';
import { PageReturn } from './page-return.js';
import { errorText, toast } from './parts/feedback.js';
import { filled } from './parts/format.js';
import { openMenu } from './parts/menu.js';
import { readStored, writeStored } from './parts/storage.js';
import { Presence } from './presence.js';
import { settingsPanel } from './settings.js';
import { texts } from './texts.js';
import { ThreadView } from './thread/thread-view.js';
import { Work } from './work.js';

/** One column, as in the style sheet. */
const NARROW = matchMedia('(max-width: 639px)');
const PAGE_ROWS_IN_LIST = 8;
/** What was answered or closed may be in the server's queue for this long. */
const DONE_MS = 5_000;
const VIEW_KEY = 'chat-inbox:view';

export class InboxApp {
  #session;
  #chat;
  #channels;
  #list;
  #thread;
  #sidebar;
  #views;
  #bulk;
  #presence;
  #labels;
  #work;
  #desk;
  #address = new Address();
  #pageReturn = new PageReturn();
  #wasConnected = false;
  /** @type {Set<string>} Conversations that were answered or closed a moment ago. */
  #done = new Set();
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
    const view = readStored('localStorage', VIEW_KEY);
    const channels = (this.#channels = new Channels(request, session.me, view));
    const presence = (this.#presence = new Presence(chat, session.me, request));
    const canned = new CannedAnswers(request);
    const labels = (this.#labels = new Labels(request));
    const drafts = new Drafts(session.me);
    const alerts = new Alerts();
    const staffLogs = new StaffLogs(chat, {
      actorId: session.me,
      onReturn: (run) => this.#pageReturn.add(run),
    });
    this.#work = new Work(channels);
    this.#list = new ListView({ channels, presence, labels, drafts });
    this.#thread = new ThreadView({
      chat,
      channels,
      presence,
      session,
      canned,
      staffLogs,
      labels,
      drafts,
    });
    this.#views = new ViewsNav(channels, presence, labels);
    this.#bulk = new BulkBar();
    const settings = settingsPanel(alerts, canned, labels, session);
    this.#sidebar = new Sidebar(channels, this.#list, settings, this.#views, this.#bulk);
    this.#desk = new Desk({ channels, presence, labels, work: this.#work });
    new Incoming({
      me: session.me,
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
      this.#views.element,
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

  /** Closes the open conversation's page. @param {boolean} [isAllDone] Nobody waits any more. */
  leave(isAllDone = false) {
    const { hash } = this.#thread;
    if (!hash) return;
    this.#address.clear();
    this.#session.outerPage?.showOpened('');
    this.element.classList.remove('in-thread');
    this.#thread.close(isAllDone);
    this.#list.select(undefined);
    this.#list.moveCursorTo(hash);
    this.#list.focus();
  }

  #listenToParts() {
    listen(this.#list, 'open', ({ hash }) => this.open(hash));
    listen(this.#thread, 'leave', () => this.leave());
    listen(this.#thread, 'leave-composer', () => this.#list.focus());
    listen(this.#sidebar, 'new-conversation', () => this.#newConversation());
    listen(this.#views, 'choose', ({ key }) => this.#showView(key));
    listen(this.#thread, 'finish', () => this.#finish());
    listen(this.#thread, 'assign', ({ anchor }) => this.#assign(anchor));
    listen(this.#thread, 'snooze', ({ anchor }) => this.#snooze(anchor));
    listen(this.#thread, 'more', ({ anchor }) => this.#more(anchor));
    listen(this.#thread, 'sent-with', (sent) => this.#sentWith(sent));
    listen(this.#work, 'undone', ({ hashes }) => hashes.length === 1 && this.open(hashes[0]));
    this.#listenToBulk();
    // What the list can show without it is shown first: opening costs two requests.
    for (const type of ['pointermove', 'pointerdown', 'keydown'])
      addEventListener(type, () => this.#loadNames(), { once: true, passive: true });
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

  #listenToBulk() {
    const list = this.#list;
    const { progress } = this.#bulk;
    const run = async (/** @type {Promise<void>} */ work) => {
      await work;
      list.untick();
    };
    listen(list, 'tick', () => this.#bulk.show(list.ticked.length));
    listen(this.#bulk, 'clear', () => list.untick());
    listen(this.#bulk, 'close', () => run(this.#desk.close(list.ticked, progress)));
    listen(this.#bulk, 'assign', ({ anchor }) =>
      this.#desk.openAssign(anchor, list.ticked, (work) => run(work), progress),
    );
    listen(this.#bulk, 'label', ({ anchor }) =>
      this.#desk.openLabels(anchor, list.ticked, progress),
    );
  }

  /** The names of labels and admins. */
  #loadNames() {
    this.#labels.load().catch(() => {});
    this.#presence.loadStaff().catch(() => {});
  }

  /** @param {string} key */
  #showView(key) {
    this.#sidebar.search.clear();
    writeStored('localStorage', VIEW_KEY, key);
    this.#channels.show(key);
  }

  #bindKeys() {
    const list = this.#list;
    const reply = () => this.#thread.focusComposer();
    const note = () => this.#thread.hash && this.#thread.focusComposer(true);
    const inThread = (/** @type {string} */ name, /** @type {(anchor: Element) => void} */ run) =>
      this.#current && run(this.#thread.hash ? this.#thread.anchor(name) : list.anchor);
    new Keyboard(
      {
        everywhere: {
          j: () => this.#openNeighbor(1),
          k: () => this.#openNeighbor(-1),
          e: () => this.#finish(),
          a: () => inThread('assign', (anchor) => this.#assign(anchor)),
          i: () => this.#current && this.#desk.assignToMe([this.#current]),
          s: () => inThread('snooze', (anchor) => this.#snooze(anchor)),
          l: () => inThread('more', (anchor) => this.#label(anchor)),
          u: () => this.#markUnread(),
          x: () => list.tick(list.cursor),
          r: reply,
          n: note,
          c: () => this.#newConversation(),
          '/': () => this.#sidebar.search.focus(),
          '?': showShortcuts,
          Escape: () => (this.#channels.term ? this.#sidebar.search.clear() : this.leave()),
        },
        sequences: {
          g: {
            w: () => this.#showView('waiting'),
            m: () => this.#showView('mine'),
            u: () => this.#showView('unassigned'),
            s: () => this.#showView('snoozed'),
            c: () => this.#showView('closed'),
            a: () => this.#showView('all'),
          },
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

  /** The conversation that the keys act on. */
  get #current() {
    return this.#thread.hash || this.#list.cursor;
  }

  /** @param {Element} anchor */
  #assign(anchor) {
    if (this.#current) this.#desk.openAssign(anchor, [this.#current]);
  }

  /** @param {Element} anchor */
  #snooze(anchor) {
    if (this.#current) this.#desk.openSnooze(anchor, this.#current);
  }

  /** @param {Element} anchor */
  #label(anchor) {
    if (this.#current) this.#desk.openLabels(anchor, [this.#current]);
  }

  /** @param {Element} anchor */
  #more(anchor) {
    const { hash } = this.#thread;
    const isUnread = (this.#channels.get(hash)?.unread_count ?? 0) > 0;
    openMenu(anchor, texts.more, () => [
      isUnread
        ? { label: texts.markRead, run: () => this.#thread.markRead() }
        : { label: texts.markUnread, hint: 'U', run: () => this.#markUnread() },
      { label: texts.labels, hint: 'L', run: () => this.#label(anchor) },
      { label: texts.copyLink, run: () => this.#copyLink(hash) },
    ]);
  }

  /** @param {string} hash */
  async #copyLink(hash) {
    const url = `${location.origin}${location.pathname}#${encodeURIComponent(hash)}`;
    const isCopied = await navigator.clipboard?.writeText(url).then(
      () => true,
      () => false,
    );
    toast(isCopied ? texts.linkCopied : url);
  }

  /** Leaves the conversation, which would be read again at once. */
  async #markUnread() {
    const hash = this.#current;
    if (!hash) return;
    if (this.#thread.hash) this.leave();
    try {
      await this.#channels.markUnread(hash);
    } catch (error) {
      toast(filled(texts.notChanged, { reason: errorText(error) }));
    }
  }

  /** @param {number} rows Down; negative: up. */
  #openNeighbor(rows) {
    const hash = this.#list.neighbor(this.#thread.hash || this.#list.cursor, rows);
    if (!hash) return;
    this.#list.focus();
    if (hash !== this.#thread.hash) this.open(hash);
  }

  /** Closes the conversation and goes on to the one that waits longest; or reopens it. */
  async #finish() {
    const hash = this.#current;
    const channel = hash && this.#channels.get(hash);
    if (!hash || !channel || channel.last_message_at === null) return;
    if (channel.status === 'closed') return this.#desk.reopen(hash);
    this.#list.release();
    const next = this.#goOn(hash);
    await this.#desk.close([hash], undefined, async () =>
      (await next) ? texts.closedNow : texts.closedAllCaughtUp,
    );
  }

  /** @param {{ hash: string, work: import('./composer/composer.js').Work }} sent */
  async #sentWith({ hash, work }) {
    this.#list.release();
    const said = work.status === 'closed' ? texts.closedNow : texts.snoozedNow;
    const next = await this.#goOn(hash);
    const reversals = new Map([[hash, { status: 'open' }]]);
    this.#work.offerUndo(
      next || work.status !== 'closed' ? said : texts.closedAllCaughtUp,
      reversals,
    );
  }

  /**
   * Opens the conversation that waits longest, unless the reader goes elsewhere meanwhile.
   * @param {string} done
   * @returns {Promise<boolean>} Whether anybody waits.
   */
  async #goOn(done) {
    const { hash } = this.#thread;
    this.#done.add(done);
    try {
      const isTaken = (/** @type {string} */ other) => this.#presence.lookers(other).length > 0;
      const next = await this.#channels.nextWaiting([...this.#done], isTaken);
      if (this.#thread.hash !== hash) return true;
      if (next && hash) this.open(next);
      else if (next) this.#list.moveCursorTo(next);
      else if (hash) this.leave(true);
      return next !== undefined;
    } catch (error) {
      this.#session.refused(error);
      return true;
    } finally {
      setTimeout(() => this.#done.delete(done), DONE_MS);
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
