// @ts-check
/**
 * The server's time, from its responses. The computer's own clock may be wrong or be set meanwhile.
 */

export class ServerClock {
  #onRead;
  /** The server's time minus that of `performance`, in ms. @type {number | undefined} */
  #ahead;

  /** @param {() => void} onRead Called after each response with a time. */
  constructor(onRead) {
    this.#onRead = onRead;
  }

  /** @returns {number | undefined} In ms; undefined before the first response. */
  get now() {
    return this.#ahead === undefined ? undefined : this.#ahead + performance.now();
  }

  /** As the page's own `fetch`. @param {string} input @param {RequestInit} init */
  fetch = async (input, init) => {
    const response = await fetch(input, init);
    const date = Date.parse(response.headers.get('date') ?? '');
    if (date) {
      this.#ahead = date - performance.now();
      this.#onRead();
    }
    return response;
  };
}
