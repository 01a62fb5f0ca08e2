// @ts-check
/**
 * The chat as a page uses it.
 *
 * The log is the truth and the socket a hint: pushes make the view quick, route 17 makes it right.
 * It is asked for what comes after the last seq known without a gap: when a gap shows, after every
 * open and 5 s later, with every ping, and when the page comes back. So the view equals the log
 * within one ping interval of the last lost push, after one request per 100 events missed. Where
 * sockets do not get through at all, every vain attempt asks as well, and the chat goes on by
 * polling.
 *
 * Events of a `Chat` (all `CustomEvent`): `change` {channel_hash}, `typing` and `looking`
 * {channel_hash, user_id, role}, `status` {status}, `push` (every envelope that arrives, of
 * channels that are not open too), `error` {error, channel_hash?}.
 */

import { environment, pause } from './env.js';
import { Http, isPassing } from './http.js';
import { Outbox } from './outbox.js';
import { LiveSocket } from './socket.js';
import { Thread } from './thread.js';

export { ApiError } from './http.js';

const EVENTS_AT_ONCE = 100;
const MESSAGES_AT_ONCE = 50;
/** A push that overtook another is no loss: the other one gets so long to arrive. */
const GRACE_MS = 300;
/** Around an open a push can fall between two sockets. */
const SECOND_LOOK_MS = 5_000;
const TYPING_MS = 3_000;

/**
 * @typedef {object} Options
 * @property {string} api Where the API is, without `/store` or `/admin`.
 * @property {'store' | 'admin'} scope
 * @property {string} [actorId] An admin's own id. The store side needs none: whoever is not staff there is the caller.
 * @property {() => string | null | undefined | Promise<string | null | undefined>} [getToken] Medusa's JWT. Asked for before every request; for another person make another chat.
 * @property {() => string | null | undefined} [getGuestId] The secret of a logged-out visitor, asked for in the same way. It travels in a header only.
 *
 * @typedef {object} View
 * @property {(import('./thread.js').Message & { is_own: boolean })[]} messages Oldest first, without gaps unless `behind`.
 * @property {(import('./thread.js').Message & { is_own: boolean })[]} deleted What was deleted while it was shown: without its body.
 * @property {import('./outbox.js').Unsent[]} pending Written, not yet in `messages`.
 * @property {import('./thread.js').Member[]} members With their read marks.
 * @property {boolean} behind Whether something is known to be missing.
 * @property {boolean} hasOlder
 *
 * @typedef {object} Channel
 * @property {string} hash
 * @property {string} path
 * @property {Thread} thread
 * @property {Promise<void>} [ready]
 * @property {boolean} syncing Whether the log is being read.
 * @property {Promise<void>} [paging]
 * @property {boolean} again Whether somebody asked while the log was being read.
 * @property {number} attempt
 * @property {any} [timer]
 * @property {number} typedAt
 */

/** @param {Options & Partial<import('./env.js').Env>} options */
export function createChat(options) {
  return new Chat(options);
}

export class Chat extends EventTarget {
  #env;
  #options;
  #http;
  #socket;
  #outbox;
  /** @type {Map<string, Channel>} */
  #channels = new Map();
  /** @type {any} */
  #secondLook;
  /** Ends what `connect` began. @type {(() => void) | undefined} */
  #unlisten;

  /** @param {Options & Partial<import('./env.js').Env>} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#env = environment(options);
    this.#http = new Http(
      this.#env,
      `${options.api.replace(/\/+$/, '')}/${options.scope}/chat/`,
      () => this.#credentials(),
    );
    // The store side's channels name their person; staff share them, and must not send each other's
    // messages.
    const owner = options.actorId ? `chat-inbox:outbox:${options.actorId}:` : 'live-chat:outbox:';
    this.#outbox = new Outbox(
      this.#env,
      owner,
      (item) => this.#deliver(item),
      (hash) => this.#change(hash),
    );
    this.#socket = new LiveSocket(this.#env, {
      ticket: () => this.#http.request('POST', 'realtime/ticket'),
      frame: (frame) => this.#frame(frame),
      opened: () => {
        this.#catchUpAll();
        this.#env.clearTimeout(this.#secondLook);
        this.#secondLook = this.#env.setTimeout(() => this.#catchUpAll(), SECOND_LOOK_MS);
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

  /** Goes online. `open` does it by itself; an inbox that only lists channels calls it. */
  connect() {
    if (this.#unlisten) return;
    const { actorId } = this.#options;
    if (actorId) this.#outbox.resume();
    this.#unlisten = this.#env.onReturn(() => {
      this.#socket.wake();
      this.#outbox.wake();
      // Another tab may have been closed before it could send, and somebody may have logged in.
      for (const hash of actorId ? [''] : this.#channels.keys()) this.#outbox.resume(hash);
      this.#catchUpAll();
    });
    this.#socket.start();
  }

