// @ts-check
/**
 * The conversations of the shop: all in the order of their activity, or those that a search found.
 *
 * Responses of the server are the truth. Pushes are applied at once; where a push does not say
 * enough, its channel is fetched again. When pushes may have been lost, the list is read again.
 *
 * Events: `change` {hash?}, and `grow` {by} when the server knows of more unread messages than this
 * page did.
 */

import { emit, listen } from '../../ui/events.js';
import { ChannelFetcher } from './channel-fetcher.js';
import { ChannelRows } from './channel-rows.js';
import { ChannelStore, isByMember, isWithAdmin } from './channel-store.js';
import { ListRefresh } from './list-refresh.js';
import { UnreadTotal } from './unread-total.js';

const PAGE_ROWS = 50;
export const SEARCH_MIN_LENGTH = 3;
const SEARCH_PAUSE_MS = 180;
/** How many pages are read in search of an unread conversation. */
const NEXT_UNREAD_PAGES = 4;

/** @typedef {import('./channel-store.js').ChannelView} ChannelView */

export class Channels extends EventTarget {
  #request;
  #me;
  #store;
  #fetcher;
  #unread;
  #all = new ChannelRows();
  /** @type {ChannelRows | undefined} */
  #found;
  #term = '';
  /** @type {any} */
  #searchTimer;
  #refresh = new ListRefresh(
    (count) => this.#reconcile(count),
    () => this.#unread.settle(),
  );

  /**
   * @param {(method: string, path: string, body?: unknown) => Promise<any>} request
   * @param {string} me The reader's id.
   */
  constructor(request, me) {
    super();
    this.#request = request;
    this.#me = me;
    this.#store = new ChannelStore(me);
    this.#fetcher = new ChannelFetcher(
      async (hash) => (await request('GET', pathOf(hash))).channel,
      (view) => this.#accept(view),
    );
    this.#unread = new UnreadTotal(async () => {
      if (this.#refresh.isDue) return void this.#refresh.run();
      return (await request('GET', 'messages/unread-count')).unread_count;
    });
    listen(this.#unread, 'change', () => emit(this, 'change', {}));
    listen(this.#unread, 'grow', (detail) => emit(this, 'grow', detail));
  }

  /** @returns {ChannelRows} What was searched for, else everything. */
  get shown() {
    return this.#found ?? this.#all;
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

  /** @param {ChannelView} view A channel that was opened or created. */
  add(view) {
    this.#store.put(view);
    this.#place(view.channel_hash);
    this.#changed(view.channel_hash);
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

  /** @param {string} customer_id @returns {Promise<string>} The hash of a conversation with them. */
  async begin(customer_id) {
    const { channel } = await this.#request('POST', 'channels', { customer_id });
    this.add(channel);
    return channel.channel_hash;
  }

  /**
   * @param {string} from
   * @returns {Promise<string | undefined>} The next channel with unread messages. After the last
   *   one comes the first.
   */
  async nextUnread(from) {
    const rows = this.shown;
    const isUnread = (/** @type {string} */ hash) =>
      hash !== from && (this.#store.get(hash)?.unread_count ?? 0) > 0;
    for (let pages = 0; ; pages++) {
      const start = rows.hashes.indexOf(from) + 1;
      const next = [...rows.hashes.slice(start), ...rows.hashes.slice(0, start)].find(isUnread);
      if (next || pages === NEXT_UNREAD_PAGES || rows.isComplete || !this.unreadTotal) return next;
      await this.more(rows.hashes.length + PAGE_ROWS);
    }
  }

  /** @param {string} hash Marks everything in it as read. */
  async markRead(hash) {
    const channel = this.#store.get(hash);
    if (!channel?.unread_count) return;
    const body = { seq: channel.last_seq };
    this.mark(hash, (await this.#request('PUT', `${pathOf(hash)}/read`, body)).member);
  }

  /** @param {any} envelope A push. */
  apply(envelope) {
    const { event, channel_hash, seq, payload } = envelope;
    if (event === 'chat.channel.read') return this.mark(channel_hash, payload.member);
    if (!seq) return;
    const isNew = event === 'chat.message.created';
    const isKnown = this.#store.get(channel_hash) !== undefined;
    // A new conversation changes the count of the list, too.
    if (isNew && !isKnown) this.#refresh.request(1);
    this.#unread.add(isNew && isByMember(payload?.message) ? 1 : 0);
    const isStale = this.#store.apply(envelope);
    if (isNew && isKnown) this.#place(channel_hash);
    if (isStale || (isNew && !isKnown)) this.#fetcher.fetch(channel_hash);
    this.#changed(channel_hash);
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
    const rows = new ChannelRows();
    const pageRows = count > PAGE_ROWS ? 2 * PAGE_ROWS : PAGE_ROWS;
    let total;
    do total = (await this.#readPage(rows, pageRows)) ?? total;
    while (rows.hashes.length < count && !rows.isComplete);
    rows.keep(this.#all, this.#store.compare, mayHaveMissedPushes);
    this.#all = rows;
    if (mayHaveMissedPushes && this.#found) this.#search(this.#found.term);
    this.#unread.correct(total, version);
    this.#changed();
  }

  /** @param {ChannelRows} rows */
  async #read(rows) {
    let isFirst = !rows.hasStarted && !rows.term;
    const version = this.#unread.version;
    while (rows.isMissingRows) {
      const total = await this.#readPage(rows, PAGE_ROWS);
      if (isFirst) {
        // Channels that were opened or pushed while the page was on its way.
        for (const hash of this.#store.hashes) if (!rows.hashes.includes(hash)) this.#place(hash);
        this.#unread.start(total, version);
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
    const query = new URLSearchParams({ limit: String(limit) });
    if (rows.term) query.set('search', rows.term);
    if (rows.cursor) query.set('cursor', rows.cursor);
    const page = await this.#request('GET', `channels?${query}`);
    /** @type {ChannelView[]} */
    const views = page.channels;
    for (const view of views) if (!this.#store.put(view)) this.#fetcher.fetch(view.channel_hash);
    rows.append(
      views.map(({ channel_hash }) => channel_hash),
      page.count,
      page.next_cursor ?? null,
    );
    return page.unread_count;
  }

  /** @param {string} term */
  async #search(term) {
    const rows = new ChannelRows(term);
    rows.requested = 1;
    await this.#read(rows).catch((error) => (rows.error = error));
    if (term !== this.#term) return;
    this.#found = rows;
    this.#changed();
  }

  /** @param {ChannelView} view @returns {boolean} False if it is outdated. */
  #accept(view) {
    if (!this.#store.put(view)) return false;
    this.#place(view.channel_hash);
    this.#changed(view.channel_hash);
    return true;
  }

  /** @param {string} hash */
  #place(hash) {
    this.#all.place(hash, this.#store.compare);
    this.#found?.place(hash, this.#store.compare);
  }

  /** @param {string} [hash] The one that changed; without it, the list. */
  #changed(hash) {
    emit(this, 'change', { hash });
  }
}

/** @param {string} hash */
const pathOf = (hash) => `channels/${encodeURIComponent(hash)}`;
