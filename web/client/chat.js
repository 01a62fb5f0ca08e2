// @ts-check
/**
 * The chat of one person: channels that are kept up to date, and messages that get sent.
 *
 * The log is the truth and the socket a hint: pushes make the view fast, the log makes it right.
 * The client reads the log after the last seq known without a gap: when a gap shows, after every
 * open and 5 s later, with every ping, and when the page comes back. So the view equals the log
 * within one ping interval of the last lost push, at one request per 100 missed entries. Where
 * sockets are blocked, each failed attempt reads the log too, so that the chat works by polling.
 *
 * Events of a `Chat` (all `CustomEvent`): `change` {channel_hash}, `typing` and `looking`
 * {channel_hash, user_id, role}, `presence` {online} of staff, or for staff {channel_hash, user_id,
 * role, online} of the member whose channel it looks at; `status` {status} after a change;
 * `opened` after each open of a socket, also of one that replaces another; `catch-up` whenever the
 * logs of all channels are read; `push` (every envelope, also of channels that are not open),
 * `error` {error, channel_hash?}, `reach` {path, error?} after each attempt of a request: an error
 * if the server cannot be reached, or not now.
 */

import { environment, pause } from './env.js';
import { guestHeader, Http, isPassing, MESSAGES_PER_PAGE } from './http.js';
import { Outbox } from './outbox.js';
import { LiveSocket } from './socket.js';
import { Thread } from './thread.js';

const ENTRIES_PER_REQUEST = 100;
/** Pushes may overtake each other: a missing one has this long to arrive. */
const GRACE_MS = 300;
/** A push can be lost between two sockets: after an open the log is read once more. */
const SECOND_READ_MS = 5_000;
/** The shortest time between two frames about typing. */
const TYPING_MS = 3_000;

/**
 * @typedef {string | null | undefined} Secret
 * @typedef {object} Options
 * @property {string} api The URL of the API, without `/store` or `/admin`.
 * @property {'store' | 'admin'} scope
 * @property {string} [actorId] An admin's own id. In the store scope everybody but staff is the
 *   caller.
 * @property {string} [outbox] Begins the storage keys of unsent messages. A channel of the store
 *   side belongs to one person, so they need no name.
 * @property {() => Secret | Promise<Secret>} [getToken] Returns Medusa's JWT. Called before every
 *   request. Another person needs another chat.
 * @property {() => Secret} [getGuestId] Returns a guest's secret, which travels in a header only.
 *   Called before every request.
 *
 * @typedef {import('./thread.js').Message & { is_own: boolean }} Message
 * @typedef {object} View
 * @property {Message[]} messages Oldest first, without gaps unless `behind`.
 * @property {Message[]} deleted Messages that were deleted while they were shown, without bodies.
 * @property {import('./outbox.js').Unsent[]} pending Written, not yet in `messages`.
 * @property {import('./thread.js').Member[]} members With their read marks.
 * @property {boolean} behind Whether entries are known to be missing.
 * @property {boolean} hasOlder
 *
 * @typedef {object} Channel
 * @property {string} hash
 * @property {string} path
 * @property {Thread} thread
 * @property {Promise<void>} [ready]
 * @property {boolean} syncing Whether the log is being read.
 * @property {Promise<void>} [paging]
 * @property {boolean} again Whether to read the log once more: it was requested meanwhile.
 * @property {number} attempt
 * @property {any} [timer]
 * @property {number} typedAt
 */

export class Chat extends EventTarget {
  #env;
  #options;
  /** For `actions.js`. */
  http;
  #socket;
  outbox;
  /** @type {Map<string, Channel>} */
  #channels = new Map();
  /** @type {any} */
  #secondRead;
  /** Reverses `connect`. @type {(() => void) | undefined} */
  #unlisten;

