// @ts-check
/** Calls functions when the reader comes back to the page, or the page gets a connection again. */
export class PageReturn {
  /** @type {Set<() => void>} */
  #callbacks = new Set();

  constructor() {
    document.addEventListener('visibilitychange', () => this.run());
    addEventListener('online', () => this.run());
    addEventListener('pageshow', (event) => event.persisted && this.run());
  }

  /** @param {() => void} callback @returns {() => void} Removes it. */
  add(callback) {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  run() {
    if (document.visibilityState === 'visible') for (const callback of this.#callbacks) callback();
  }
}
