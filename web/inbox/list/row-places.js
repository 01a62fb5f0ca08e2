// @ts-check
/** Where rows of different heights begin. */

/** The height of a row that is not loaded yet. */
const USUAL_PX = 84;

export class RowPlaces {
  #order;
  /** Where each row begins, and where the last one ends. */
  #tops = [0];
  /** @type {Map<string, number>} By hash. */
  #heights = new Map();

  /** @param {string[]} order The keys of the rows. @param {(key: string) => number} [heightOf] */
  constructor(order, heightOf = () => USUAL_PX) {
    this.#order = order;
    let top = 0;
    for (const key of order) {
      const height = heightOf(key);
      this.#heights.set(key, height);
      this.#tops.push((top += height));
    }
  }

  /**
   * @param {string[]} order
   * @param {(key: string) => number} heightOf
   * @param {boolean} isHeld Whether rows that are here keep their heights.
   */
  of(order, heightOf, isHeld) {
    const kept = (/** @type {string} */ key) => this.#heights.get(key) ?? heightOf(key);
    return new RowPlaces(order.slice(), isHeld ? kept : heightOf);
  }

  /** @param {number} index Also of rows that are not loaded. @returns {number} */
  top(index) {
    const known = this.#order.length;
    return index <= known
      ? this.#tops[Math.max(0, index)]
      : this.#tops[known] + (index - known) * USUAL_PX;
  }

  /** @param {number} index */
  height(index) {
    return this.top(index + 1) - this.top(index);
  }

  /** @param {number} y @returns {number} The index of the row there. */
  indexAt(y) {
    const known = this.#order.length;
    const end = this.#tops[known];
    if (y >= end) return known + Math.floor((y - end) / USUAL_PX);
    let [low, high] = [0, known];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#tops[middle] <= y) low = middle;
      else high = middle;
    }
    return low;
  }

  /** @param {RowPlaces} before @returns {boolean} Whether all of its rows are where they were. */
  startsLike(before) {
    return before.#order.every(
      (key, at) => key === this.#order[at] && before.#tops[at] === this.#tops[at],
    );
  }
}
