// @ts-check
/**
 * The conversations that this page knows, and what pushes change in them. No network and no clock.
 *
 * A response of the server replaces what is known unless it is older. A push is applied at once. If
 * it says too little, the channel is stale: the caller fetches it again.
 */

/**
 * @typedef {import('../../client/thread.js').Member} Member
 * @typedef {import('../../client/thread.js').Message & { is_own?: boolean }} LastMessage
 * @typedef {object} ChannelView
 * @property {string} channel_hash
 * @property {import('../parts/people.js').Person} customer
 * @property {number} unread_count
 * @property {LastMessage | null} last_message
 * @property {string | null} last_message_at
 * @property {number} last_seq
 * @property {string} created_at
 * @property {Member[]} members
 * @property {string | null} [unanswered_since] Since when the customer waits for an answer.
 * @property {string} [admin_id] Whom the customer writes to: an admin, or the shop's key.
 * @property {import('../parts/people.js').Person | null} [admin]
 * @property {'open' | 'snoozed' | 'closed'} [status]
 * @property {string | null} [snoozed_until]
 * @property {number} [case]
 * @property {string | null} [assignee_id]
 * @property {import('../parts/people.js').Person | null} [assignee]
 * @property {string[]} [labels] Slugs.
 * @property {number} [staff_seq]
 */

/** Whether a member wrote it. @param {{ sender_role: string } | null | undefined} message */
export const isByMember = (message) =>
  message?.sender_role === 'customer' || message?.sender_role === 'guest';

/** Whether its customer writes to a certain admin, not to the shop. @param {ChannelView} channel */
export const isWithAdmin = ({ admin_id }) => admin_id?.startsWith('user_') ?? false;

export class ChannelStore {
  #me;
  /** @type {Map<string, ChannelView>} */
  #channels = new Map();
  /** @type {Map<string, Set<string>>} The hashes of each customer. */
  #byCustomer = new Map();
  /** @type {Map<string, { id: string, body: string, after_seq: number }>} The newest notes. */
  #notes = new Map();

  /** @param {string} me The reader's id. */
  constructor(me) {
    this.#me = me;
  }

