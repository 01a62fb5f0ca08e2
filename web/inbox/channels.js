// @ts-check
/**
 * The conversations of the shop: which there are, in the order of their activity, and how much of
 * each is unread.
 *
 * What REST answers is the truth; pushes are worked into it at once, and where a push does not tell
 * enough the one channel is asked for again. After anything that may have been missed the list is
 * read anew, and the shop's total, which follows a commit by a second or two, is asked for when it
 * has been quiet for long enough to be right.
 *
 * Events: `change` {hash?}, and `grew` {by} when a look at the server shows more unread than was
 * known.
 */

import { isPassing } from '../client/http.js';

const ROWS_AT_ONCE = 50;
const SEARCH_FROM = 3;
const SEARCH_PAUSE_MS = 180;
/** The server's total is right so long after the last push. */
const SETTLE_MS = 3_000;
const FETCH_TRIES = 5;

/**
 * @typedef {import('./parts.js').Person} Customer
 * @typedef {import('../client/thread.js').Message & { is_own?: boolean }} Last
 * @typedef {object} ChannelView
 * @property {string} channel_hash
 * @property {Customer} customer
 * @property {number} unread_count
 * @property {Last | null} last_message
 * @property {string | null} last_message_at
 * @property {number} last_seq
 * @property {string} created_at
 * @property {import('../client/thread.js').Member[]} members
 * @property {string | null} [unanswered_since] Since when the customer waits for an answer.
 */

/** @param {{ sender_role: string } | null | undefined} message */
export const isByMember = (message) =>
  message?.sender_role === 'customer' || message?.sender_role === 'guest';

/**
 * @param {string | null | undefined} a
 * @param {string | null | undefined} b ISO 8601, the newer one first.
 */
const newer = (a, b) => ((a ?? '') === (b ?? '') ? 0 : (a ?? '') > (b ?? '') ? -1 : 1);

/** A list as far as it has been read. */
class Rows {
  /** @type {string[]} */
  hashes = [];
  count = 0;
  /** @type {string | null | undefined} Undefined: nothing read yet. Null: nothing left. */
  cursor = undefined;
  wanted = 0;
  /** @type {Promise<void> | undefined} */
  loading;
  /** @type {unknown} */
  error;

  /** @param {string} term */
  constructor(term) {
    this.term = term;
  }
}

export class Channels extends EventTarget {
  #ask;
  #me;
  /** @type {Map<string, ChannelView>} */
  #known = new Map();
  #all = new Rows('');
  /** @type {Rows | undefined} */
  #found;
  #term = '';
  #total = 0;
  /** @type {any} */
  #searchTimer;
  /** @type {any} */
  #settleTimer;
  /** Rises with every push: an answer that was under way meanwhile may not know of it. */
  #pushes = 0;
  /** How many rows are to be read again; 1: the first page. */
  #due = 0;
  /** @type {Map<string, boolean>} Channels being fetched, and whether to fetch them once more. */
  #fetching = new Map();
  /** @type {Promise<void> | undefined} */
  #reconciling;

  /**
   * @param {(method: string, path: string, body?: unknown) => Promise<any>} ask
   * @param {string} me
   */
  constructor(ask, me) {
    super();
    this.#ask = ask;
    this.#me = me;
  }

  /** What the list shows: what was searched for, else everything. */
  get shown() {
    return this.#found ?? this.#all;
  }

  get term() {
    return this.#term;
  }

  get isTooShort() {
    return this.#term !== '' && this.#term.length < SEARCH_FROM;
  }

  get isSearching() {
    return this.#term.length >= SEARCH_FROM && this.#found?.term !== this.#term;
  }

  /** Everything unread of the shop. */
  get total() {
    return this.#total;
  }

  /** @param {string} hash */
  get(hash) {
    return this.#known.get(hash);
  }

