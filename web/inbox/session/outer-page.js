// @ts-check
/**
 * The page around an embedded inbox, such as Medusa's dashboard, which hands over the token. Only
 * pages of the allowed origins are sent messages or listened to.
 *
 * Events: `token` {token}.
 */

import { emit } from '../../ui/events.js';

export class OuterPage extends EventTarget {
  #origins;

  /** @param {string[]} origins */
  constructor(origins) {
    super();
    this.#origins = origins;
    addEventListener('message', (event) => this.#receive(event));
  }

  /** @param {'live-chat:ready' | 'live-chat:expired'} type */
  send(type) {
    // If the browser names the origin, the others are not tried: each would be an error in the
    // console.
    const outer = location.ancestorOrigins?.[0];
    for (const origin of this.#origins)
      if (!outer || origin === outer) parent.postMessage({ type }, origin);
  }

  /** @param {MessageEvent} event */
  #receive({ source, origin, data }) {
    if (source !== parent || !this.#origins.includes(origin)) return;
    if (data?.type === 'live-chat:token' && typeof data.token === 'string')
      emit(this, 'token', { token: data.token });
  }
}
