// @ts-check
/**
 * The inbox of one admin: creates the parts and connects them. Opening it costs two requests: the
 * first page of the list, and a ticket for the socket.
 */

import { createChat } from '../client/full-chat.js';
import { sendVisibility } from '../client/page-visibility.js';
import { StaffLogs } from '../client/staff-logs.js';
import { channelsBeingAnswered, sendWithoutStatus } from '../client/staff-send.js';
import { el } from '../ui/dom.js';
import { listen } from '../ui/events.js';
import { Address } from './address.js';
import { Alerts } from './alerts/alerts.js';
import { TabBadge } from './alerts/tab-badge.js';
import { WebPush } from './alerts/web-push.js';
import { Channels } from './channels/channels.js';
import { CannedAnswers } from './composer/canned.js';
import { Drafts } from './composer/drafts.js';
import { ConnectionNotice } from './connection-notice.js';
import { Desk } from './desk.js';
import { DetailsPane } from './details/details-pane.js';
import { Shop } from './details/shop.js';
import { newConversation, showShortcuts } from './dialogs.js';
import { Incoming } from './incoming.js';
import { Keyboard } from './keyboard.js';
import { Labels } from './labels.js';
import { BulkBar } from './list/bulk-bar.js';
import { ListView } from './list/list.js';
import { SearchBox } from './list/search-box.js';
import { Sidebar } from './list/sidebar.js';
import { ViewsNav } from './list/views-nav.js';
import { PageReturn } from './page-return.js';
import { inboxCommands } from './palette/commands.js';
import { Palette } from './palette/palette.js';
import { errorText, toast } from './parts/feedback.js';
import { filled } from './parts/format.js';
import { openMenu } from './parts/menu.js';
import { readStored, writeStored } from './parts/storage.js';
import { Presence } from './presence.js';
import { settingsPanel } from './settings.js';
import { openShopSettings } from './shop-settings/settings-page.js';
import { ShopSettings } from './shop-settings/shop-settings.js';
import { texts } from './texts.js';
import { ThreadView } from './thread/thread-view.js';
import { TopBar } from './top/top-bar.js';
import { Work } from './work.js';