  /** @param {number} upTo Reads on until so many rows of what is shown are there. */
  more(upTo) {
    const rows = this.shown;
    rows.wanted = Math.max(rows.wanted, upTo);
    if (rows.loading || rows.cursor === null || rows.hashes.length >= rows.wanted)
      return rows.loading;
    rows.error = undefined;
    rows.loading = this.#read(rows)
      .catch((error) => {
        rows.error = error;
      })
      .finally(() => {
        rows.loading = undefined;
        this.#change();
      });
    return rows.loading;
  }

  /** @param {string} text */
  search(text) {
    const term = text.trim();
    if (term === this.#term) return;
    this.#term = term;
    clearTimeout(this.#searchTimer);
    if (term.length < SEARCH_FROM) this.#found = undefined;
    else this.#searchTimer = setTimeout(() => this.#search(term), SEARCH_PAUSE_MS);
    this.#change();
  }

  /** @param {ChannelView} view That somebody has just opened or made. */
  add(view) {
    this.#put(view);
    this.#place(view.channel_hash);
    this.#change(view.channel_hash);
  }

  /**
   * @param {string} hash Of a channel that may not be in the list.
   * @returns {Promise<ChannelView | undefined>}
   */
  async find(hash) {
    const known = this.#known.get(hash);
    if (known) return known;
    try {
      const { channel } = await this.#ask('GET', `channels/${encodeURIComponent(hash)}`);
      this.add(channel);
      return channel;
    } catch (error) {
      if (/** @type {any} */ (error).status === 404) return undefined;
      throw error;
    }
  }

  /**
   * @param {string} from Where to begin.
   * @returns {Promise<string | undefined>} The next channel with something unread.
   */
  async nextUnread(from) {
    const rows = this.shown;
    const isUnread = (/** @type {string} */ hash) =>
      hash !== from && (this.#known.get(hash)?.unread_count ?? 0) > 0;
    for (let pages = 0; ; pages++) {
      const start = rows.hashes.indexOf(from) + 1;
      const next = [...rows.hashes.slice(start), ...rows.hashes.slice(0, start)].find(isUnread);
      if (next || pages === 4 || rows.cursor === null || !this.#total) return next;
      await this.more(rows.hashes.length + ROWS_AT_ONCE);
    }
  }

  /** @param {any} envelope A push. */
  apply(envelope) {
    const { event, channel_hash, seq, payload } = envelope;
    if (event === 'chat.channel.read') return this.marked(channel_hash, payload.member);
    if (!seq) return;
    this.#pushes++;
    const channel = this.#known.get(channel_hash);
    const message = payload?.message;
    const isNew = event === 'chat.message.created';
    if (isNew && isByMember(message)) this.#total++;
    this.#settle();
    if (channel && seq > channel.last_seq) this.#advance(channel, envelope, isNew);
    if (!channel && isNew) {
      // It changes the count of all, too.
      this.#due ||= 1;
      this.#fetch(channel_hash);
    }
    this.#change(channel_hash);
  }

  /**
   * @param {string} hash
   * @param {import('../client/thread.js').Member} member Who has read that far.
   */
  marked(hash, member) {
    const channel = this.#known.get(hash);
    if (!channel) return member.user_id === this.#me && this.#settle();
    const others = channel.members.filter(({ user_id }) => user_id !== member.user_id);
    const before = channel.members.find(({ user_id }) => user_id === member.user_id);
    if ((before?.last_read_seq ?? 0) >= member.last_read_seq) return;
    const next = { ...channel, members: [...others, member] };
    this.#known.set(hash, next);
    if (member.user_id === this.#me) {
      const last = channel.last_message;
      if (
        member.last_read_seq >= channel.last_seq ||
        (last && isByMember(last) && last.seq <= member.last_read_seq)
      ) {
        this.#total = Math.max(0, this.#total - channel.unread_count);
        next.unread_count = 0;
      } else if (channel.unread_count) this.#fetch(hash);
      this.#pushes++;
      this.#settle();
    }
    this.#change(hash);
  }

  /**
   * Reads the list again from the top: after a reconnect as far as it is looked at, because
   * anything may have been missed; else its first page.
   * @param {number} [upTo] Rows.
   */
  reconcile(upTo = 1) {
    this.#due = Math.max(this.#due, upTo);
    return (this.#reconciling ??= this.#reconcileAll().finally(
      () => (this.#reconciling = undefined),
    ));
  }

  async #reconcileAll() {
    while (this.#due) {
      const upTo = this.#due;
      this.#due = 0;
      const failure = await this.#reconcile(upTo).catch((error) => error);
      if (!failure) continue;
      if (!isPassing(failure)) return;
      this.#settle();
      this.#due = Math.max(this.#due, upTo);
      return;
    }
  }

  /** @param {number} upTo */
  async #reconcile(upTo) {
    const whole = upTo > 1;
    const pushes = this.#pushes;
    const rows = new Rows('');
    let total;
    do
      total =
        (await this.#page(rows, whole && upTo > ROWS_AT_ONCE ? 2 * ROWS_AT_ONCE : ROWS_AT_ONCE)) ??
        total;
    while (rows.hashes.length < upTo && rows.cursor !== null);
    const bottom = rows.hashes.at(-1);
    const there = new Set(rows.hashes);
    // What moved up while this was read, and, where no push can have been lost, what was read
    // before.
    const rest = this.#all.hashes.filter(
      (hash) => !there.has(hash) && bottom && (!whole || this.#compare(hash, bottom) < 0),
    );
    if (!whole && rest.some((hash) => bottom && this.#compare(hash, bottom) > 0))
      rows.cursor = this.#all.cursor;
    rows.hashes = [...rows.hashes, ...rest].sort((a, b) => this.#compare(a, b));
    rows.count = Math.max(rows.count, rows.hashes.length);
    rows.wanted = rows.hashes.length;
    this.#all = rows;
    if (whole && this.#found) this.#search(this.#found.term);
    if (total === undefined || pushes !== this.#pushes) this.#settle();
    else this.#setTotal(total);
    this.#change();
  }

  /** @param {Rows} rows */
  async #read(rows) {
    let first = rows.cursor === undefined && !rows.term;
    const pushes = this.#pushes;
    while (rows.hashes.length < rows.wanted && rows.cursor !== null) {
      const total = await this.#page(rows, ROWS_AT_ONCE);
      // What was opened or told of while the first page was on its way.
      if (first)
        for (const hash of this.#known.keys()) if (!rows.hashes.includes(hash)) this.#place(hash);
      if (first && total !== undefined) this.#total = total;
      if (first && (total === undefined || pushes !== this.#pushes))
        this.#settle(total === undefined ? 0 : SETTLE_MS);
      first = false;
      this.#change();
    }
  }

  /**
   * @param {Rows} rows
   * @param {number} limit
   * @returns {Promise<number | undefined>} The total, where the answer tells.
   */
  async #page(rows, limit) {
    const query = new URLSearchParams({ limit: String(limit) });
    if (rows.term) query.set('search', rows.term);
    if (rows.cursor) query.set('cursor', rows.cursor);
    const answer = await this.#ask('GET', `channels?${query}`);
    const there = new Set(rows.hashes);
    for (const view of answer.channels) {
      if (!this.#put(view)) this.#fetch(view.channel_hash);
      if (!there.has(view.channel_hash)) rows.hashes.push(view.channel_hash);
    }
    rows.cursor = answer.next_cursor ?? null;
    rows.count =
      rows.cursor === null ? rows.hashes.length : Math.max(answer.count, rows.hashes.length);
    return answer.unread_count;
  }

  /** @param {string} term */
  async #search(term) {
    const rows = new Rows(term);
    rows.wanted = 1;
    try {
      await this.#read(rows);
    } catch (error) {
      rows.error = error;
    }
    if (term !== this.#term) return;
    this.#found = rows;
    this.#change();
  }

  /**
   * @param {ChannelView} channel
   * @param {any} envelope The next thing that happened in it.
   * @param {boolean} isNew
   */
  #advance(channel, { event, channel_hash, seq, message_id, payload }, isNew) {
    const next = { ...channel, last_seq: seq };
    const message = payload?.message;
    let isUnclear = seq > channel.last_seq + 1 || payload?.truncated === true;
    if (isNew) {
      next.last_message = { ...message, is_own: message.sender_id === this.#me };
      next.last_message_at = message.created_at;
      if (isByMember(message)) {
        next.unread_count++;
        next.unanswered_since ??= message.created_at;
      } else next.unanswered_since = null;
    } else if (event === 'chat.message.updated' && channel.last_message?.id === message_id) {
      next.last_message = { ...channel.last_message, ...message };
    } else if (event === 'chat.message.deleted') {
      // What it leaves behind, only the server knows.
      isUnclear ||=
        channel.last_message?.id === message_id ||
        channel.unread_count > 0 ||
        channel.unanswered_since != null;
    }
    this.#known.set(channel_hash, next);
    if (isNew) this.#place(channel_hash);
    if (isUnclear) this.#fetch(channel_hash);
  }

  /**
   * @param {ChannelView} view As the server has it.
   * @returns {boolean} Whether it is as new as what is known.
   */
  #put(view) {
    const known = this.#known.get(view.channel_hash);
    const markIn = (/** @type {ChannelView} */ { members }) =>
      members.find(({ user_id }) => user_id === this.#me)?.last_read_seq ?? 0;
    if (known && (known.last_seq > view.last_seq || markIn(known) > markIn(view))) return false;
    this.#known.set(view.channel_hash, view);
    return true;
  }

  /**
   * @param {string} hash Puts a channel where its activity says; one that belongs below what has
   * been read stays out.
   */
  #place(hash) {
    for (const rows of [this.#all, this.#found]) {
      if (!rows || rows.cursor === undefined) continue;
      const at = rows.hashes.indexOf(hash);
      if (at >= 0) rows.hashes.splice(at, 1);
      else if (rows.term) continue;
      const to = rows.hashes.findIndex((other) => this.#compare(hash, other) < 0);
      if (to >= 0) rows.hashes.splice(to, 0, hash);
      else if (at >= 0 || rows.cursor === null) rows.hashes.push(hash);
      rows.count = Math.max(rows.count, rows.hashes.length);
    }
  }

  /**
   * @param {string} a
   * @param {string} b The server's order: newest activity first, the never used ones last, newest
   * first.
   */
  #compare(a, b) {
    const [one, two] = [this.#known.get(a), this.#known.get(b)];
    return (
      newer(one?.last_message_at, two?.last_message_at) || newer(one?.created_at, two?.created_at)
    );
  }

  /** @param {string} hash Asks for one channel that is not in the list. @param {number} [tried] */
  async #fetch(hash, tried = 0) {
    if (this.#fetching.has(hash)) return void this.#fetching.set(hash, true);
    this.#fetching.set(hash, false);
    const isNew = await this.#ask('GET', `channels/${encodeURIComponent(hash)}`).then(
      ({ channel }) => {
        if (!this.#put(channel)) return false;
        this.#place(hash);
        this.#change(hash);
        return true;
      },
      () => false,
    );
    const again = this.#fetching.get(hash);
    this.#fetching.delete(hash);
    if (isNew && again) this.#fetch(hash);
    else if (!isNew && tried < FETCH_TRIES)
      setTimeout(() => this.#fetch(hash, tried + 1), 500 * 2 ** tried);
  }

  /** Asks for the total once it has been quiet. @param {number} [ms] */
  #settle(ms = SETTLE_MS) {
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(async () => {
      if (this.#due) return this.reconcile();
      const pushes = this.#pushes;
      const answer = await this.#ask('GET', 'messages/unread-count').catch(() => null);
      if (!answer) return;
      if (pushes === this.#pushes) this.#setTotal(answer.unread_count);
      else this.#settle();
    }, ms);
  }

  /** @param {number} total As the server has it. */
  #setTotal(total) {
    const by = total - this.#total;
    this.#total = total;
    if (by > 0) this.dispatchEvent(new CustomEvent('grew', { detail: { by } }));
    if (by) this.#change();
  }

  /** @param {string} [hash] */
  #change(hash) {
    this.dispatchEvent(new CustomEvent('change', { detail: { hash } }));
  }
}
