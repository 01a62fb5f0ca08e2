// @ts-check
/**
 * What the reader has seen of the open conversation. Messages count as read when the last one is in
 * view on a page in front. Then they are marked as read on the server, one request at a time.
 *
 * Events: `error` {error, isRequested} when a message could not be marked.
 */

import { emit } from '../../ui/events.js';

/** A message that is in view for this long has been noticed. */
const NOTICED_AFTER_MS = 1_000;
const RETRY_AFTER_MS = 5_000;

export class ReadMark extends EventTarget {
  #conversation;
  #isInFront;
  #send;
  /** Up to which seq the messages were in view for long enough to be noticed. */
  #seenTo = 0;
  #isSending = false;
  #isOutdated = false;
  #failedAt = -Infinity;
  /** @type {any} */
  #timer;

  /**
   * @param {import('./conversation.js').Conversation} conversation
   * @param {() => boolean} isInFront Whether the reader has the end of the conversation in view.
   * @param {() => Promise<unknown>} send Marks the conversation as read.
   */
  constructor(conversation, isInFront, send) {
    super();
    this.#conversation = conversation;
    this.#isInFront = isInFront;
    this.#send = send;
  }

  get seenTo() {
    return this.#seenTo;
  }

  /** Starts with a conversation that was just opened. */
  start() {
    clearTimeout(this.#timer);
    this.#seenTo = this.#conversation.lastSeq;
  }

  /** The log starts at a message: it and those below are not seen yet. @param {number} seq */
  startAt(seq) {
    this.#seenTo = seq - 1;
  }

  /** After a new sign-in: repeats a failed request at once. */
  retry() {
    this.#failedAt = -Infinity;
    this.look();
  }

  /** Marks what is in view as read, if the page is in front. */
  look() {
    clearTimeout(this.#timer);
    if (!this.#isInFront()) return;
    const { lastSeq } = this.#conversation;
    this.#timer = setTimeout(
      () => (this.#seenTo = Math.max(this.#seenTo, lastSeq)),
      NOTICED_AFTER_MS,
    );
    this.mark(false);
  }

  /** @param {boolean} isRequested By the reader, who then sees a failure. */
  async mark(isRequested) {
    this.#isOutdated = this.#isSending;
    if (this.#isSending || (!isRequested && Date.now() - this.#failedAt < RETRY_AFTER_MS)) return;
    this.#isSending = true;
    try {
      await this.#send();
    } catch (error) {
      this.#failedAt = Date.now();
      emit(this, 'error', { error, isRequested });
    }
    this.#isSending = false;
    // Messages may have arrived and been seen meanwhile.
    if (this.#isOutdated) this.look();
  }
}
