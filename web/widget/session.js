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
import { ApiError, isPassing } from '../client/http.js';

/** Disconnects that are shorter are not announced. */
const BREAK_MS = 3_000;
const RETRY_MS = 5_000;
/** The page's own function for a token may never end. */
const TOKEN_MS = 8_000;
/** Characters that the server takes. */
const LONGEST_TITLE = 200;
/** The person that the proxy at `api` knows by a cookie. */
const PROXIED = 'proxied';

/**
 * @typedef {import('../client/chat.js').View} View
 * @typedef {object} Listener
 * @property {() => void} draw Anything has changed.
 * @property {string} last The hash of the conversation that was shown last; empty: none.
 * @property {(isTyping: boolean) => void} typing Staff in the conversation that is shown.
 * @property {() => void} say `trouble` has changed.
 * @property {(error: any) => void} failed The request would fail again.
 * @property {(wasCustomer: boolean, isClaimed?: boolean) => void} left Somebody else is here.
 *   `isClaimed`: the guest has become a customer in another tab.
 */

export class Session {
  #host;
  #on;
  #stop = new AbortController();
  /** Aborted when the session is over: its person is gone. */
  signal = this.#stop.signal;
  /** Whether the conversation that is shown has been loaded. */
  #isReady = false;
  /** @type {any} */
  #breakTimer;
  /** @type {any} */
  #retryTimer;
  /** Why messages wait; empty: they do not. @type {'' | 'offline' | 'limit' | 'unsure'} */
  trouble = '';
  /**
   * Who is here: a token, `PROXIED`, or a guest's secret. Empty: somebody unknown. Undefined until
   * the first request.
   * @type {string | undefined}
   */
  person;
  isCustomer = false;
  /** Whether the person was known before this page: they probably have a conversation. */
  isKnown = false;
  /** Whether it is known which conversations there are. */
  isFound = false;
  /** The token of the next request. @type {Promise<string> | undefined} */
  #next;
  /** Whether the login was refused. */
  isRefused = false;
  /**
   * Whether another tab knows this person as a customer: nobody becomes a guest again.
   * @type {boolean | undefined}
   */
  isClaimed;
  /** The hash of the conversation that is shown; empty: none yet. */
  hash = '';
  /** @type {any[]} The person's conversations, as the server lists them. */
  channels = [];

  /** @param {import('./mount.js').Host} host @param {Listener} on */
  constructor(host, on) {
    this.#host = host;
    this.#on = on;
    this.chat = new Chat({
      api: host.api(),
      scope: 'store',
      // Read before every request: another tab may have created the guest, or claimed it.
      getGuestId: () => (this.isCustomer ? null : this.person),
      getToken: () => {
        const token = this.#next ?? this.#login();
        this.#next = undefined;
        return token;
      },
    });
    /** @type {Record<string, (detail: any) => void>} */
    const reactions = {
      change: () => {
        if (this.trouble === 'limit') this.#reach();
        on.draw();
      },
      error: ({ error }) => isPassing(error) || this.#failed(error),
      reach: ({ path, error }) => path === 'availability' || this.#reach(error),
      status: ({ status }) => {
        if (status === 'connecting') this.#lost();
        if (status === 'open') this.#reach();
      },
      // Pushes may have been lost.
      opened: () => this.refresh(),
      typing: ({ channel_hash, role }) =>
        role === 'admin' && channel_hash === this.hash && on.typing(true),
      push: ({ channel_hash }) => (channel_hash === this.hash ? on.typing(false) : this.refresh()),
    };
    for (const [name, react] of Object.entries(reactions))
      this.chat.addEventListener(
        name,
        (event) => react(/** @type {CustomEvent} */ (event).detail),
        { signal: this.signal },
      );
    this.connection();
  }

  /** Finds a known person's conversations, and shows one of them. */
  find = this.#once(async () => {
    await (this.#next = this.#login());
    this.isKnown = Boolean(this.person);
    this.isFound = !this.person;
    this.#on.draw();
    if (!this.person) return;
    const { find } = await this.#known();
    const hash = await find(this, this.#host, this.#on.last);
    this.signal.throwIfAborted();
    this.isFound = true;
    if (hash) await this.show(hash);
    else this.#on.draw();
  });

  /** Finds or starts the person's conversation. An unknown person becomes a new guest first. */
  enter = this.#once(async () => {
    const host = this.#host;
    await this.find();
    if (this.hash) return;
    if (!this.isCustomer && !host.guestId()) {
      if (this.isClaimed) throw new ApiError('claimed', '', 401);
      await this.#createGuest();
    }
    const { channel } = await this.chat.request('POST', 'channels', {
      admin_id: host.admin() || undefined,
    });
    this.signal.throwIfAborted();
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