  /** @param {string} hash Shows a channel and keeps it up to date. @returns {Promise<View>} */
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
    const now = this.#channels.get(hash);
    if (now && now !== channel) return this.open(hash);
    return this.view(hash);
  }

  /** @param {string} hash Stops keeping a channel up to date. What is unsent is still sent. */
  leave(hash) {
    this.#env.clearTimeout(this.#channels.get(hash)?.timer);
    this.#channels.delete(hash);
  }

  /** @param {string} hash @returns {View} */
  view(hash) {
    const { thread } = this.#channel(hash);
    const owned = (/** @type {import('./thread.js').Message} */ message) => ({
      ...message,
      is_own: this.#isOwn(message),
    });
    const messages = thread.messages.map(owned);
    const arrived = new Set(messages.map((message) => message.is_own && message.client_message_id));
    const pending = this.#outbox.list(hash).filter((item) => !arrived.has(item.id));
    return {
      messages,
      deleted: thread.deleted.map(owned),
      pending,
      members: thread.members,
      behind: thread.behind,
      hasOlder: thread.cursor !== null,
    };
  }

  /** @param {string} hash Adds the page before the oldest message shown. */
  older(hash) {
    const channel = this.#channel(hash);
    return (channel.paging ??= this.#older(channel).finally(() => (channel.paging = undefined)));
  }

  /**
   * Writes a message. It is `pending` at once and is sent for as long as it takes.
   * @param {string} hash @param {string} body @param {'text' | 'meeting' | 'system'} [type]
   */
  send(hash, body, type = 'text') {
    this.#channel(hash);
    return this.#outbox.add(hash, body, type);
  }

  /** @param {string} id Of a refused message. */
  retry(id) {
    this.#outbox.retry(id);
  }

  /** @param {string} id Of an unsent message. */
  discard(id) {
    this.#outbox.discard(id);
  }

  /** @param {string} hash @param {string} id @param {string} body */
  async edit(hash, id, body) {
    const { thread } = this.#channel(hash);
    const asOf = thread.highest;
    const { message } = await this.#http.request('PUT', `messages/id/${encodeURIComponent(id)}`, {
      body,
    });
    if (thread.put(message, asOf)) this.#change(hash);
  }

  /** @param {string} hash @param {string} id */
  async remove(hash, id) {
    const { thread } = this.#channel(hash);
    await this.#http.request('DELETE', `messages/id/${encodeURIComponent(id)}`);
    if (thread.remove(id)) this.#change(hash);
  }

  /** @param {string} hash Everything shown has been seen. Never marks what a gap still hides. */
  async markRead(hash) {
    const { thread, path } = this.#channel(hash);
    const mine = thread.members.find((member) => this.#isMe(member.user_id, member.role));
    const theirs = thread.messages
      .filter((message) => message.seq <= thread.seq && !this.#isOwn(message))
      .pop();
    const due = theirs?.seq ?? Math.max(thread.floor, 1) - 1;
    if (!thread.seq || due <= (mine?.last_read_seq ?? 0)) return;
    const { member } = await this.#http.request('PUT', `channels/${path}/read`, {
      seq: thread.seq,
    });
    if (thread.mark(member)) this.#change(hash);
  }

  /** @param {string} hash Tells the others, at most every 3 s. */
  typing(hash) {
    const channel = this.#channel(hash);
    if (this.#env.now() - channel.typedAt < TYPING_MS) return;
    if (this.tell({ action: 'typing', channel_hash: hash })) channel.typedAt = this.#env.now();
  }

  /**
   * @param {object} frame Any other frame. How often is for the caller to say.
   * @returns {boolean} Whether there was a socket.
   */
  tell(frame) {
    return this.#socket.send(frame);
  }

  /**
   * @param {string} method
   * @param {string} path Below `/{scope}/chat/`.
   * @param {unknown} [body] Any other route, as this person.
   */
  request(method, path, body) {
    return this.#http.request(method, path, body);
  }

  /** Makes a guest's channels the customer's, who needs a token here. @param {string} guestId */
  claim(guestId) {
    return this.#http.request('POST', 'guest/claim', undefined, guestHeader(guestId));
  }

  /** For good. */
  close() {
    this.#unlisten?.();
    // Whoever opens a channel only now comes too late.
    this.#unlisten = () => {};
    this.#env.clearTimeout(this.#secondLook);
    this.#socket.stop();
    this.#outbox.stop();
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
      await this.#http.request('GET', `messages/${channel.path}?limit=${MESSAGES_AT_ONCE}`),
    );
    if (this.#channels.get(channel.hash) !== channel) return;
    this.#change(channel.hash);
    this.#heal(channel);
    this.#outbox.resume(channel.hash);
  }

  /** @param {Channel} channel */
  async #older({ hash, path, thread }) {
    const { cursor, highest } = thread;
    if (cursor === null) return;
    const query = `cursor=${encodeURIComponent(cursor)}&limit=${MESSAGES_AT_ONCE}`;
    thread.prepend(await this.#http.request('GET', `messages/${path}?${query}`), highest);
    this.#change(hash);
  }

  /** @param {import('./outbox.js').Unsent} item */
  async #deliver({ id, channel_hash, body, type }) {
    const thread = this.#channels.get(channel_hash)?.thread;
    const asOf = thread?.highest ?? 0;
    const sent = { body, type, client_message_id: id };
    const { message } = await this.#http
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
    if (frame.event === 'chat.typing' || frame.event === 'chat.looking') {
      return this.#emit(frame.event.slice('chat.'.length), {
        channel_hash: frame.channel_hash,
        ...frame.payload,
      });
    }
    this.#emit('push', frame);
    const channel = this.#channels.get(frame.channel_hash);
    if (!channel) return;
    if (channel.thread.apply(frame)) this.#change(channel.hash);
    this.#heal(channel);
  }

  /**
   * @param {Channel} channel Asks for what is missing, soon; one that is on its way may still
   * arrive.
   */
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
  }

  /**
   * @param {Channel} channel One request at a time; whoever asks meanwhile is served by one more.
   */
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

  /**
   * @param {Channel} channel Reads the log to its end, or to where the server still sees a write
   * half done.
   */
  async #pull({ hash, path, thread, ready }) {
    await ready;
    for (let more = true; more && this.#channels.get(hash)?.thread === thread;) {
      const { seq } = thread;
      const log = await this.#http.request(
        'GET',
        `channels/${path}/events?after=${seq}&limit=${EVENTS_AT_ONCE}`,
      );
      if (thread.catchUp(log)) this.#change(hash);
      more = log.has_more && thread.seq > seq;
    }
  }

  /** @param {string} hash */
  #channel(hash) {
    const channel = this.#channels.get(hash);
    if (!channel) throw new Error('This channel is not open');
    return channel;
  }

  /** @param {import('./thread.js').Message} message */
  #isOwn({ sender_id, sender_role }) {
    return this.#isMe(sender_id, sender_role);
  }

  /**
   * @param {string} id
   * @param {string} role The store side's channels have one person; staff are many.
   */
  #isMe(id, role) {
    const { actorId } = this.#options;
    return actorId ? id === actorId : role === 'customer' || role === 'guest';
  }

  /** @param {string} channel_hash */
  #change(channel_hash) {
    if (this.#channels.has(channel_hash)) this.#emit('change', { channel_hash });
  }

  /** @param {string} name @param {object} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** By the name without underscores, which proxies drop. @param {string} guestId */
const guestHeader = (guestId) => ({ 'x-guest-id-for-live-chat': guestId });
