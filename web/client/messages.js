// @ts-check
/**
 * The messages of one channel, each in the newest state that is known.
 *
 * Ranks decide which of two states is newer, never clocks: a rank is the seq of the entry that
 * carried the state. A deletion is final. So states may come in any order and any number of times.
 */

/** @typedef {import('./thread.js').Message} Message */

export class Messages {
  /** @type {Map<string, { rank: number, message: Message | null }>} By id; null: deleted. */
  #states = new Map();
  /** @type {Message[] | undefined} */
  #sorted;
  /** Every message from this seq on is known, and shown. */
  floor = Infinity;
  /** @type {Message[]} Messages that were shown and then deleted, without their bodies. */
  deleted = [];

  /**
   * Entries may name messages that are older than all pages: they stay hidden until their page is
   * read.
   * @param {number} floor
   */
  reveal(floor) {
    this.floor = floor;
    this.#sorted = undefined;
  }

  /** The messages that are not deleted, oldest first. The same array until something changes. */
  get live() {
    return (this.#sorted ??= [...this.#states.values()]
      .flatMap(({ message }) => (message && message.seq >= this.floor ? [message] : []))
      .sort((a, b) => a.seq - b.seq));
  }

  /** @param {Message} message @param {number} rank @returns {boolean} Whether anything changed. */
  put(message, rank) {
    if (message.deleted_at) return this.remove(message.id);
    const known = this.#states.get(message.id);
    if (known && rank < known.rank) return false;
    // Two REST responses of equal rank: only the clock is left. The log corrects a wrong guess.
    if (known?.rank === rank && message.updated_at <= (known.message?.updated_at ?? ''))
      return false;
    this.#states.set(message.id, { rank, message });
    this.#sorted = undefined;
    return true;
  }

  /** @param {string} id @returns {boolean} Whether anything changed. */
  remove(id) {
    const known = this.#states.get(id);
    if (known && !known.message) return false;
    this.#states.set(id, { rank: Infinity, message: null });
    this.#sorted = undefined;
    if (known?.message && known.message.seq >= this.floor)
      this.deleted.push({ ...known.message, body: '' });
    return known !== undefined;
  }
}
