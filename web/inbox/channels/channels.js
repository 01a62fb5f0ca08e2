// @ts-check
/**
 * The conversations of the shop: those of a view in its order, or those that a search found.
 *
 * Responses of the server are the truth. Pushes are applied at once; where a push does not say
 * enough, its channel is fetched again. When pushes may have been lost, the list is read again.
 *
 * Events: `change` {hash?}, and `grow` {by} when the server knows of more unread messages than this
 * page did.
 */

import { emit, listen } from '../../ui/events.js';
import { includes } from '../parts/format.js';
import { displayName } from '../parts/people.js';
import { ChannelFetcher } from './channel-fetcher.js';
import { ChannelRows } from './channel-rows.js';
import { ChannelStore, isByMember, isWithAdmin } from './channel-store.js';
import { ListRefresh } from './list-refresh.js';
import { QueueCounts } from './queue-counts.js';
import { UnreadTotal } from './unread-total.js';
import { isWaiting, viewOf } from './views.js';

const PAGE_ROWS = 50;
export const SEARCH_MIN_LENGTH = 3;
const SEARCH_PAUSE_MS = 180;
/** How many of those who wait longest are looked at for one that no other admin has open. */
const NEXT_ROWS = 20;

/** @typedef {import('./channel-store.js').ChannelView} ChannelView */

