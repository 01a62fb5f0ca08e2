// @ts-check
/**
 * The chat of one person: their conversations, and the one that is shown.
 *
 * A session belongs to the same person from beginning to end. When somebody logs in or out, the
 * panel ends it and starts another one, so that no late response reaches the next person.
 *
 * Opening the panel creates nothing. A guest and a conversation are created with the first
 * character that is written.
 */

import { Chat } from '../client/chat.js';
import { isPassing } from '../client/http.js';

/** Disconnects that are shorter are not announced. */
const BREAK_MS = 3_000;
const RETRY_MS = 5_000;

/**
 * @typedef {import('../client/chat.js').View} View
 * @typedef {object} Listener
 * @property {() => void} change
 * @property {(isTyping: boolean) => void} typing Staff in the conversation that is shown.
 * @property {(isConnected: boolean) => void} status
 * @property {(error: any) => void} error
 */

export class Session {
  #host;
  #on;
  #isOver = false;
  /** Whether the conversation that is shown has been loaded. */
  #isReady = false;
  /** @type {any} */
  #breakTimer;
  /** Whether it is known which conversations there are. */
  isFound = false;
  /** The hash of the conversation that is shown; empty: none yet. */
  hash = '';
  /** @type {any[]} The person's conversations, as the server lists them. */
  channels = [];

  /** @param {import('./live-chat.js').LiveChat} host @param {Listener} on */
  constructor(host, on) {
    this.#host = host;
    this.#on = on;
    this.chat = new Chat({
      api: host.api,
      scope: 'store',
      // Read before every request: another tab may have created the guest, or claimed it.
      getGuestId: () => (this.#isOver || host.isCustomer ? null : host.guestId),
      getToken: () => (this.#isOver ? null : host.jwt()),
    });
    /** @type {Record<string, (detail: any) => void>} */
    const reactions = {
      change: () => on.change(),
      error: ({ error }) => isPassing(error) || on.error(error),
      status: ({ status }) => this.#connection(status),
      typing: ({ channel_hash, role }) =>
        role === 'admin' && channel_hash === this.hash && on.typing(true),
      push: ({ channel_hash }) => (channel_hash === this.hash ? on.typing(false) : this.refresh()),
    };
    for (const [name, react] of Object.entries(reactions))
      this.chat.addEventListener(
        name,
        (event) => this.#isOver || react(/** @type {CustomEvent} */ (event).detail),
      );
  }

  /** Finds the person's conversations, and shows the one with the chosen admin, or the newest. */
  find = this.#once(async () => {
    const host = this.#host;
    if (host.isCustomer && host.guestId) {
      // A refusal is final: the guest has been claimed before, and stays with that customer.
      await this.chat.claim(host.guestId).catch((error) => {
        if (isPassing(error)) throw error;
      });
      this.#assertCurrent();
      host.guestId = null;
    }
    await this.#list();
    this.#assertCurrent();
    const channel = this.channels.find((one) => !host.admin || one.admin_id === host.admin);
    this.isFound = true;
    if (channel) await this.show(channel.channel_hash);
    else this.#on.change();
  });

  /** Finds or starts the person's conversation. An unknown person becomes a new guest first. */
  enter = this.#once(async () => {
    const host = this.#host;
    if (host.isSomebody) await this.find();
    else await this.#createGuest();
    if (this.hash) return;
    const { channel } = await this.chat.request('POST', 'channels', {
      admin_id: host.admin || undefined,
    });
    this.#assertCurrent();
    this.channels.unshift(channel);
    await this.show(channel.channel_hash);
  });

  /** The conversation that is shown, as the server lists it. */
  get channel() {
    return this.channels.find(({ channel_hash }) => channel_hash === this.hash) ?? {};
  }

  /** @returns {View | undefined} Of the conversation that is shown, once it is loaded. */
  get view() {
    return this.#isReady ? this.chat.view(this.hash) : undefined;
  }

  /** Shows the conversation of a known person; tries again while only the connection is missing. */
  resume() {
    if (this.#isOver || !this.#host.isConnected || !this.#host.isSomebody) return;
    this.find()
      .then(() => (this.#isReady || !this.hash ? undefined : this.show(this.hash)))
      .catch((error) => isPassing(error) && setTimeout(() => this.resume(), RETRY_MS));
  }

  /** @param {string} hash */
  async show(hash) {
    if (hash !== this.hash) this.chat.leave(this.hash);
    this.hash = hash;
    this.#isReady = false;
    this.#on.change();
    await this.chat.open(hash);
    // Another conversation may have been chosen meanwhile.
    if (hash === this.hash) this.#isReady = true;
    this.#on.change();
  }

  /** Reads the list of conversations again: those that are not shown are not kept up to date. */
  refresh() {
    return this.#list().then(
      () => this.#on.change(),
      () => {},
    );
  }

  /**
   * Hands a message over to the outbox. Waits for the connection as long as it takes.
   * @param {string} body @returns {Promise<void>}
   */
  async send(body) {
    try {
      await this.enter();
      if (!this.#isReady) await this.show(this.hash);
    } catch (error) {
      this.#assertCurrent();
      if (!isPassing(error)) throw error;
      await new Promise((resume) => setTimeout(resume, RETRY_MS));
      this.#assertCurrent();
      return this.send(body);
    }
    this.#assertCurrent();
    this.chat.send(this.hash, body);
  }

  typing() {
    this.enter()
      .then(() => this.chat.typing(this.hash))
      .catch(() => {});
  }

  markRead() {
    if (this.#isReady) this.chat.markRead(this.hash).catch(() => {});
  }

  /**
   * @param {View | undefined} view What is shown, and counted here; the server counts the others.
   * @returns {number} The unread messages of all conversations.
   */
  countUnread(view) {
    if (view) {
      const read = view.members.find(({ role }) => role !== 'admin')?.last_read_seq ?? 0;
      this.channel.unread_count = view.messages.filter(
        ({ is_own, seq }) => !is_own && seq > read,
      ).length;
    }
    return this.channels.reduce((sum, { unread_count }) => sum + unread_count, 0);
  }

  end() {
    this.#isOver = true;
    clearTimeout(this.#breakTimer);
    this.chat.close();
  }

  /** @param {import('../client/socket.js').Status} status */
  #connection(status) {
    clearTimeout(this.#breakTimer);
    if (status === 'open') {
      this.#on.status(true);
      if (this.channels.length > 1) this.refresh();
    } else if (status !== 'closed')
      this.#breakTimer = setTimeout(() => this.#on.status(false), BREAK_MS);
  }

  async #createGuest() {
    // Tabs that start at the same moment become one guest. The other tab's secret is looked for
    // after the request, because storage shows it with a delay.
    const create = async () => {
      const { guest_id } = await this.chat.request('POST', 'guest');
      this.#host.guestId ??= guest_id;
    };
    await (navigator.locks?.request('live-chat:guest', create).catch(create) ?? create());
  }

  async #list() {
    const { channels } = await this.chat.request('GET', 'channels?limit=100');
    if (!this.#isOver) this.channels = channels;
  }

  /** Throws once the session is over: its person is gone. */
  #assertCurrent() {
    if (this.#isOver) throw new Error();
  }

  /**
   * Runs a task once, and again only after it has failed.
   * @param {() => Promise<void>} task
   */
  #once(task) {
    /** @type {Promise<void> | undefined} */
    let running;
    return () =>
      (running ??= task().catch((error) => {
        running = undefined;
        if (!this.#isOver) this.#on.error(error);
        throw error;
      }));
  }
}
