// @ts-check
/** The order of the rows while they must not move. */
export class HeldOrder {
  /** @type {string[] | undefined} */
  #held;
  /** What came while the order was held, and is shown above it. @type {Set<string>} */
  #added = new Set();
  /** How many conversations have come or moved up meanwhile. */
  news = 0;
  /** How many of them are not shown. */
  waiting = 0;

  /** @param {string[]} order The order shown now. */
  hold(order) {
    this.#held ??= order;
  }

  release() {
    this.#held = undefined;
    this.#added.clear();
  }

  /** @param {string[]} hashes Those that are still in the list: others leave the held order. */
  keep(hashes) {
    const there = new Set(hashes);
    this.#held = this.#held?.filter((hash) => there.has(hash));
  }

  /**
   * @param {string[]} hashes In the order of their activity.
   * @param {boolean} canGrow Whether there is room above: else what is new waits.
   * @returns {string[]} As shown.
   */
  arrange(hashes, canGrow) {
    this.news = this.waiting = 0;
    if (!this.#held) return hashes.slice();
    const known = new Set(this.#held);
    const last = hashes.findLastIndex((hash) => known.has(hash)) + 1;
    const fresh = hashes.slice(0, last).filter((hash) => !known.has(hash));
    const above = canGrow ? fresh : [];
    for (const hash of above) this.#added.add(hash);
    // Later pages come below.
    this.#held = [...above, ...this.#held, ...hashes.slice(last)];
    this.waiting = fresh.length - above.length;
    const places = new Map(this.#held.map((hash, at) => [hash, at]));
    for (const [at, hash] of hashes.entries())
      if (this.#added.has(hash) || at < (places.get(hash) ?? Infinity)) this.news++;
    return this.#held;
  }
}
