// @ts-check
/**
 * Where the messages begin that were new to the reader when the conversation was opened, and how
 * many there were. The place is unknown until the first of them has been loaded. Then it stays.
 */
export class NewMark {
  #conversation;
  /** Up to which seq nothing was new. */
  readTo = 0;
  /** The last seq when `count` was counted. */
  #countedTo = 0;
  /** @type {number | undefined} The seq of the first new message. */
  first;
  /** How many messages of the customer were new: the server's number. */
  count = 0;

  /** @param {import('./conversation.js').Conversation} conversation */
  constructor(conversation) {
    this.#conversation = conversation;
  }

  /** Whether there are new messages, and the first one has not been loaded yet. */
  get isFurtherUp() {
    return this.count > 0 && this.first === undefined;
  }

  /** Starts with a conversation that was just opened. */
  start() {
    const { readByMe, lastOwn, lastSeq, channel } = this.#conversation;
    // Who has answered has read what stands above the answer.
    this.readTo = Math.max(readByMe, lastOwn?.seq ?? 0);
    this.#countedTo = lastSeq;
    this.first = undefined;
    const loaded = this.#conversation.membersAfter(this.readTo).length;
    const unread = this.readTo > readByMe ? 0 : (channel?.unread_count ?? 0);
    this.count = Math.max(unread, loaded);
    this.find();
  }

  /** After a change: finds the first new message. */
  find() {
    if (this.first !== undefined) return;
    const { view, messages } = this.#conversation;
    const [later] = this.#conversation.membersAfter(Math.max(this.readTo, this.#countedTo));
    const counted = this.#conversation
      .membersAfter(this.readTo)
      .filter(({ seq }) => seq <= this.#countedTo);
    const isAllLoaded = !view?.hasOlder || messages[0]?.seq <= this.readTo + 1;
    if (!isAllLoaded && counted.length < this.count) return;
    this.count = counted.length;
    this.first = (counted[0] ?? later)?.seq;
  }

  /** Nothing up to now is new. */
  clear() {
    this.readTo = this.#countedTo = this.#conversation.lastSeq;
    this.first = undefined;
    this.count = 0;
  }
}
