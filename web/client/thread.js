// @ts-check
/**
 * What is known of one channel. Pure: no time, no network.
 *
 * Envelopes may come in any order, any number of times, or not at all: the result depends only on
 * the set that came. Once every entry up to a seq has come, the thread equals the log up to it.
 *
 * - A REST response is newer than every entry that was known when the request was sent (reads are
 *   consistent, pushes follow the commit), and may be older than any later one. So its rank is half
 *   a step above what was known: `asOf + 0.5`.
 * - A push whose body was cut proves only that its seq exists. It leaves a gap, which the log fills
 *   with the whole message.
 *
 * @typedef {object} Message
 * @property {string} id
 * @property {number} seq
 * @property {string | null} sender_id Null: an automatic message's.
 * @property {'customer' | 'guest' | 'admin' | 'system'} sender_role
 * @property {{ id: string, first_name: string | null, last_name?: string | null,
 *   avatar_url: string | null } | null} [sender] The admin who sent it.
 * @property {string} body
 * @property {string} message_type
 * @property {import('../ui/files/view.js').Attachment[]} [attachments]
 * @property {import('../ui/card.js').Card | null} [card]
 * @property {import('../ui/calendar.js').Meeting | null} [meeting]
 * @property {{ url: string, title: string } | null} [page] Only from REST, and for staff.
 * @property {string | null} client_message_id
 * @property {string | null} edited_at
 * @property {string | null} deleted_at
 * @property {string} created_at
 * @property {string} updated_at
 *
 * @typedef {object} Member
 * @property {string} user_id
 * @property {string} role
 * @property {number} last_read_seq
 * @property {string | null} last_read_at
 *
 * @typedef {object} Envelope
 * @property {string} event
 * @property {string} channel_hash
 * @property {number} [seq] Of an entry of the log.
 * @property {string} [message_id]
 * @property {any} payload
 * @typedef {Envelope & { seq: number }} Entry An envelope that stands in the log.
 *
 * @typedef {object} Page
 * @property {Message[]} messages
 * @property {boolean} has_more
 * @property {string | null} next_cursor
 * @property {number} last_seq
 * @property {Member[]} members
 *
 * @typedef {object} Log A piece of it.
 * @property {Envelope[]} events
 * @property {number} last_seq
 * @property {boolean} has_more
 * @property {Member[]} members
 */

import { ENTRIES } from './entries/index.js';
import { Messages } from './messages.js';

const READ = 'chat.channel.read';

export class Thread {
  /** @type {number | undefined} Everything up to it is known. Undefined before the first page. */
  #seq;
  /** The highest seq that is known to exist: the `asOf` of a request sent now. */
  highest = 0;
  /** @type {string | null} Where the older messages begin; null: there are none. */
  cursor = null;
  /** Seqs known beyond a gap. */
  #ahead = new Set();
  messages = new Messages();
  /** @type {Map<string, Member>} */
  #members = new Map();
  /** @type {Envelope[]} Pushes that came before the first page. */
  #early = [];

  /** Everything up to this seq is known. */
  get seq() {
    return this.#seq ?? 0;
  }

  /** Whether the log has entries that are missing here. */
  get behind() {
    return this.highest > this.seq;
  }

  get members() {
    return [...this.#members.values()];
  }

  /**
   * @param {Page} page The newest page. The server reads the channel's head before its messages, so
   * it is complete up to `last_seq`.
   */
  begin(page) {
    this.#seq = page.last_seq;
    this.#learn(page.last_seq);
    this.prepend(page, page.last_seq);
    for (const envelope of this.#early.splice(0)) this.apply(envelope);
  }

  /** @param {Page} page The page before `cursor`. @param {number} asOf `highest` at the request. */
  prepend(page, asOf) {
    for (const message of page.messages) this.messages.put(message, asOf + 0.5);
    for (const member of page.members) this.mark(member);
    this.cursor = page.has_more ? page.next_cursor : null;
    this.messages.reveal(
      page.has_more ? Math.min(this.messages.floor, ...page.messages.map(({ seq }) => seq)) : 0,
    );
  }

  /** @param {Log} log A piece of the log. @returns {boolean} Whether anything changed. */
  catchUp(log) {
    this.#learn(log.last_seq);
    const changes = [
      ...log.events.map((envelope) => this.apply(envelope)),
      ...log.members.map((member) => this.mark(member)),
    ];
    return changes.includes(true);
  }

  /** @param {Envelope} envelope @returns {boolean} Whether anything changed. */
  apply(envelope) {
    const { event, seq, payload } = envelope;
    if (event === READ) return this.mark(payload.member);
    if (!seq) return false;
    if (this.#seq === undefined) {
      this.#early.push(envelope);
      return false;
    }
    this.#learn(seq);
    if (payload?.truncated || seq <= this.#seq || this.#ahead.has(seq)) return false;
    this.#see(seq);
    return ENTRIES.get(event)?.(this.messages, /** @type {Entry} */ (envelope)) ?? false;
  }

  /**
   * @param {Message} message From a REST response.
   * @param {number} asOf `highest` at the request.
   * @returns {boolean} Whether anything changed.
   */
  put(message, asOf) {
    this.#learn(message.seq);
    // Before the first page the rank is unknown: the page has the message, or leaves a gap.
    if (this.#seq === undefined) return false;
    this.#see(message.seq);
    return this.messages.put(message, Math.max(asOf, message.seq) + 0.5);
  }

  /** @param {string} id Of a message that this client deleted. @returns {boolean} */
  remove(id) {
    return this.messages.remove(id);
  }

  /** @param {Member} member Read marks only move forward. @returns {boolean} */
  mark(member) {
    const known = this.#members.get(member.user_id);
    if (known && known.last_read_seq >= member.last_read_seq) return false;
    this.#members.set(member.user_id, member);
    return true;
  }

  /** @param {number} seq That exists. */
  #learn(seq) {
    if (seq > this.highest) this.highest = seq;
  }

  /** @param {number} seq That needs no more from the log. */
  #see(seq) {
    if (this.#seq === undefined || seq <= this.#seq) return;
    this.#ahead.add(seq);
    while (this.#ahead.delete(this.#seq + 1)) this.#seq++;
  }
}
