// @ts-check
/** The environment of the client's tests: manual clock, seeded randomness, fake sockets, a log. */

import { setImmediate as tick } from 'node:timers/promises';

/** mulberry32: the same seed gives the same run. @param {number} seed */
export function chance(seed) {
  const random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (/** @type {number} */ n) => Math.floor(random() * n);
  const shuffled = (/** @type {any[]} */ list) => {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
  };
  return { random, below, shuffled, happens: (/** @type {number} */ p) => random() < p };
}

/** Every order of a list. @template T @param {T[]} list @returns {Generator<T[]>} */
export function* orders(list) {
  if (list.length < 2) return yield list;
  for (let i = 0; i < list.length; i++) {
    for (const rest of orders([...list.slice(0, i), ...list.slice(i + 1)]))
      yield [list[i], ...rest];
  }
}

/** Time that passes only in `advance`. */
export class Clock {
  time = Date.parse('2026-03-26T12:00:00.000Z');
  /** @type {{ at: number, n: number, run: () => void }[]} */
  #timers = [];
  #n = 0;

  now = () => this.time;
  setTimeout = (/** @type {() => void} */ run, /** @type {number} */ ms) => {
    const timer = { at: this.time + Math.max(0, ms), n: this.#n++, run };
    this.#timers.push(timer);
    return timer;
  };
  clearTimeout = (/** @type {any} */ timer) => {
    this.#timers = this.#timers.filter((one) => one !== timer);
  };

  get pending() {
    return this.#timers.length;
  }

  /** Runs everything that is due within so many milliseconds, in order. @param {number} ms */
  async advance(ms) {
    const until = this.time + ms;
    for (;;) {
      await tick();
      const next = this.#timers
        .filter((timer) => timer.at <= until)
        .sort((a, b) => a.at - b.at || a.n - b.n)[0];
      if (!next) break;
      this.clearTimeout(next);
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = until;
  }

  /**
   * Advances until a promise settles. @template T
   * @param {Promise<T>} promise
   * @returns {Promise<T>}
   */
  async during(promise, most = 120_000) {
    let settled = false;
    const done = () => (settled = true);
    promise.then(done, done);
    for (let ms = 0; ms < most; ms += 50) {
      await tick();
      if (settled) return promise;
      await this.advance(50);
    }
    throw new Error(`no answer in ${most} ms`);
  }
}

/** `localStorage` in memory. */
export class MemoryStorage {
  get length() {
    return Object.keys(this).length;
  }
  key(/** @type {number} */ index) {
    return Object.keys(this)[index] ?? null;
  }
  getItem(/** @type {string} */ key) {
    return /** @type {any} */ (this)[key] ?? null;
  }
  setItem(/** @type {string} */ key, /** @type {string} */ value) {
    /** @type {any} */ (this)[key] = value;
  }
  removeItem(/** @type {string} */ key) {
    delete (/** @type {any} */ (this)[key]);
  }
  clear() {
    for (const key of Object.keys(this)) this.removeItem(key);
  }
}

/** The page, which comes back on demand. */
export class Page {
  /** @type {Set<() => void>} */
  listeners = new Set();
  onReturn = (/** @type {() => void} */ run) => {
    this.listeners.add(run);
    return () => this.listeners.delete(run);
  };
  comeBack() {
    for (const run of this.listeners) run();
  }
}

export const HASH = 'direct:admin:cus_ada';

/** A clock that returns each time once. */
function stepping(time = 1_800_000_000_000) {
  return () => time++;
}

/** A simple model of a channel's log, which responses and views must equal. */
export class Log {
  /** @type {any[]} The push of each change, with the message's state at that time. */
  pushes = [];
  /** @type {Map<string, any>} */
  messages = new Map();
  /** @type {Map<string, any>} */
  members = new Map();
  /** @param {() => number} now */
  constructor(now = stepping()) {
    this.now = now;
    this.read('cus_ada', 'customer', 0);
    this.read('user_mia', 'admin', 0);
  }

  get lastSeq() {
    return this.pushes.length;
  }

  #iso() {
    return new Date(this.now()).toISOString();
  }

  #append(/** @type {string} */ event, /** @type {any} */ message, /** @type {any} */ payload) {
    const seq = this.lastSeq + 1;
    const push = {
      event,
      event_id: `evt_${seq}`,
      channel_id: 'chatch_1',
      channel_hash: HASH,
      seq,
      message_id: message.id,
      ts: this.#iso(),
      payload,
    };
    this.pushes.push(structuredClone(push));
    return this.pushes[seq - 1];
  }

