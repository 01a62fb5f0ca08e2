// @ts-check
/** The order of the rows while they must not move. What is new above them waits. */
export class HeldOrder {
  /** @type {string[] | undefined} */
  #held;
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
  }

  /** @param {string[]} hashes In the order of their activity. @returns {string[]} As shown. */
  arrange(hashes) {
    this.news = this.waiting = 0;
    if (!this.#held) return hashes.slice();
    const places = new Map(this.#held.map((hash, at) => [hash, at]));
    const lastHeld = hashes.findLastIndex((hash) => places.has(hash));
    // Later pages come below.
    const more = hashes.slice(lastHeld + 1);
    for (const [at, hash] of hashes.slice(0, lastHeld + 1).entries()) {
      const place = places.get(hash);
      if (place === undefined) this.waiting++;
      if (at < (place ?? Infinity)) this.news++;
    }
    this.#held = [...this.#held, ...more];
    return this.#held;
  }
}
