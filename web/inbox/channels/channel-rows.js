// @ts-check
/** One list of conversations, as far as it has been read: all, or those that a search found. */
export class ChannelRows {
  /** @type {string[]} */
  hashes = [];
  /** How many rows the whole list has. */
  count = 0;
  /** @type {string | null | undefined} Undefined before the first page, null after the last. */
  cursor = undefined;
  /** How many rows the view has requested. */
  requested = 0;
  /** @type {Promise<void> | undefined} */
  loading;
  /** @type {unknown} */
  error;

  /** @param {string} [term] */
  constructor(term = '') {
    this.term = term;
  }

  get hasStarted() {
    return this.cursor !== undefined;
  }

  get isComplete() {
    return this.cursor === null;
  }

  get isMissingRows() {
    return this.hashes.length < this.requested && !this.isComplete;
  }

  /** @param {string[]} hashes @param {number} count @param {string | null} cursor The next page. */
  append(hashes, count, cursor) {
    const known = new Set(this.hashes);
    this.hashes.push(...hashes.filter((hash) => !known.has(hash)));
    this.cursor = cursor;
    this.count = cursor === null ? this.hashes.length : Math.max(count, this.hashes.length);
  }

  /**
   * Puts a channel where its activity belongs. One that belongs below the rows read so far is left
   * to a later page, and a search keeps the rows that it found.
   * @param {string} hash
   * @param {(a: string, b: string) => number} compare
   */
  place(hash, compare) {
    if (!this.hasStarted) return;
    const at = this.hashes.indexOf(hash);
    if (at >= 0) this.hashes.splice(at, 1);
    else if (this.term) return;
    const to = this.hashes.findIndex((other) => compare(hash, other) < 0);
    if (to >= 0) this.hashes.splice(to, 0, hash);
    else if (at >= 0 || this.isComplete) this.hashes.push(hash);
    this.count = Math.max(this.count, this.hashes.length);
  }

  /**
   * Keeps rows of an earlier reading of the same list: those that moved up meanwhile, and those
   * below this reading, unless pushes about them may have been lost.
   * @param {ChannelRows} earlier
   * @param {(a: string, b: string) => number} compare
   * @param {boolean} mayHaveMissedPushes
   */
  keep(earlier, compare, mayHaveMissedPushes) {
    const bottom = this.hashes.at(-1);
    if (bottom !== undefined) {
      const read = new Set(this.hashes);
      const others = earlier.hashes.filter((hash) => !read.has(hash));
      const moved = others.filter((hash) => compare(hash, bottom) < 0);
      const kept = mayHaveMissedPushes ? moved : others;
      if (kept.some((hash) => compare(hash, bottom) > 0)) this.cursor = earlier.cursor;
      this.hashes = [...this.hashes, ...kept].sort(compare);
    }
    this.count = Math.max(this.count, this.hashes.length);
    this.requested = this.hashes.length;
  }
}
