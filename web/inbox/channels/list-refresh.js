// @ts-check
/** Reads the list again: once at a time, and again if it became outdated meanwhile. */

import { isPassing } from '../../client/http.js';

export class ListRefresh {
  #read;
  #postpone;
  /** How many rows are outdated. 1: the first page. */
  #rows = 0;
  /** @type {Promise<void> | undefined} */
  #running;

  /**
   * @param {(rows: number) => Promise<void>} read
   * @param {() => void} postpone Runs it later, after a failure that may pass.
   */
  constructor(read, postpone) {
    this.#read = read;
    this.#postpone = postpone;
  }

  get isDue() {
    return this.#rows > 0;
  }

  /** @param {number} rows To read with the next run. */
  request(rows) {
    this.#rows = Math.max(this.#rows, rows);
  }

  /** @param {number} [rows] */
  run(rows = 0) {
    this.request(rows);
    return (this.#running ??= this.#run().finally(() => (this.#running = undefined)));
  }

  async #run() {
    while (this.#rows) {
      const rows = this.#rows;
      this.#rows = 0;
      const failure = await this.#read(rows).catch((error) => error);
      if (!failure) continue;
      if (!isPassing(failure)) return;
      this.request(rows);
      return this.#postpone();
    }
  }
}