  /**
   * Shows the conversation of a known person; tries again while only the connection is missing.
   * @param {boolean} [isOpening] Whether to turn to another conversation that is unread.
   */
  resume(isOpening) {
    clearTimeout(this.#retryTimer);
    if (this.signal.aborted) return;
    const isTurning = isOpening && this.isKnown && this.#isReady;
    this.find()
      .then(async () => {
        if (!this.hash) return;
        const unread = isTurning && (await this.#known()).unreadOf(this);
        if (unread || !this.#isReady) await this.show(unread ? unread.channel_hash : this.hash);
      })
      .catch((error) => {
        if (isPassing(error)) this.#retryTimer = setTimeout(() => this.resume(), RETRY_MS);
      });
  }

  /** Finds out whether the same person is still here. */
  async check() {
    const before = this.person;
    try {
      await this.#token();
      // Of a claimed guest only a person who is known takes the place.
      if (this.isRefused ? this.person || !this.isClaimed : this.person && !before)
        this.#on.left(false);
    } catch {
      // Somebody else is here, or the next request says what is wrong.
    }
  }

  /** @param {string} hash */
  async show(hash) {
    if (hash !== this.hash) this.chat.leave(this.hash);
    this.hash = hash;
    this.#isReady = false;
    this.#on.draw();
    await this.chat.open(hash);
    // Another conversation may have been chosen meanwhile.
    if (hash === this.hash) this.#isReady = true;
    this.#on.draw();
  }

  /** Reads the conversations again: pushes keep only the one that is shown up to date. */
  refresh() {
    return this.#known()
      .then(({ list }) => list(this))
      .then(
        () => this.#on.draw(),
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
      this.signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      await new Promise((resume) => setTimeout(resume, RETRY_MS));
      this.signal.throwIfAborted();
      return this.send(body);
    }
    this.signal.throwIfAborted();
    this.post(body);
  }

  /**
   * Hands a message of the conversation that is shown over to the outbox, with the page of the shop
   * on which it is written, and the language to reply in.
   * @param {string} body @param {object} [more] Further fields of the request.
   */
  post(body, more) {
    // The cut may halve a character.
    const title = document.title.slice(0, LONGEST_TITLE).toWellFormed();
    const page = { url: location.href, title };
    this.chat.send(this.hash, body, 'text', { page, lang: this.#host.language(), ...more });
  }

  typing() {
    this.enter()
      .then(() => this.chat.typing(this.hash))
      .catch(() => {});
  }

  end() {
    this.#stop.abort();
    clearTimeout(this.#breakTimer);
    clearTimeout(this.#retryTimer);
    this.chat.close();
  }

  /** The browser may be offline, or online again. */
  connection() {
    if (navigator.onLine) this.#reach();
    else this.#lost();
  }

  /** The token, or a failure that passes. */
  #login() {
    return Promise.race([
      this.#token(),
      new Promise((_, fail) => setTimeout(fail, TOKEN_MS)),
    ]).catch(() => {
      this.#next = undefined;
      this.signal.throwIfAborted();
      throw new ApiError('login', '', 0);
    });
  }

  /**
   * Reads the customer's token and who is here. Throws if that is somebody else than before.
   * @returns {Promise<string>}
   */
  async #token() {
    const { jwt, isProxied, guestId } = this.#host;
    const token = (await jwt()) || '';
    this.signal.throwIfAborted();
    const before = this.person;
    const wasCustomer = this.isCustomer;
    this.isCustomer = Boolean(token || isProxied());
    this.person = token || (this.isCustomer ? PROXIED : (guestId() ?? ''));
    if (before === undefined || before === this.person) return token;
    if (!this.isCustomer && !before) return token;
    if (this.isCustomer && wasCustomer) {
      const { actorOf } = await this.#known();
      if (actorOf(before) === actorOf(token)) return token;
    }
    this.#on.left(wasCustomer, !wasCustomer && !this.person);
    throw new Error();
  }

  /** @param {any} [error] Why the server was not reached; undefined: it was. */
  #reach(error) {
    if (error) {
      if (error.status === 429) this.#announce('limit');
      else this.#lost(error.type === 'login' ? 'unsure' : 'offline');
    } else if (this.trouble !== 'limit' || !this.view?.pending.some(({ failed }) => !failed)) {
      clearTimeout(this.#breakTimer);
      this.#breakTimer = undefined;
      this.#announce('');
    }
  }

  /** @param {'offline' | 'unsure'} trouble To announce if it lasts. */
  #lost(trouble = 'offline') {
    this.#breakTimer ??= setTimeout(() => this.#announce(trouble), BREAK_MS);
  }

  /** @param {'' | 'offline' | 'limit' | 'unsure'} trouble */
  #announce(trouble) {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.#on.say();
  }

  /** @param {any} error */
  #failed(error) {
    this.isRefused ||= error.status === 401;
    this.#on.failed(error);
  }

  async #createGuest() {
    // Tabs that start at the same moment become one guest. The other tab's secret is looked for
    // after the request, because storage shows it with a delay.
    const create = async () => {
      const { guest_id } = await this.chat.request('POST', 'guest');
      this.#host.guestId() ?? this.#host.guestId(guest_id);
    };
    await (navigator.locks?.request('live-chat:guest', create).catch(create) ?? create());
  }

  /** What only known people need. @returns {Promise<typeof import('./known.js')>} */
  async #known() {
    return (await this.#host.load('later.js')).known;
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
        this.isFound = true;
        if (!this.signal.aborted)
          if (isPassing(error)) this.#reach(error);
          else this.#failed(error);
        throw error;
      }));
  }
}
