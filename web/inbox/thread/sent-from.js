// @ts-check
/**
 * From which pages of the shop messages were sent. Pushes do not say it, so it is asked for once
 * such messages are in front: at once, and then every few minutes, for all of them together.
 */

import { isByMember } from '../channels/channel-store.js';

/** Pages change slower than messages come, and each request has its price. */
const PAUSE_MS = 5 * 60_000;
/** Messages of one request. */
const MOST_MESSAGES = 100;

export class SentFrom {
  #chat;
  /** @type {Map<string, number>} When a conversation was asked about. */
  #asked = new Map();
  /** @type {any} */
  #timer;

  /** @param {import('../../client/chat.js').Chat} chat */
  constructor(chat) {
    this.#chat = chat;
  }

  /** @param {import('./conversation.js').Conversation} conversation That is shown. */
  look(conversation) {
    clearTimeout(this.#timer);
    const { hash, messages } = conversation;
    const lacking = messages.filter((one) => one.page === undefined && isByMember(one));
    if (!hash || document.hidden || !lacking.length) return;
    const wait = (this.#asked.get(hash) ?? -Infinity) + PAUSE_MS - Date.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => this.look(conversation), Math.min(wait, PAUSE_MS));
      return;
    }
    this.#asked.set(hash, Date.now());
    // Without an answer the next messages ask again.
    this.#ask(hash, lacking[0].seq, lacking[lacking.length - 1].seq).catch(() => {});
  }

  /** @param {string} hash @param {number} first A seq. @param {number} last */
  async #ask(hash, first, last) {
    const { thread, path } = this.#chat.channel(hash);
    const { highest } = thread;
    const query = `cursor=${last + 1}&limit=${Math.min(last - first + 1, MOST_MESSAGES)}`;
    const { messages } = await this.#chat.request('GET', `messages/${path}?${query}`);
    for (const message of messages) thread.put(message, highest);
    this.#chat.changed(hash);
  }
}
