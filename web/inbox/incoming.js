// @ts-check
/** Pushes: each is applied once, and those that the reader may miss cause an alert. */

import { listen } from '../ui/events.js';
import { isByMember } from './channels/channel-store.js';
import { counted, filled } from './parts/format.js';
import { displayName } from './parts/people.js';
import { texts } from './texts.js';

/** While one socket replaces another, both may push the same event. */
const REMEMBERED_EVENTS = 500;

export class Incoming {
  #me;
  #channels;
  #presence;
  #alerts;
  #isInFront;
  /** @type {Set<string>} The ids of the latest events. */
  #received = new Set();

  /**
   * @param {object} parts
   * @param {string} parts.me The reader's id.
   * @param {import('../client/full-chat.js').FullChat} parts.chat
   * @param {import('./channels/channels.js').Channels} parts.channels
   * @param {import('./presence.js').Presence} parts.presence
   * @param {import('./alerts/alerts.js').Alerts} parts.alerts
   * @param {(hash: string) => boolean} parts.isInFront Whether the reader looks at a conversation.
   */
  constructor({ me, chat, channels, presence, alerts, isInFront }) {
    this.#me = me;
    this.#channels = channels;
    this.#presence = presence;
    this.#alerts = alerts;
    this.#isInFront = isInFront;
    listen(chat, 'push', (envelope) => this.#receive(envelope));
    listen(channels, 'grow', ({ by }) => this.#alertAboutMissed(by));
  }

  /** @param {any} envelope */
  #receive(envelope) {
    const { event, event_id, channel_hash, payload } = envelope;
    if (this.#received.has(event_id)) return;
    this.#remember(event_id);
    this.#channels.apply(envelope);
    this.#presence.apply(envelope);
    if (event === 'chat.note.created')
      this.#alertAboutMention(event_id, channel_hash, payload.note);
    if (event !== 'chat.message.created' || !isByMember(payload?.message)) return;
    const { sender_id, body } = payload.message;
    const customer = this.#channels.get(channel_hash)?.customer ?? { id: sender_id };
    this.#alert(event_id, channel_hash, customer, body);
  }

  /** @param {string} id @param {string} hash @param {import('../client/staff-log.js').Note} note */
  #alertAboutMention(id, hash, { author, author_id, body, mentions }) {
    if (author_id === this.#me || !mentions.includes(this.#me)) return;
    if (this.#isInFront(hash)) return;
    const name = displayName(author ?? { id: author_id });
    this.#alerts.alert({ id, hash, title: filled(texts.mentioned, { name }), body });
  }

  /** @param {string} id */
  #remember(id) {
    this.#received.add(id);
    const [oldest] = this.#received;
    if (this.#received.size > REMEMBERED_EVENTS) this.#received.delete(oldest);
  }

  /** @param {number} count How many messages arrived without a push. */
  #alertAboutMissed(count) {
    const channel = this.#channels.shown.hashes
      .map((hash) => this.#channels.get(hash))
      .find((one) => one?.unread_count);
    if (!channel) return;
    const { channel_hash, last_seq, customer } = channel;
    const text = counted(texts.missed, count);
    this.#alert(`${channel_hash} ${last_seq}`, channel_hash, customer, text);
  }

  /**
   * @param {string} id
   * @param {string} hash
   * @param {import('./parts/people.js').Person} customer
   * @param {string} body
   */
  #alert(id, hash, customer, body) {
    if (!this.#isInFront(hash))
      this.#alerts.alert({ id, hash, title: displayName(customer), body });
  }
}