  create(
    /** @type {string} */ body,
    /** @type {string} */ role = 'customer',
    /** @type {string | null} */ client = null,
  ) {
    const seq = this.lastSeq + 1;
    const ts = this.#iso();
    const message = {
      id: `chatmsg_${seq}`,
      channel_id: 'chatch_1',
      seq,
      sender_id: role === 'admin' ? 'user_mia' : 'cus_ada',
      sender_role: role,
      body,
      message_type: 'text',
      client_message_id: client,
      edited_at: null,
      deleted_at: null,
      created_at: ts,
      updated_at: ts,
    };
    this.messages.set(message.id, message);
    return this.#append('chat.message.created', message, { message });
  }

  edit(/** @type {string} */ id, /** @type {string} */ body) {
    const message = this.messages.get(id);
    Object.assign(message, { body, edited_at: this.#iso(), updated_at: this.#iso() });
    return this.#append('chat.message.updated', message, { message });
  }

  delete(/** @type {string} */ id) {
    const message = this.messages.get(id);
    Object.assign(message, { body: '', deleted_at: this.#iso(), updated_at: this.#iso() });
    return this.#append('chat.message.deleted', message, { id, deleted_at: message.deleted_at });
  }

  read(/** @type {string} */ user_id, /** @type {string} */ role, seq = this.lastSeq) {
    const known = this.members.get(user_id);
    if (known && known.last_read_seq >= seq) return undefined;
    const member = {
      id: `chatmem_${user_id}`,
      user_id,
      role,
      last_read_seq: seq,
      last_read_at: seq ? this.#iso() : null,
    };
    this.members.set(user_id, member);
    return {
      event: 'chat.channel.read',
      event_id: `evt_r${user_id}${seq}`,
      channel_id: 'chatch_1',
      channel_hash: HASH,
      ts: this.#iso(),
      payload: { member },
    };
  }

  /** Makes a random change. @param {ReturnType<typeof chance>} dice */
  change(dice) {
    const live = this.live();
    const one = live[dice.below(live.length)];
    const kind = dice.below(10);
    if (one && kind < 3) return this.edit(one.id, `edit ${this.lastSeq + 1}`);
    if (one && kind < 5) return this.delete(one.id);
    return this.create(`body ${this.lastSeq + 1}`, dice.happens(0.5) ? 'admin' : 'customer');
  }

  live() {
    return [...this.messages.values()].filter((message) => !message.deleted_at);
  }

  /** A page of messages. @param {number} [cursor] */
  page(cursor, limit = 50) {
    const found = this.live().filter((message) => message.seq < (cursor ?? Infinity));
    const messages = found.slice(-limit);
    const has_more = found.length > limit;
    return structuredClone({
      messages: messages.map((message) => ({
        ...message,
        is_own: message.sender_role === 'customer',
      })),
      limit,
      has_more,
      next_cursor: has_more ? String(messages[0].seq) : null,
      prev_cursor: null,
      last_seq: this.lastSeq,
      members: [...this.members.values()],
    });
  }

  /** The log's entries: with messages in their present state, deletions without. */
  events(/** @type {number} */ after, limit = 100) {
    const events = this.pushes.slice(after, after + limit).map((push) => ({
      ...push,
      payload:
        push.event === 'chat.message.deleted'
          ? push.payload
          : { message: this.messages.get(push.message_id) },
    }));
    return structuredClone({
      events,
      last_seq: this.lastSeq,
      has_more: after + events.length < this.lastSeq,
      members: [...this.members.values()],
    });
  }
}

/** The fields that a log and a view must agree on. @param {any[]} messages */
export const shown = (messages) =>
  messages.map(({ id, seq, body, edited_at, sender_role }) => ({
    id,
    seq,
    body,
    edited_at,
    sender_role,
  }));
/** @param {Iterable<any>} members */
export const marks = (members) =>
  Object.fromEntries([...members].map((member) => [member.user_id, member.last_read_seq]).sort());

/** A WebSocket whose other end is the test. */
export class FakeSocket {
  /** @type {FakeSocket[]} */
  static all = [];
  readyState = 0;
  /** @type {any[]} */
  sent = [];
  /** @type {any} */ onopen = null;
  /** @type {any} */ onmessage = null;
  /** @type {any} */ onclose = null;

  constructor(/** @type {string} */ url, /** @type {string[]} */ protocols) {
    this.url = url;
    this.protocols = protocols;
    /** @type {any} */ (this.constructor).all.push(this);
  }
  accept() {
    this.readyState = 1;
    this.onopen?.({});
  }
  /** The server or the network closes it. */
  drop() {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({});
  }
  receive(/** @type {any} */ frame) {
    if (this.readyState === 1)
      this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }
  send(/** @type {string} */ text) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
}

/** @param {ReturnType<typeof chance>} dice */
export function newIds(dice) {
  let n = 0;
  return () => `id-${String(++n).padStart(4, '0')}-${dice.below(1e9)}`;
}
