// @ts-check
/** The bar above the inbox that says when there is no connection. */

import { el } from '../ui/dom.js';
import { listen } from '../ui/events.js';
import { errorText } from './parts/feedback.js';
import { icon } from './parts/icons.js';
import { patch } from './parts/patch.js';
import { texts } from './texts.js';

/** Short disconnects are not announced. */
const SHOWN_AFTER_MS = 2_500;

export class ConnectionNotice {
  #chat;
  #session;
  /** Why the server refuses a connection; empty if it does not. */
  #refusal = '';
  /** @type {any} */
  #timer;
  element = el('div', { class: 'trouble', role: 'status', hidden: true });

  /**
   * @param {import('../client/full-chat.js').FullChat} chat
   * @param {import('./session/session.js').Session} session
   */
  constructor(chat, session) {
    this.#chat = chat;
    this.#session = session;
    listen(chat, 'error', ({ error }) => {
      if (error?.status >= 400 && error.status < 500 && error.status !== 401)
        this.#refusal = errorText(error);
    });
    listen(chat, 'status', ({ status }) => this.#statusChanged(status));
    for (const name of ['offline', 'online']) addEventListener(name, () => this.#show());
    session.addEventListener('token', () => this.#show());
  }

  /** @param {string} status */
  #statusChanged(status) {
    clearTimeout(this.#timer);
    if (status === 'open') {
      this.#refusal = '';
      this.#show();
    } else this.#timer = setTimeout(() => this.#show(), SHOWN_AFTER_MS);
  }

  #show() {
    const { status } = this.#chat;
    const isOnline = navigator.onLine !== false;
    // Without a token, the sign-in form says what to do.
    this.element.hidden = (status === 'open' && isOnline) || this.#session.token === null;
    const refusal = status === 'refused' && this.#refusal;
    const text = isOnline ? refusal || texts.reconnecting : texts.offline;
    patch(this.element, icon('alert'), text);
  }
}