  /** @param {Options & Partial<import('./env.js').Env>} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#env = environment(options);
    this.http = new Http(
      this.#env,
      `${options.api.replace(/\/+$/, '')}/${options.scope}/chat/`,
      () => this.#credentials(),
      (path, error) => this.#emit('reach', { path, error }),
    );
    this.outbox = new Outbox(
      this.#env,
      options.outbox ?? 'live-chat:outbox:',
      (item) => this.#deliver(item),
      (hash) => this.changed(hash),
    );
    this.#socket = new LiveSocket(this.#env, {
      ticket: () => this.http.request('POST', 'realtime/ticket'),
      frame: (frame) => this.#frame(frame),
      opened: () => {
        this.#emit('opened', {});
        this.#catchUpAll();
        this.#env.clearTimeout(this.#secondRead);
        this.#secondRead = this.#env.setTimeout(() => this.#catchUpAll(), SECOND_READ_MS);
      },
      pinged: () => this.#catchUpAll(),
      failed: (error) => {
        if (error) this.#emit('error', { error });
        if (!error || !isPassing(error)) this.#catchUpAll();
      },
      status: (status) => this.#emit('status', { status }),
    });
  }

  get status() {
    return this.#socket.status;
  }

  /** Connects. `open` does this too; an inbox that only lists channels calls it itself. */
  connect() {
    if (this.#unlisten) return;
    const { actorId } = this.#options;
    if (actorId) this.resume();
    this.#unlisten = this.#env.onReturn(() => {
      this.#socket.wake();
      this.outbox.wake();
      // Another tab may have been closed with unsent messages, and somebody may have logged in.
      for (const hash of actorId ? [''] : this.#channels.keys()) this.resume(hash);
      this.#catchUpAll();
    });
    this.#socket.start();
  }

  /**
   * Sends what an earlier page left. The widget sets it later.
   * @param {string} [hash]
   * @returns {void}
   */
  resume(hash) {
    return void hash;
  }