  get hashes() {
    return [...this.#channels.keys()];
  }

  /** @param {string} hash */
  get(hash) {
    return this.#channels.get(hash);
  }

  /** @param {string} hash Whether its customer has other conversations, too. */
  isOneOfSeveral(hash) {
    const customer = this.#channels.get(hash)?.customer.id ?? '';
    return (this.#byCustomer.get(customer)?.size ?? 0) > 1;
  }

  /** @param {string} customer An id. @returns {ChannelView[]} Their conversations, newest first. */
  allOf(customer) {
    return [...(this.#byCustomer.get(customer) ?? [])]
      .sort(this.compare)
      .flatMap((hash) => this.#channels.get(hash) ?? []);
  }

  /** @param {ChannelView} view From the server. @returns {boolean} False if it is outdated. */
  put(view) {
    const known = this.#channels.get(view.channel_hash);
    const isOutdated =
      known &&
      (known.last_seq > view.last_seq ||
        (known.staff_seq ?? 0) > (view.staff_seq ?? 0) ||
        this.#mark(known) > this.#mark(view));
    if (isOutdated) return false;
    if (known) this.#byCustomer.get(known.customer.id)?.delete(view.channel_hash);
    const others = this.#byCustomer.get(view.customer.id) ?? new Set();
    this.#byCustomer.set(view.customer.id, others.add(view.channel_hash));
    this.#channels.set(view.channel_hash, view);
    return true;
  }

  /**
   * Applies a push about a message.
   * @param {any} envelope
   * @returns {boolean} Whether the channel is stale.
   */
  apply({ event, channel_hash, seq, message_id, payload }) {
    const channel = this.#channels.get(channel_hash);
    if (!channel || seq <= channel.last_seq) return false;
    const { last_message, unread_count, unanswered_since } = channel;
    const message = payload?.message;
    const next = { ...channel, last_seq: seq };
    let isStale = seq > channel.last_seq + 1 || payload?.truncated === true;
    if (event === 'chat.message.created') {
      next.last_message = { ...message, is_own: message.sender_id === this.#me };
      next.last_message_at = message.created_at;
      if (isByMember(message)) {
        next.unread_count++;
        next.unanswered_since ??= message.created_at;
      } else if (message.sender_role === 'admin') next.unanswered_since = null;
    } else if (event === 'chat.message.updated' && last_message?.id === message_id) {
      next.last_message = { ...last_message, ...message };
    } else if (event === 'chat.message.deleted') {
      // Only the server knows the message before it and the remaining counts.
      isStale ||= last_message?.id === message_id || unread_count > 0 || unanswered_since != null;
    }
    this.#channels.set(channel_hash, next);
    return isStale;
  }

  /**
   * Applies a push to staff: about a note, the status, the assignee, or labels.
   * @param {any} envelope
   * @returns {boolean} Whether the channel is stale.
   */
  applyWork({ event, channel_hash, staff_seq, after_seq, payload }) {
    const known = this.#channels.get(channel_hash);
    const before = known?.staff_seq ?? 0;
    if (!known || staff_seq <= before) return false;
    const next = { ...known, staff_seq };
    const { channel, note } = payload ?? {};
    if (event === 'chat.note.created' && note)
      this.#notes.set(channel_hash, { id: note.id, body: note.body, after_seq });
    else if (note && this.#notes.get(channel_hash)?.id === note.id)
      this.#notes.set(channel_hash, { id: note.id, body: note.body, after_seq });
    let isStale = staff_seq > before + 1;
    if (channel) {
      const { status, snoozed_until, assignee_id, assignee, labels, unanswered_since } = channel;
      Object.assign(next, { status, snoozed_until, assignee_id, assignee, labels });
      Object.assign(next, {
        case: channel.case,
        staff_seq: Math.max(staff_seq, channel.staff_seq),
      });
      if (channel.last_seq >= known.last_seq) next.unanswered_since = unanswered_since;
      isStale ||= channel.last_seq > known.last_seq;
    }
    this.#channels.set(channel_hash, next);
    return isStale;
  }

  /** @param {string} hash @returns {string} The newest note, if no message follows it. */
  note(hash) {
    const note = this.#notes.get(hash);
    return note && note.after_seq >= (this.get(hash)?.last_seq ?? 0) ? note.body : '';
  }

  /**
   * Changes fields before the server has confirmed it.
   * @param {string} hash @param {object} fields
   */
  patch(hash, fields) {
    const known = this.#channels.get(hash);
    if (known) this.#channels.set(hash, { ...known, ...fields });
  }

  /**
   * Moves a member's read mark forward.
   * @param {string} hash
   * @param {Member} member
   * @returns {{ read: number, isStale: boolean } | undefined} How many messages the reader has read
   *   by it, and whether the channel is stale. Undefined if nothing changed.
   */
  mark(hash, member) {
    const channel = this.#channels.get(hash);
    const before = channel?.members.find(({ user_id }) => user_id === member.user_id);
    if (!channel || (before?.last_read_seq ?? 0) >= member.last_read_seq) return undefined;
    const others = channel.members.filter((other) => other !== before);
    const next = { ...channel, members: [...others, member] };
    this.#channels.set(hash, next);
    if (member.user_id !== this.#me) return { read: 0, isStale: false };
    const { last_message, last_seq, unread_count } = channel;
    const isAllRead =
      member.last_read_seq >= last_seq ||
      (last_message && isByMember(last_message) && last_message.seq <= member.last_read_seq);
    if (!isAllRead) return { read: 0, isStale: unread_count > 0 };
    next.unread_count = 0;
    return { read: unread_count, isStale: false };
  }

  /**
   * The server's order: the latest activity first, then the unused ones, the newest first.
   * @param {string} a @param {string} b Hashes.
   */
  compare = (a, b) => {
    const [one, two] = [this.#channels.get(a), this.#channels.get(b)];
    return (
      latestFirst(one?.last_message_at, two?.last_message_at) ||
      latestFirst(one?.created_at, two?.created_at)
    );
  };

  /** Those who wait longest first. @param {string} a @param {string} b Hashes. */
  compareWaiting = (a, b) =>
    latestFirst(this.get(b)?.unanswered_since, this.get(a)?.unanswered_since);

  /** @param {ChannelView} channel */
  #mark({ members }) {
    return members.find(({ user_id }) => user_id === this.#me)?.last_read_seq ?? 0;
  }
}

/** @param {string | null} [a] @param {string | null} [b] ISO 8601. */
const latestFirst = (a, b) => ((a ?? '') === (b ?? '') ? 0 : (a ?? '') > (b ?? '') ? -1 : 1);