/** One column, as in the style sheet. */
const NARROW = matchMedia('(max-width: 639px)');
const PAGE_ROWS_IN_LIST = 8;
/** Two admins who arrive in one conversation within this time part. */
const ARRIVAL_MS = 10_000;
/** After this time, the other one's new place is known here. */
const PARTING_MS = 3_500;
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
  #search;
  #details;
  #shop;
  #palette;
  #push;
  #top;
  #address = new Address();
  #pageReturn = new PageReturn();
  #wasConnected = false;
  /** @type {Set<string>} Conversations that were answered or closed a moment ago. */
  #done = new Set();
  /** The conversation that the queue led to, and when. */
  #arrived = { hash: '', at: -Infinity };
  /** Whether the open conversation was closed when it was opened. */
  #wasClosed = false;
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
    sendVisibility(chat);
    const canned = new CannedAnswers(request);
    const labels = (this.#labels = new Labels(request));
    const drafts = new Drafts(session.me);
    const push = (this.#push = new WebPush(request, session.me));
    const alerts = new Alerts(push);
    const staffLogs = new StaffLogs(chat, {
      actorId: session.me,
      onReturn: (run) => this.#pageReturn.add(run),
    });
    this.#shop = new Shop(session);
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
      shop: this.#shop,
    });
    this.#views = new ViewsNav(channels, presence, labels);
    this.#bulk = new BulkBar();
    this.#search = new SearchBox(channels);
    this.#sidebar = new Sidebar(channels, this.#list, this.#search, this.#views, this.#bulk);
    this.#top = new TopBar({
      shop: this.#shopName,
      presence,
      search: this.#search,
      settings: settingsPanel(alerts, canned, labels, session, push, () => this.#editShop()),
      fetch: (url) => session.fetch(url, {}),
    });
    this.#desk = new Desk({ channels, presence, labels, work: this.#work });
    const open = (/** @type {string} */ hash) => this.open(hash);
    this.#details = new DetailsPane({
      channels,
      presence,
      labels,
      staffLogs,
      shop: this.#shop,
      request,
      open,
      desk: this.#desk,
    });
    this.#palette = new Palette({
      channels,
      open,
      commands: () => this.#commands(),
      search: (text) => this.#search.show(text),
    });
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
      this.#top.element,
      new ConnectionNotice(chat, session).element,
      this.#views.element,
      this.#sidebar.element,
      this.#thread.element,
      this.#details.element,
    );
    const badge = new TabBadge(texts.title);
    listen(channels, 'change', () => {
      badge.show(channels.unreadTotal);
      session.outerPage?.showUnread(channels.unreadTotal);
    });
    listen(alerts, 'open', ({ hash }) => this.open(hash));
    listen(push, 'open', ({ hash }) => hash && this.open(hash));
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
    this.#wasClosed = this.#channels.get(hash)?.status === 'closed';
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
    listen(this.#list, 'swipe', (swipe) => this.#swiped(swipe));
    listen(this.#thread, 'finish', () => this.#finish());
    listen(this.#thread, 'details', () => this.#details.toggle());
    listen(this.#thread, 'change', () => this.#details.show(this.#thread.hash));
    listen(this.#details, 'change', () => this.#showDetails());
    listen(this.#top, 'palette', () => this.#palette.open());
    this.#presence.addEventListener('change', () => this.#part());
    listen(this.#thread, 'assign', ({ anchor }) => this.#assign(anchor));
    listen(this.#thread, 'snooze', ({ anchor }) => this.#snooze(anchor));
    listen(this.#thread, 'more', ({ anchor }) => this.#more(anchor));
    listen(this.#thread, 'sent-with', (sent) => this.#sentWith(sent));
    listen(this.#work, 'undone', ({ hashes }) => hashes.length === 1 && this.open(hashes[0]));
    this.#listenToBulk();
    // What the list can show without it is shown first: opening costs two requests.
    const isUsed = new AbortController();
    const load = () => {
      isUsed.abort();
      this.#loadNames();
    };
    for (const type of ['pointermove', 'pointerdown', 'keydown'])
      addEventListener(type, load, { signal: isUsed.signal, passive: true });
    const show = (/** @type {{ hash: string }} */ { hash }) =>
      hash ? this.open(hash) : this.leave();
    listen(this.#address, 'change', show);
    if (this.#session.outerPage) listen(this.#session.outerPage, 'open', show);
  }

  #listenToConnection() {
    listen(this.#chat, 'error', ({ error }) => this.#session.refused(error));
    listen(this.#chat, 'opened', () => {
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

  /** @param {{ hash: string, does?: string }} swipe */
  #swiped({ hash, does }) {
    this.#list.release();
    if (does === 'close') this.#desk.close([hash]);
    else if (does === 'reopen') this.#desk.reopen(hash);
    else if (does === 'snooze') this.#desk.snooze(hash);
  }

  #showDetails() {
    const { isOpen, isSheet } = this.#details;
    this.#thread.showDetails(isOpen, isSheet && NARROW.matches);
  }

  /** The names of labels and admins, and the reply time. */
  #loadNames() {
    this.#push.renew();
    this.#top.replyTime.read();
    this.#labels.load().catch(() => {});
    this.#presence.loadStaff().catch(() => {});
  }

  /** @param {string} key */
  #showView(key) {
    this.#search.clear();
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
          e: () => this.#finish(true),
          a: () => inThread('assign', (anchor) => this.#assign(anchor)),
          i: () => this.#current && this.#desk.assignToMe([this.#current]),
          s: () => inThread('snooze', (anchor) => this.#snooze(anchor)),
          l: () => inThread('more', (anchor) => this.#label(anchor)),
          d: () => this.#details.toggle(),
          u: () => this.#markUnread(),
          x: () => list.tick(list.cursor),
          r: reply,
          n: note,
          c: () => this.#newConversation(),
          '/': () => this.#search.focus(),
          '?': showShortcuts,
          Escape: () => this.#back(),
        },
        controls: { k: () => this.#palette.open() },
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

  #back() {
    if (this.#details.isSheet) this.#details.close();
    else if (this.#channels.term) this.#search.clear();
    else this.leave();
  }

  #commands() {
    const { hash } = this.#thread;
    const anchor = (/** @type {string} */ name) =>
      this.#thread.hash ? this.#thread.anchor(name) : this.#list.anchor;
    return inboxCommands({
      channel: this.#current ? this.#channels.get(this.#current) : undefined,
      isOpen: hash !== '',
      views: this.#views.entries,
      run: {
        finish: () => this.#finish(),
        reply: () => this.#thread.focusComposer(),
        note: () => this.#thread.focusComposer(true),
        assign: () => this.#assign(anchor('assign')),
        toMe: () => this.#current && this.#desk.assignToMe([this.#current]),
        snooze: () => this.#snooze(anchor('snooze')),
        label: () => this.#label(anchor('more')),
        unread: () => this.#markUnread(),
        copyLink: () => this.#copyLink(this.#current ?? ''),
        details: () => this.#details.toggle(),
        show: (/** @type {string} */ key) => this.#showView(key),
        begin: () => this.#newConversation(),
        settings: () => this.#top.openSettings(),
        shopSettings: () => this.#editShop(),
        transcript: () => this.#sendTranscript(this.#thread.hash),
        help: showShortcuts,
      },
    });
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
      { label: texts.sendTranscript, run: () => this.#sendTranscript(hash) },
    ]);
  }

  /** Mails the conversation to the reader. @param {string} hash */
  async #sendTranscript(hash) {
    try {
      await this.#request('POST', `channels/${encodeURIComponent(hash)}/transcript`);
      toast(texts.transcriptSent);
    } catch (error) {
      const { status } = /** @type {any} */ (error);
      if (status === 400) toast(texts.transcriptNoMail);
      else toast(status === 429 ? texts.tooOften : errorText(error));
    }
  }

  #editShop() {
    openShopSettings(new ShopSettings(this.#request), this.#shopName);
  }

  get #shopName() {
    return document.documentElement.dataset.shop ?? '';
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

  /**
   * Closes the conversation and goes on to the one that waits longest; or reopens it.
   * @param {boolean} [isKey] The key says the same always: it does not reopen what another admin
   *   has closed meanwhile.
   */
  async #finish(isKey = false) {
    const hash = this.#current;
    const channel = hash && this.#channels.get(hash);
    if (!hash || !channel || channel.last_message_at === null) return;
    const isClosed = channel.status === 'closed';
    const isClosedMeanwhile = isKey && isClosed && hash === this.#thread.hash && !this.#wasClosed;
    if (isClosed && !isClosedMeanwhile) return this.#desk.reopen(hash);
    this.#list.release();
    if (isClosedMeanwhile) return void this.#goOn(hash);
    const next = this.#goOn(hash);
    await this.#desk.close([hash], undefined, async () =>
      (await next) ? texts.closedNow : texts.closedAllCaughtUp,
    );
  }

  /** @param {{ hash: string, id: string, work: import('./composer/composer.js').Work }} sent */
  async #sentWith({ hash, id, work }) {
    this.#list.release();
    const said = work.status === 'closed' ? texts.closedNow : texts.snoozedNow;
    const next = await this.#goOn(hash);
    const text = next || work.status !== 'closed' ? said : texts.closedAllCaughtUp;
    toast(text, { label: texts.undo, run: () => this.#takeStatusBack(hash, id) });
  }

  /**
   * The message stays, also one that is still on its way.
   * @param {string} hash @param {string} id
   */
  async #takeStatusBack(hash, id) {
    this.open(hash);
    try {
      await sendWithoutStatus(this.#chat, id);
      await this.#channels.change(hash, { status: 'open' });
    } catch (error) {
      toast(filled(texts.notChanged, { reason: errorText(error) }));
    }
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
      const answered = [...this.#done, ...channelsBeingAnswered(this.#chat)];
      const next = await this.#channels.nextWaiting(answered, this.#isTaken);
      if (this.#thread.hash !== hash) return true;
      if (next && hash) this.#arriveAt(next);
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

  /**
   * The queue has led here, and another admin looks here, too: one of both goes on before either
   * writes. If the queue has led both here, it is the one with the later id. The other one waits
   * for that, and goes on if that admin stays: then they were here before.
   */
  #part() {
    const { hash, at } = this.#arrived;
    if (!this.#isShared(hash) || performance.now() - at > ARRIVAL_MS) return;
    this.#arrived.hash = '';
    const isFirst = this.#presence.lookers(hash).every((other) => this.#presence.me < other);
    setTimeout(() => this.#goAway(hash), isFirst ? PARTING_MS : 0);
  }

  /** @param {string} hash */
  async #goAway(hash) {
    if (!this.#isShared(hash)) return;
    const others = [hash, ...this.#done, ...channelsBeingAnswered(this.#chat)];
    const next = await this.#channels.nextWaiting(others, this.#isTaken).catch(() => undefined);
    if (next && !this.#isTaken(next) && this.#isShared(hash)) this.#arriveAt(next);
  }

  /** @param {string} hash Whether it is open here without a reply, and at another admin's. */
  #isShared(hash) {
    return (
      hash !== '' && hash === this.#thread.hash && this.#isTaken(hash) && !this.#thread.isWriting
    );
  }

  /** @param {string} hash The queue leads there. */
  #arriveAt(hash) {
    this.#arrived = { hash, at: performance.now() };
    return this.open(hash);
  }

  /** @param {string} hash Whether another admin looks at it. */
  #isTaken = (hash) => this.#presence.lookers(hash).length > 0;

  #newConversation() {
    newConversation({
      shop: this.#shop,
      find: (id) => this.#channels.ofCustomer(id),
      open: (hash) => this.open(hash, true),
      begin: (id) => this.#channels.begin(id),
      search: (text) => this.#search.show(text),
    });
  }

  /** Reads the list again as far as it is looked at. */
  #reconcile() {
    this.#channels.reconcile(Math.max(2, this.#list.rowsInView));
  }

  /** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
  #request = (method, path, body) => this.#session.watch(this.#chat.request(method, path, body));
}
