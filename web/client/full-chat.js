// @ts-check
/** The chat with all that can be done in it. */

import { claim, discard, edit, markRead, older, remove, resume, retry } from './actions.js';
import { Chat } from './chat.js';

/** @param {import('./chat.js').Options & Partial<import('./env.js').Env>} options */
export const createChat = (options) => new FullChat(options);

/** `actions.js` says what each one does. */
export class FullChat extends Chat {
  /** @param {import('./chat.js').Options & Partial<import('./env.js').Env>} options */
  constructor(options) {
    const { actorId } = options;
    // Staff share channels, and must not send each other's messages.
    super({ ...options, outbox: actorId && `chat-inbox:outbox:${actorId}:` });
  }

  /** @param {string} [hash] */
  resume(hash) {
    resume(this.outbox, hash);
  }

  /** @param {string} hash */
  older(hash) {
    return older(this, hash);
  }

  /** @param {string} hash @param {string} id @param {string} body @param {object} [more] */
  edit(hash, id, body, more) {
    return edit(this, hash, id, body, more);
  }

  /** @param {string} hash @param {string} id */
  remove(hash, id) {
    return remove(this, hash, id);
  }

  /** @param {string} hash */
  markRead(hash) {
    return markRead(this, hash);
  }

  /** @param {string} id Of a refused message. */
  retry(id) {
    retry(this.outbox, id);
  }

  /** @param {string} id Of an unsent message. */
  discard(id) {
    discard(this.outbox, id);
  }

  /** @param {string} guestId */
  claim(guestId) {
    return claim(this, guestId);
  }
}
