// @ts-check
/** Announces new messages of others to screen readers. */

import { announce } from '../parts/feedback.js';
import { counted, filled } from '../parts/format.js';
import { displayName } from '../parts/people.js';
import { texts } from '../texts.js';

export class Announcer {
  #conversation;
  /** The last seq that was announced, or was there at the start. */
  #announcedTo = 0;

  /** @param {import('./conversation.js').Conversation} conversation */
  constructor(conversation) {
    this.#conversation = conversation;
  }

  /** Starts with a conversation that was just opened: what it contains is not announced. */
  start() {
    this.#announcedTo = this.#conversation.lastSeq;
  }

  announce() {
    const messages = this.#conversation.othersAfter(this.#announcedTo);
    this.#announcedTo = Math.max(this.#announcedTo, this.#conversation.lastSeq);
    const last = messages.at(-1);
    if (!last) return;
    const count = counted(texts.newMessages, messages.length);
    const name = last.sender_id ? displayName(this.#conversation.sender(last)) : texts.system;
    const text = filled(texts.preview, { name, text: last.body });
    announce(messages.length > 1 ? `${count}. ${text}` : text);
  }
}