  /** @param {string} hash Of a channel to load and keep up to date. @returns {Promise<View>} */
  async open(hash) {
    this.connect();
    let channel = this.#channels.get(hash);
    if (!channel) {
      channel = {
        hash,
        path: encodeURIComponent(hash),
        thread: new Thread(),
        syncing: false,
        again: false,
        attempt: 0,
        typedAt: -Infinity,
      };
      this.#channels.set(hash, channel);
      channel.ready = this.#load(channel);
    }
    try {
      await channel.ready;
    } catch (error) {
      if (this.#channels.get(hash) === channel) this.#channels.delete(hash);
      throw error;
    }
    // Left and opened again meanwhile: the new one may still be loading.
    const current = this.#channels.get(hash);
    if (current && current !== channel) return this.open(hash);
    return this.view(hash);
  }

  /** @param {string} hash Stops keeping a channel up to date. Unsent messages are still sent. */
  leave(hash) {
    this.#env.clearTimeout(this.#channels.get(hash)?.timer);
    this.#channels.delete(hash);
  }

  /** @param {string} hash @returns {View} */
  view(hash) {
    const { thread } = this.channel(hash);
    const owned = (/** @type {import('./thread.js').Message} */ message) => ({
      ...message,
      is_own: this.isMe(message.sender_id, message.sender_role),
    });
    const messages = thread.messages.live.map(owned);
    const arrived = new Set(messages.map((message) => message.is_own && message.client_message_id));
    const pending = this.outbox.list(hash).filter((item) => !arrived.has(item.id));
    return {
      messages,
      deleted: thread.messages.deleted.map(owned),
      pending,
      members: thread.members,
      behind: thread.behind,
      hasOlder: thread.cursor !== null,
    };
  }

  /**
   * Writes a message. It is `pending` at once, and is sent until the server stores or refuses it.
   * @param {string} hash @param {string} body @param {'text' | 'meeting' | 'system'} [type]
   * @param {object} [work] Further fields of the request: the `status` that comes with it.
   */
  send(hash, body, type = 'text', work) {
    this.channel(hash);
    return this.outbox.add(hash, body, type, work);
  }

  /** @param {string} hash Says to the others that this person is typing, at most every 3 s. */
  typing(hash) {
    const channel = this.channel(hash);
    // The clock may have been set back.
    if (Math.abs(this.#env.now() - channel.typedAt) < TYPING_MS) return;
    if (this.sendFrame({ action: 'typing', channel_hash: hash })) channel.typedAt = this.#env.now();
  }

  /**
   * @param {object} frame Any frame; the caller limits how often.
   * @returns {boolean} Whether there was a socket.
   */
  sendFrame(frame) {
    return this.#socket.send(frame);
  }

  /**
   * Calls any route as this person.
   * @param {string} method @param {string} path Below `/{scope}/chat/`. @param {unknown} [body]
   * @param {Record<string, string>} [headers]
   */
  request(method, path, body, headers) {
    return this.http.request(method, path, body, headers);
  }

  /** Ends the chat for good. */
  close() {
    this.#unlisten?.();
    // A later `connect` does nothing.
    this.#unlisten = () => {};
    this.#env.clearTimeout(this.#secondRead);
    this.#socket.stop();
    this.outbox.stop();
    for (const hash of [...this.#channels.keys()]) this.leave(hash);
  }

  /** @returns {Promise<Record<string, string>>} */
  async #credentials() {
    const { getToken, getGuestId } = this.#options;
    const token = await getToken?.();
    const guestId = getGuestId?.();
    if (token) return { authorization: `Bearer ${token}` };
    return guestId ? guestHeader(guestId) : {};
  }

  /** @param {Channel} channel */
  async #load(channel) {
    channel.thread.begin(
      await this.http.request('GET', `messages/${channel.path}?limit=${MESSAGES_PER_PAGE}`),
    );
    if (this.#channels.get(channel.hash) !== channel) return;
    this.changed(channel.hash);
    this.#heal(channel);
    this.resume(channel.hash);
  }

  /** @param {import('./outbox.js').Unsent} item */
  async #deliver({ id, channel_hash, body, type, work }) {
    const thread = this.#channels.get(channel_hash)?.thread;
    const asOf = thread?.highest ?? 0;
    const sent = { ...work, body, type, client_message_id: id };
    const { message } = await this.http
      .request('POST', `messages/${encodeURIComponent(channel_hash)}`, sent)
      .catch((error) => {
        this.#emit('error', { error, channel_hash });
        throw error;
      });
    thread?.put(message, asOf);
  }

  /** @param {any} frame */
  #frame(frame) {
    if (frame.event === 'error') return this.#emit('error', { error: new Error(frame.message) });
    // What is not about an entry of the log.
    const [, sign] = /^chat\.(\w+)$/.exec(frame.event) ?? [];
    if (sign) return this.#emit(sign, { channel_hash: frame.channel_hash, ...frame.payload });
    this.#emit('push', frame);
    const channel = this.#channels.get(frame.channel_hash);
    if (!channel) return;
    if (channel.thread.apply(frame)) this.changed(channel.hash);
    this.#heal(channel);
  }

  /** @param {Channel} channel Reads a missing entry from the log, unless its push arrives soon. */
  #heal(channel) {
    if (channel.syncing || channel.timer || !channel.thread.behind) return;
    this.#later(channel, GRACE_MS);
  }

  /** @param {Channel} channel @param {number} ms */
  #later(channel, ms) {
    channel.timer = this.#env.setTimeout(() => {
      channel.timer = undefined;
      if (channel.thread.behind || channel.attempt) this.#catchUp(channel);
    }, ms);
  }

  #catchUpAll() {
    for (const channel of this.#channels.values()) this.#catchUp(channel);
    this.#emit('catch-up', {});
  }

  /** @param {Channel} channel One request at a time: calls meanwhile lead to one more together. */
  #catchUp(channel) {
    channel.again = true;
    if (!channel.syncing) this.#sync(channel);
  }

  /** @param {Channel} channel */
  async #sync(channel) {
    channel.syncing = true;
    this.#env.clearTimeout(channel.timer);
    channel.timer = undefined;
    let failure;
    while (channel.again && !failure) {
      channel.again = false;
      failure = await this.#pull(channel).catch((error) => error);
    }
    channel.syncing = false;
    if (this.#channels.get(channel.hash) !== channel) return;
    if (failure) this.#emit('error', { error: failure, channel_hash: channel.hash });
    if (failure ? isPassing(failure) : channel.thread.behind)
      this.#later(channel, pause(this.#env, channel.attempt++));
    else channel.attempt = 0;
  }

  /** @param {Channel} channel Reads the log to its end, or to a write that is half done. */
  async #pull({ hash, path, thread, ready }) {
    await ready;
    for (let more = true; more && this.#channels.get(hash)?.thread === thread;) {
      const { seq } = thread;
      const log = await this.http.request(
        'GET',
        `channels/${path}/events?after=${seq}&limit=${ENTRIES_PER_REQUEST}`,
      );
      if (thread.catchUp(log)) this.changed(hash);
      more = log.has_more && thread.seq > seq;
    }
  }

  /** @param {string} hash */
  channel(hash) {
    const channel = this.#channels.get(hash);
    if (!channel) throw new Error();
    return channel;
  }

  /**
   * In the store scope a channel has one person: its customer, who may have been its guest before.
   * @param {string | null} id @param {string} role
   */
  isMe(id, role) {
    const { actorId } = this.#options;
    return actorId ? id === actorId : role === 'customer' || role === 'guest';
  }

  /** @param {string} channel_hash */
  changed(channel_hash) {
    if (this.#channels.has(channel_hash)) this.#emit('change', { channel_hash });
  }

  /** @param {string} name @param {object} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
