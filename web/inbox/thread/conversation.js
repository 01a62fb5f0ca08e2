// @ts-check
/** The open conversation as the parts of the thread see it: its messages and its people. */

import { summaryOf } from '../../ui/summary.js';
import { isByMember } from '../channels/channel-store.js';
import { recipient } from '../channels/recipient.js';
import { number } from '../parts/format.js';
import { displayName } from '../parts/people.js';
import { changeText } from './change-text.js';

/**
 * @typedef {import('../../client/thread.js').Message & { is_own: boolean }} Message
 * @typedef {import('../parts/people.js').Person} Person
 * @typedef {{ seq: number, by: string, body: string }} News Who wrote what, and the last `seq`.
 */

/** In characters. */
export const MAX_MESSAGE_LENGTH = 5_000;

/** @param {number} length Of a message. */
export const lengthText = (length) => `${number(length)} / ${number(MAX_MESSAGE_LENGTH)}`;

export class Conversation {
  #channels;
  #presence;
  #staffLogs;
  #labels;
  /** Empty while none is open. */
  hash = '';
  /** @type {import('../../client/chat.js').View | undefined} Undefined while it is loading. */
  view;

  /**
   * @param {import('../channels/channels.js').Channels} channels
   * @param {import('../presence.js').Presence} presence
   * @param {import('../../client/staff-logs.js').StaffLogs} staffLogs
   * @param {import('../labels.js').Labels} labels
   */
  constructor(channels, presence, staffLogs, labels) {
    this.#channels = channels;
    this.#presence = presence;
    this.#staffLogs = staffLogs;
    this.#labels = labels;
  }

  /** The notes and the changes of the staff's work, and unsent notes. */
  get staffView() {
    return this.#staffLogs.view(this.hash);
  }

  /** The notes, also those that are deleted. */
  get notes() {
    return this.staffView.lines.flatMap(({ note }) => (note ? [note] : []));
  }

  /** @param {string} id Of an admin. */
  isMe(id) {
    return id === this.#presence.me;
  }

  /** @param {import('../../client/staff-log.js').Note} note @returns {Person} */
  author({ author_id, author }) {
    this.#presence.know(author);
    return this.#presence.admin(author_id);
  }

  /** @param {import('../../client/staff-log.js').StaffEntry} entry */
  changeText(entry) {
    return changeText(
      entry,
      (id) => this.#presence.shortName(id),
      this.customer.first_name || displayName(this.customer),
      (slug) => this.#labels.get(slug).name,
    );
  }

  /** As the list knows it. */
  get channel() {
    return this.#channels.get(this.hash);
  }

  /** @returns {Person} */
  get customer() {
    return this.#channels.customerOf(this.hash);
  }

  /** With whom the customer is talking, if that has to be said. */
  get recipient() {
    return recipient(this.channel, this.#presence, this.#channels.isOneOfSeveral(this.hash));
  }

  get messages() {
    return this.view?.messages ?? [];
  }

  /** The last seq of a message. */
  get lastSeq() {
    return Math.max(0, ...this.messages.map(({ seq }) => seq));
  }

  get hasUnsent() {
    return (this.view?.pending.length ?? 0) > 0;
  }

  /** The reader's last message that can be edited. */
  get lastOwn() {
    return this.messages.findLast(
      ({ is_own, message_type }) => is_own && message_type !== 'system',
    );
  }

  /** Up to which seq the customer has read. */
  get readByMember() {
    const members = this.view?.members.filter(({ role }) => role !== 'admin') ?? [];
    return Math.max(0, ...members.map(({ last_read_seq }) => last_read_seq));
  }

  /** Up to which seq the reader has read. */
  get readByMe() {
    const me = this.#presence.me;
    return this.view?.members.find(({ user_id }) => user_id === me)?.last_read_seq ?? 0;
  }

  /** @param {number} seq @returns {Message[]} The messages of others after it. */
  othersAfter(seq) {
    return this.messages.filter((message) => message.seq > seq && !message.is_own);
  }

  /** @param {number} seq @returns {Message[]} The customer's messages after it. */
  membersAfter(seq) {
    return this.messages.filter((message) => message.seq > seq && isByMember(message));
  }

  /** @param {Message} message @returns {Person} */
  sender(message) {
    return isByMember(message) ? this.customer : this.#presence.sender(message);
  }

  /**
   * @param {number} since
   * @param {number} seenTo
   * @returns {News | undefined} What others wrote after `since` and the writer may not know: a
   *   message of another admin, or one of the customer that was not seen yet.
   */
  newsAfter(since, seenTo) {
    const others = this.othersAfter(since).filter(({ sender_id }) => sender_id);
    const news =
      others.findLast((message) => !isByMember(message)) ??
      others.findLast(({ seq }) => seq > seenTo);
    return news && { seq: this.lastSeq, by: displayName(this.sender(news)), body: summaryOf(news) };
  }
}
