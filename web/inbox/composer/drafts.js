// @ts-check
/** What an admin has written and not sent, for each conversation, while the tab is open. */

import { readStored, writeStored } from '../parts/storage.js';

/** @typedef {{ text: string, since: number }} Draft `since`: the last seq when it was begun. */

export class Drafts {
  #me;

  /** @param {string} me The writer's id. */
  constructor(me) {
    this.#me = me;
  }

  /** @param {string} hash @returns {Draft | null} */
  read(hash) {
    return readStored('sessionStorage', this.#key(hash));
  }

  /** @param {string} hash @param {Draft} draft An empty text removes it. */
  write(hash, draft) {
    writeStored('sessionStorage', this.#key(hash), draft.text ? draft : null);
  }

  /** @param {string} hash */
  #key(hash) {
    return `chat-inbox:draft:${this.#me}:${hash}`;
  }
}
