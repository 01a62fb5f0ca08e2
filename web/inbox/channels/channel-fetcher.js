// @ts-check
/** Fetches single conversations: one request at a time for each, with retries. */

const FETCH_TRIES = 5;
const FETCH_RETRY_MS = 500;

export class ChannelFetcher {
  #read;
  #accept;
  /** @type {Map<string, boolean>} By hash, those on their way; true: requested again meanwhile. */
  #pending = new Map();

  /**
   * @param {(hash: string) => Promise<import('./channel-store.js').ChannelView>} read
   * @param {(view: import('./channel-store.js').ChannelView) => boolean} accept Returns whether the
   *   view is new enough.
   */
  constructor(read, accept) {
    this.#read = read;
    this.#accept = accept;
  }

  /** @param {string} hash @param {number} [tries] */
  async fetch(hash, tries = 0) {
    if (this.#pending.has(hash)) return void this.#pending.set(hash, true);
    this.#pending.set(hash, false);
    const isDone = await this.#read(hash).then(this.#accept, () => false);
    const isAskedAgain = this.#pending.get(hash);
    this.#pending.delete(hash);
    if (isDone && isAskedAgain) this.fetch(hash);
    else if (!isDone && tries < FETCH_TRIES)
      setTimeout(() => this.fetch(hash, tries + 1), FETCH_RETRY_MS * 2 ** tries);
  }
}
