// @ts-check
/** Announces new messages of others to screen readers, and requests their senders' names. */

import { announce } from '../parts/feedback.js';
import { counted, filled } from '../parts/format.js';
import { displayName } from '../parts/people.js';
import { texts } from '../texts.js';

export class Announcer {
  #conversation;
  #presence;
  /** The last seq that was announced, or was there at the start. */
  #announcedTo = 0;

  /**
   * @param {import('./conversation.js').Conversation} conversation
   * @param {import('../presence.js').Presence} presence
   */
  constructor(conversation, presence) {
    this.#conversation = conversation;
    this.#presence = presence;
  }

  /** Starts with a conversation that was just opened: what it contains is not announced. */
  start() {
    this.#loadNames(0);
    this.#announcedTo = this.#conversation.lastSeq;
  }

  announce() {
    const messages = this.#conversation.othersAfter(this.#announcedTo);
    this.#loadNames(this.#announcedTo);
    this.#announcedTo = Math.max(this.#announcedTo, this.#conversation.lastSeq);
    const last = messages.at(-1);
    if (!last) return;
    const count = counted(texts.newMessages, messages.length);
    const sender = displayName(this.#conversation.sender(last));
    const text = filled(texts.preview, { name: sender, text: last.body });
    announce(messages.length > 1 ? `${count}. ${text}` : text);
  }

  /** @param {number} seq */
  #loadNames(seq) {
    for (const { sender_id, sender_role } of this.#conversation.othersAfter(seq))
      if (sender_role === 'admin') this.#presence.load(sender_id);
  }
}
