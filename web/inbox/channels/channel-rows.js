// @ts-check
/** One list of conversations, as far as it has been read: a view, or those that a search found. */

import { ALL } from './views.js';

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

  /** @param {import('./views.js').View} [view] @param {string} [term] */
  constructor(view = ALL, term = '') {
    this.view = view;
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

  /**
   * @param {string[]} hashes
   * @param {number | null} count Null: the server does not count them.
   * @param {string | null} cursor The next page.
   */
  append(hashes, count, cursor) {
    const known = new Set(this.hashes);
    this.hashes.push(...hashes.filter((hash) => !known.has(hash)));
    this.cursor = cursor;
    const { length } = this.hashes;
    // A page may be empty although more follow: one more row asks for them.
    this.count = cursor === null ? length : Math.max(count ?? 0, length + 1);
  }

  /**
   * Puts a channel where it belongs. One that belongs below the rows read so far is left to a later
   * page, one that no longer fits leaves, and a search keeps the rows that it found.
   * @param {string} hash
   * @param {boolean} fits
   * @param {(a: string, b: string) => number} compare
   */
  place(hash, fits, compare) {
    if (!this.hasStarted) return;
    const at = this.hashes.indexOf(hash);
    if (at >= 0) this.hashes.splice(at, 1);
    else if (this.term) return;
    if (!fits && !this.term) {
      if (at >= 0) this.count--;
      return;
    }
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
      // In a view, one that moved up and was not read has left.
      const moved = this.view === ALL ? others.filter((hash) => compare(hash, bottom) < 0) : [];
      const kept = mayHaveMissedPushes ? moved : others;
      if (kept.some((hash) => compare(hash, bottom) > 0)) this.cursor = earlier.cursor;
      this.hashes = [...this.hashes, ...kept].sort(compare);
    }
    this.count = Math.max(this.count, this.hashes.length);
    this.requested = this.hashes.length;
  }
}
