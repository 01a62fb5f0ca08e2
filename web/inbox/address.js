// @ts-check
/**
 * The open conversation in the page's address, as its hash.
 *
 * Events: `change` {hash} when the reader goes back or forward; the hash is empty for the list.
 */

import { emit } from '../ui/events.js';

export class Address extends EventTarget {
  constructor() {
    super();
    addEventListener('popstate', () => emit(this, 'change', { hash: this.hash }));
  }

  /** @returns {string} Of the conversation; empty if there is none. */
  get hash() {
    try {
      const hash = decodeURIComponent(location.hash.slice(1));
      return hash.startsWith('direct:') ? hash : '';
    } catch {
      // Not encoded as an address has to be.
      return '';
    }
  }

  /** @param {string} hash @param {boolean} canGoBack Whether the reader can go back to now. */
  show(hash, canGoBack) {
    const url = `#${encodeURIComponent(hash)}`;
    if (canGoBack) history.pushState(null, '', url);
    else history.replaceState(null, '', url);
  }

  clear() {
    history.replaceState(null, '', location.pathname + location.search);
  }
}