export class Channels extends EventTarget {
  #request;
  #me;
  #store;
  #fetcher;
  #unread;
  #queues;
  #view;
  /** @type {Map<string, ChannelRows>} Each view as far as it was read, by its key. */
  #views = new Map();
  /** @type {ChannelRows | undefined} */
  #found;
  #term = '';
  /** Whether the first page of a view was read. */
  #hasOpened = false;
  /** @type {any} */
  #searchTimer;
  #refresh = new ListRefresh(
    (count) => this.#reconcile(count),
    () => this.#unread.settle(),
  );

  /**
   * @param {(method: string, path: string, body?: unknown) => Promise<any>} request
   * @param {string} me The reader's id.
   * @param {string | null} view The key of the view to begin with.
   */
  constructor(request, me, view) {
    super();
    this.#request = request;
    this.#me = me;
    this.#view = viewOf(view);
    this.#store = new ChannelStore(me);
    this.#fetcher = new ChannelFetcher(
      async (hash) => (await request('GET', pathOf(hash))).channel,
      (view) => this.#accept(view),
    );
    this.#unread = new UnreadTotal(async () => {
      if (this.#refresh.isDue) return void this.#refresh.run();
      return (await request('GET', 'messages/unread-count')).unread_count;
    });
    this.#queues = new QueueCounts(async () => (await request('GET', 'counts')).counts, me);
    listen(this.#queues, 'change', () => emit(this, 'change', {}));
    listen(this.#unread, 'change', () => emit(this, 'change', {}));
    listen(this.#unread, 'grow', (detail) => emit(this, 'grow', detail));
  }

  /** @returns {ChannelRows} What was searched for, else the view. */
  get shown() {
    return this.#found ?? this.#listed;
  }

  /** @returns {ChannelRows} */
  get #listed() {
    const { key } = this.#view;
    const rows = this.#views.get(key) ?? new ChannelRows(this.#view);
    this.#views.set(key, rows);
    return rows;
  }

  get view() {
    return this.#view;
  }

  /** How many conversations the views have. */
  get queues() {
    return this.#queues;
  }

  /** @param {string} key Of a view, which is shown from now on. */
  show(key) {
    this.search('');
    if (key === this.#view.key) return;
    this.#view = viewOf(key);
    if (this.#listed.hasStarted) this.reconcile();
    else this.more(1);
    this.#changed();
  }

  get term() {
    return this.#term;
  }

  get isTermTooShort() {
    return this.#term !== '' && this.#term.length < SEARCH_MIN_LENGTH;
  }

  get isSearching() {
    return this.#term.length >= SEARCH_MIN_LENGTH && this.#found?.term !== this.#term;
  }

  /** The reader's unread messages in all conversations. */
  get unreadTotal() {
    return this.#unread.value;
  }

  /** @param {string} hash */
  get(hash) {
    return this.#store.get(hash);
  }

  /** @param {string} hash Whether its customer has other conversations, too. */
  isOneOfSeveral(hash) {
    return this.#store.isOneOfSeveral(hash);
  }

  /** @param {string} customer An id. @returns {ChannelView[]} The known ones, newest first. */
  allOf(customer) {
    return this.#store.allOf(customer);
  }

  /** @param {string} hash @returns {import('../parts/people.js').Person} */
  customerOf(hash) {
    const [, one = '', two = ''] = hash.split(':');
    // Until the channel is known, the hash has to say which of the two is the customer.
    return this.get(hash)?.customer ?? { id: /^(cus|guest)_/.test(one) ? one : two };
  }

  /**
   * @param {string} text
   * @param {number} limit
   * @returns {ChannelView[]} Known conversations of customers with such a name or address.
   */
  known(text, limit) {
    const found = [];
    for (const hash of this.#store.hashes) {
      const view = /** @type {ChannelView} */ (this.#store.get(hash));
      const { email } = view.customer;
      if (includes(displayName(view.customer), text) || (email && includes(email, text)))
        found.push(view);
    }
    return found
      .sort((a, b) => this.#store.compare(a.channel_hash, b.channel_hash))
      .slice(0, limit);
  }

  /**
   * @param {string} text At least `SEARCH_MIN_LENGTH` characters.
   * @param {number} limit
   * @returns {Promise<ChannelView[]>} What the server finds for it.
   */
  async lookUp(text, limit) {
    const query = new URLSearchParams({ search: text, limit: String(limit) });
    /** @type {{ channels: ChannelView[] }} */
    const { channels } = await this.#request('GET', `channels?${query}`);
    for (const view of channels) this.#put(view);
    return channels;
  }

  /** Reads until this many rows are there. @param {number} count */
  more(count) {
    const rows = this.shown;
    rows.requested = Math.max(rows.requested, count);
    if (rows.loading || !rows.isMissingRows) return rows.loading;
    rows.error = undefined;
    rows.loading = this.#read(rows)
      .catch((error) => {
        rows.error = error;
      })
      .finally(() => {
        rows.loading = undefined;
        this.#changed();
      });
    return rows.loading;
  }

  /** @param {string} text */
  search(text) {
    const term = text.trim();
    if (term === this.#term) return;
    this.#term = term;
    clearTimeout(this.#searchTimer);
    if (term.length < SEARCH_MIN_LENGTH) this.#found = undefined;
    else this.#searchTimer = setTimeout(() => this.#search(term), SEARCH_PAUSE_MS);
    this.#changed();
  }

  /** @param {ChannelView} view A channel that was opened, created or changed. */
  add(view) {
    this.#put(view);
    this.#place(view.channel_hash);
    this.#changed(view.channel_hash);
  }

  /** @param {string} hash @returns {string} The newest note, if no message follows it. */
  note(hash) {
    return this.#store.note(hash);
  }

  /**
   * Changes the staff's side of a conversation, here at once.
   * @param {string} hash @param {Record<string, unknown>} fields As route 29 takes them.
   */
  async change(hash, fields) {
    const before = this.#store.get(hash);
    this.#store.patch(hash, {
      ...fields,
      ...(fields.status === 'closed' && { unanswered_since: null }),
      ...('assignee_id' in fields && { assignee: null }),
    });
    this.#queues.moved(before, this.#store.get(hash));
    this.#place(hash);
    this.#changed(hash);
    try {
      this.add((await this.#request('PUT', pathOf(hash), fields)).channel);
    } catch (error) {
      if (before) this.#store.patch(hash, before);
      this.#place(hash);
      this.#queues.settle();
      this.#fetcher.fetch(hash);
      this.#changed(hash);
      throw error;
    }
  }

  /** @param {string} hash Counts as unread from the member's newest message on. */
  async markUnread(hash) {
    const { unread_count } = await this.#request('PUT', `${pathOf(hash)}/unread`, {});
    const by = unread_count - (this.#store.get(hash)?.unread_count ?? 0);
    this.#store.patch(hash, { unread_count });
    this.#unread.add(by);
    this.#changed(hash);
  }

  /**
   * @param {string} hash
   * @returns {Promise<ChannelView | undefined>} The channel, from the server if it is not known.
   */
  async find(hash) {
    const known = this.#store.get(hash);
    if (known) return known;
    try {
      const { channel } = await this.#request('GET', pathOf(hash));
      this.add(channel);
      return channel;
    } catch (error) {
      if (/** @type {any} */ (error).status === 404) return undefined;
      throw error;
    }
  }

  /**
   * @param {string} id Of a customer or guest.
   * @returns {Promise<string | undefined>} Their conversation, the one with the shop if there are
   *   several.
   */
  async ofCustomer(id) {
    const query = new URLSearchParams({ search: id, limit: String(PAGE_ROWS) });
    /** @type {{ channels: ChannelView[] }} */
    const { channels } = await this.#request('GET', `channels?${query}`);
    for (const view of channels) this.#store.put(view);
    const known = this.#store.hashes.map((hash) => /** @type {ChannelView} */ (this.get(hash)));
    const theirs = [...channels, ...known].filter(({ customer }) => customer.id === id);
    const found = theirs.find((view) => !isWithAdmin(view)) ?? theirs[0];
    return found?.channel_hash;
  }

  /** @param {string} customer_id @returns {Promise<string>} The hash of the conversation. */
  async begin(customer_id) {
    const { channel } = await this.#request('POST', 'channels', { customer_id });
    this.add(channel);
    return channel.channel_hash;
  }

  /**
   * @param {string[]} done Conversations that are being answered or closed.
   * @param {(hash: string) => boolean} isTaken Whether another admin looks at it.
   * @returns {Promise<string | undefined>} The one that waits longest: one that no other admin
   *   looks at, if there is one.
   */
  async nextWaiting(done, isTaken) {
    const query = new URLSearchParams({ order: 'waiting', limit: String(NEXT_ROWS) });
    /** @type {{ channels: ChannelView[] }} */
    const { channels } = await this.#request('GET', `channels?${query}`);
    for (const view of channels) this.#put(view);
    const waiting = channels
      .map(({ channel_hash }) => channel_hash)
      .filter((hash) => !done.includes(hash) && isWaiting(/** @type {any} */ (this.get(hash))));
    return waiting.find((hash) => !isTaken(hash)) ?? waiting[0];
  }

  /** @param {string} hash Marks everything in it as read. */
  async markRead(hash) {
    const channel = this.#store.get(hash);
    if (!channel?.unread_count) return;
    const body = { seq: channel.last_seq };
    const { member, unread_count } = await this.#request('PUT', `${pathOf(hash)}/read`, body);
    this.mark(hash, member);
    // Where the mark did not move, the reader had marked it as unread.
    const before = this.#store.get(hash)?.unread_count ?? 0;
    if (before === unread_count || this.#store.get(hash)?.last_seq !== body.seq) return;
    this.#store.patch(hash, { unread_count });
    this.#unread.add(unread_count - before);
    this.#changed(hash);
  }

  /** @param {any} envelope A push. */
  apply(envelope) {
    const { event, channel_hash, seq, staff_seq, payload } = envelope;
    if (event === 'chat.channel.read') return this.#markByPush(channel_hash, payload.member);
    if (staff_seq) return this.#applyWork(envelope);
    if (!seq) return;
    const isNew = event === 'chat.message.created';
    const isKnown = this.#store.get(channel_hash) !== undefined;
    // A new conversation changes the count of the list, too.
    if (isNew && !isKnown) this.#refresh.request(1);
    this.#unread.add(isNew && isByMember(payload?.message) ? 1 : 0);
    const before = this.#store.get(channel_hash);
    const isStale = this.#store.apply(envelope);
    this.#queues.moved(before, this.#store.get(channel_hash));
    if (isNew && isKnown) this.#place(channel_hash);
    if (isStale || (isNew && !isKnown)) this.#fetcher.fetch(channel_hash);
    this.#changed(channel_hash);
  }

  /** @param {any} envelope A push about the staff's work. */
  #applyWork(envelope) {
    const { channel_hash } = envelope;
    const before = this.#store.get(channel_hash);
    if (!before) this.#queues.settle();
    const isStale = this.#store.applyWork(envelope);
    this.#queues.moved(before, this.#store.get(channel_hash));
    this.#place(channel_hash);
    // One that was not known may belong into the view.
    if (isStale || !before) this.#fetcher.fetch(channel_hash);
    this.#changed(channel_hash);
  }

  /** @param {string} hash @param {import('./channel-store.js').Member} member */
  #markByPush(hash, member) {
    const known = this.#store.get(hash)?.members.find(({ user_id }) => user_id === this.#me);
    // The reader has marked it as unread, in another tab.
    const isUnread = member.user_id === this.#me && known?.last_read_seq === member.last_read_seq;
    if (isUnread) this.#fetcher.fetch(hash);
    this.mark(hash, member);
  }

  /** @param {string} hash @param {import('./channel-store.js').Member} member */
  mark(hash, member) {
    const isMine = member.user_id === this.#me;
    const marked = this.#store.mark(hash, member);
    if (!marked) {
      if (isMine && !this.#store.get(hash)) this.#unread.settle();
      return;
    }
    if (marked.isStale) this.#fetcher.fetch(hash);
    if (isMine) this.#unread.add(-marked.read);
    this.#changed(hash);
  }

  /**
   * Reads the list again from the top.
   * @param {number} [rows] After a reconnect as many as have been looked at; else the first page.
   */
  reconcile(rows = 1) {
    return this.#refresh.run(rows);
  }

  /** @param {number} count Above 1, pushes may have been lost, so nothing older is kept. */
  async #reconcile(count) {
    const mayHaveMissedPushes = count > 1;
    const version = this.#unread.version;
    const view = this.#view;
    const rows = new ChannelRows(view);
    const pageRows = count > PAGE_ROWS ? 2 * PAGE_ROWS : PAGE_ROWS;
    let total;
    do total = (await this.#readPage(rows, pageRows)) ?? total;
    while (rows.hashes.length < count && !rows.isComplete);
    if (mayHaveMissedPushes) {
      // The other views are read again when they are shown.
      for (const key of this.#views.keys()) if (key !== view.key) this.#views.delete(key);
    }
    const earlier = this.#views.get(view.key);
    if (earlier) rows.keep(earlier, this.#comparison(rows), mayHaveMissedPushes);
    this.#views.set(view.key, rows);
    if (mayHaveMissedPushes && this.#found) this.#search(this.#found.term);
    this.#unread.correct(total, version);
    this.#changed();
  }

  /** @param {ChannelRows} rows */
  async #read(rows) {
    let isFirst = !rows.hasStarted && !rows.term;
    const isOpening = !this.#hasOpened;
    const version = this.#unread.version;
    while (rows.isMissingRows) {
      const total = await this.#readPage(rows, PAGE_ROWS);
      if (isFirst) {
        // Channels that were opened or pushed while the page was on its way.
        for (const hash of this.#store.hashes) if (!rows.hashes.includes(hash)) this.#place(hash);
        if (isOpening) this.#unread.start(total, version);
        else this.#unread.correct(total, version);
        this.#hasOpened = true;
      }
      isFirst = false;
      this.#changed();
    }
  }

  /**
   * @param {ChannelRows} rows
   * @param {number} limit
   * @returns {Promise<number | undefined>} The unread total, which the first page contains.
   */
  async #readPage(rows, limit) {
    const version = this.#queues.version;
    const query = new URLSearchParams({ limit: String(limit), ...rows.view.query });
    if (rows.term) query.set('search', rows.term);
    if (rows.cursor) query.set('cursor', rows.cursor);
    const page = await this.#request('GET', `channels?${query}`);
    /** @type {ChannelView[]} */
    const views = page.channels;
    for (const view of views) if (!this.#put(view)) this.#fetcher.fetch(view.channel_hash);
    this.#queues.correct(page.counts, version);
    rows.append(
      views.map(({ channel_hash }) => channel_hash),
      page.count,
      page.next_cursor ?? null,
    );
    return page.unread_count;
  }

  /** @param {string} term */
  async #search(term) {
    const rows = new ChannelRows(undefined, term);
    rows.requested = 1;
    await this.#read(rows).catch((error) => (rows.error = error));
    if (term !== this.#term) return;
    this.#found = rows;
    this.#changed();
  }

  /** @param {ChannelView} view @returns {boolean} False if it is outdated. */
  #accept(view) {
    if (!this.#put(view)) return false;
    this.#place(view.channel_hash);
    this.#changed(view.channel_hash);
    return true;
  }

  /** @param {string} hash */
  #place(hash) {
    const channel = this.#store.get(hash);
    if (!channel) return;
    for (const rows of [...this.#views.values(), this.#found])
      rows?.place(hash, rows.view.fits(channel, this.#me), this.#comparison(rows));
  }

  /** @param {ChannelRows} rows */
  #comparison({ view, term }) {
    return view.isByWaiting && !term ? this.#store.compareWaiting : this.#store.compare;
  }

  /** @param {ChannelView} view @returns {boolean} False if it is outdated. */
  #put(view) {
    const before = this.#store.get(view.channel_hash);
    const isNew = this.#store.put(view);
    if (before && isNew) this.#queues.moved(before, view);
    return isNew;
  }

  /** @param {string} [hash] The one that changed; without it, the list. */
  #changed(hash) {
    emit(this, 'change', { hash });
  }
}

/** @param {string} hash */
const pathOf = (hash) => `channels/${encodeURIComponent(hash)}`;
