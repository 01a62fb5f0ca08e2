// @ts-check
/**
 * What is known of one channel. Pure: no time, no network.
 *
 * Events may come in any order, any number of times, and not at all: the result depends only on the
 * set of events that came. Once everything up to a seq has come, the view equals the log up to that
 * seq.
 *
 * - A message's state is decided by the highest seq that speaks of it, never by clocks. A deletion
 *   is final.
 * - What REST answers is newer than every event known when it was asked (reads are consistent,
 *   pushes follow the commit), and may be older than every later one. So it ranks half a step above
 *   what was known: `asOf + 0.5`.
 * - A push whose body was too long tells only that its seq exists: a gap, which the log fills with
 *   the whole message.
 *
 * @typedef {object} Message
 * @property {string} id
 * @property {number} seq
 * @property {string} sender_id
 * @property {'customer' | 'guest' | 'admin' | 'system'} sender_role
 * @property {string} body
 * @property {string} message_type
 * @property {string | null} client_message_id
 * @property {string | null} edited_at
 * @property {string | null} deleted_at
 * @property {string} created_at
 * @property {string} updated_at
 *
 * @typedef {{ user_id: string, role: string, last_read_seq: number, last_read_at: string | null }} Member
 * @typedef {{ event: string, channel_hash: string, seq?: number, message_id?: string, payload: any }} Envelope
 * @typedef {{ messages: Message[], has_more: boolean, next_cursor: string | null, last_seq: number, members: Member[] }} Page
 * @typedef {{ events: Envelope[], last_seq: number, has_more: boolean, members: Member[] }} Log
 */

const CHANGED = ['chat.message.created', 'chat.message.updated'];
const DELETED = 'chat.message.deleted';
const READ = 'chat.channel.read';

export class Thread {
  /**
   * Everything up to here is known. Undefined until the first page: before that nobody knows where
   * to begin.
   */
  #seq = /** @type {number | undefined} */ (undefined);
  /**
   * The highest seq that is known to exist: what a request can count on when it is sent. For others
   * to read, like all that is public here.
   */
  highest = 0;
  /** Seqs known beyond a gap. */
  #ahead = new Set();
  /**
   * @type {Map<string, { rank: number, message: Message | null }>} By message id; null: deleted.
   */
  #entries = new Map();
  /**
   * @type {Message[]} What was shown here and then deleted, without its body: a page that was just
   * read should not simply have a hole.
   */
  deleted = [];
  /** @type {Map<string, Member>} */
  #members = new Map();
  /** @type {Envelope[]} Pushes that overtook the first page. */
  #early = [];
  /**
   * Every message from this seq on is known. Events speak of older ones too, which wait for their
   * page.
   */
  floor = Infinity;
  /** @type {string | null} Where the older messages begin. */
  cursor = null;
  /** @type {Message[] | undefined} */
  #sorted;

  /** Everything up to this seq is known. */
  get seq() {
    return this.#seq ?? 0;
  }

  /** Whether the log has something that is missing here. */
  get behind() {
    return this.highest > this.seq;
  }

  get members() {
    return [...this.#members.values()];
  }

  /** The messages that are not deleted, oldest first. The same array until something changes. */
  get messages() {
    return (this.#sorted ??= [...this.#entries.values()]
      .flatMap(({ message }) => (message && message.seq >= this.floor ? [message] : []))
      .sort((a, b) => a.seq - b.seq));
  }

  /**
   * @param {Page} page The newest page. The server reads the channel's head before its messages, so
   * it is complete up to `last_seq`.
   */
  begin(page) {
    this.#seq = page.last_seq;
    this.#knows(page.last_seq);
    this.#older(page, page.last_seq);
    for (const event of this.#early.splice(0)) this.apply(event);
  }

  /**
   * @param {Page} page The page before `cursor`.
   * @param {number} asOf `highest` when it was asked for.
   */
  prepend(page, asOf) {
    this.#older(page, asOf);
  }

  /** @param {Log} log A piece of the log. @returns {boolean} Whether anything changed. */
  catchUp(log) {
    this.#knows(log.last_seq);
    const changes = [
      ...log.events.map((event) => this.apply(event)),
      ...log.members.map((member) => this.mark(member)),
    ];
    return changes.includes(true);
  }

  /** @param {Envelope} event @returns {boolean} Whether anything changed. */
  apply(event) {
    const { seq, payload } = event;
    if (event.event === READ) return this.mark(payload.member);
    if (!seq) return false;
    if (this.#seq === undefined) {
      this.#early.push(event);
      return false;
    }
    this.#knows(seq);
    if (payload?.truncated || seq <= this.#seq || this.#ahead.has(seq)) return false;
    this.#saw(seq);
    if (event.event === DELETED) return this.remove(payload.id);
    return CHANGED.includes(event.event) && this.#put(payload.message, seq);
  }

  /**
   * @param {Message} message What REST answered.
   * @param {number} asOf `highest` when it was asked.
   * @returns {boolean}
   */
  put(message, asOf) {
    this.#knows(message.seq);
    // Before the first page nothing is certain; it has the message, or leaves a gap.
    if (this.#seq === undefined) return false;
    this.#saw(message.seq);
    return this.#put(message, Math.max(asOf, message.seq) + 0.5);
  }

  /**
   * @param {string} id A deletion is final: nothing that comes later, or comes late, brings the
   * message back.
   */
  remove(id) {
    const known = this.#entries.get(id);
    if (known && !known.message) return false;
    this.#entries.set(id, { rank: Infinity, message: null });
    if (known?.message && known.message.seq >= this.floor)
      this.deleted.push({ ...known.message, body: '' });
    this.#sorted = undefined;
    return known !== undefined;
  }

  /** @param {Member} member Read marks only move forward. @returns {boolean} */
  mark({ user_id, role, last_read_seq, last_read_at }) {
    const known = this.#members.get(user_id);
    if (known && known.last_read_seq >= last_read_seq) return false;
    this.#members.set(user_id, { user_id, role, last_read_seq, last_read_at });
    return true;
  }

  /** @param {Page} page @param {number} asOf */
  #older(page, asOf) {
    for (const message of page.messages) this.#put(message, asOf + 0.5);
    for (const member of page.members) this.mark(member);
    this.cursor = page.has_more ? page.next_cursor : null;
    this.floor = page.has_more ? Math.min(this.floor, ...page.messages.map(({ seq }) => seq)) : 0;
    this.#sorted = undefined;
  }

  /** @param {Message} message @param {number} rank */
  #put(message, rank) {
    if (message.deleted_at) return this.remove(message.id);
    const known = this.#entries.get(message.id);
    // Two answers of equal rank: the clock is all there is, and the log will tell.
    if (
      known &&
      (rank < known.rank ||
        (rank === known.rank && message.updated_at <= (known.message?.updated_at ?? '')))
    )
      return false;
    this.#entries.set(message.id, { rank, message });
    this.#sorted = undefined;
    return true;
  }

  /** @param {number} seq */
  #knows(seq) {
    if (seq > this.highest) this.highest = seq;
  }

  /** @param {number} seq */
  #saw(seq) {
    if (this.#seq === undefined || seq <= this.#seq) return;
    this.#ahead.add(seq);
    while (this.#ahead.delete(this.#seq + 1)) this.#seq++;
  }
}
