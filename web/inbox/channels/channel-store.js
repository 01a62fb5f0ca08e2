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

  /** @param {ChannelView} view From the server. @returns {boolean} False if it is outdated. */
  put(view) {
    const known = this.#channels.get(view.channel_hash);
    if (known && (known.last_seq > view.last_seq || this.#mark(known) > this.#mark(view)))
      return false;
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
      } else next.unanswered_since = null;
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

  /** @param {ChannelView} channel */
  #mark({ members }) {
    return members.find(({ user_id }) => user_id === this.#me)?.last_read_seq ?? 0;
  }
}

/** @param {string | null} [a] @param {string | null} [b] ISO 8601. */
const latestFirst = (a, b) => ((a ?? '') === (b ?? '') ? 0 : (a ?? '') > (b ?? '') ? -1 : 1);
