// @ts-check
/**
 * How many messages of the whole shop the reader has not read.
 *
 * Pushes and read marks change the number at once. The server's number follows a commit by a second
 * or two, so it is read only after a quiet time, and dropped if something changed meanwhile.
 *
 * Events: `change`, and `grow` {by} when the server knows of more than this page did.
 */

import { emit } from '../../ui/events.js';

/** The server's total is right this long after the last push. */
const SETTLE_MS = 3_000;

export class UnreadTotal extends EventTarget {
  #read;
  #value = 0;
  #version = 0;
  /** @type {any} */
  #timer;

  /** @param {() => Promise<number | undefined>} read Reads the total; undefined: not now. */
  constructor(read) {
    super();
    this.#read = read;
  }

  get value() {
    return this.#value;
  }

  /** Rises with every change that a response on its way may not include. */
  get version() {
    return this.#version;
  }

  /** @param {number} by What a push or a read mark of the reader changes. */
  add(by) {
    this.#version++;
    this.#value = Math.max(0, this.#value + by);
    this.settle();
  }

  /** @param {number | undefined} total From the first page of the list. @param {number} version */
  start(total, version) {
    if (total === undefined) return this.settle(0);
    this.#value = total;
    if (version !== this.#version) this.settle();
  }

  /** @param {number | undefined} total From the server. @param {number} version At the request. */
  correct(total, version) {
    if (total === undefined || version !== this.#version) return this.settle();
    const by = total - this.#value;
    this.#value = total;
    if (by > 0) emit(this, 'grow', { by });
    if (by) emit(this, 'change');
  }

  /** Reads the total after a quiet time. @param {number} [ms] */
  settle(ms = SETTLE_MS) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const version = this.#version;
      const total = await this.#read().catch(() => undefined);
      if (total !== undefined) this.correct(total, version);
    }, ms);
  }
}
