// @ts-check
/**
 * Messages that are written but not yet acknowledged. They survive a reload. They are sent one at a
 * time per channel, in order, until the server has stored or refused them.
 *
 * Each message has a `client_message_id` from the start, so that the server stores it once, however
 * often it is sent: after an ambiguous failure, after a reload, or by two tabs at the same time.
 * Each has its own storage key, because tabs that rewrote one list would lose each other's
 * messages.
 *
 * @typedef {object} Unsent
 * @property {string} id The `client_message_id`.
 * @property {string} channel_hash
 * @property {string} body
 * @property {string} type
 * @property {any} [work] Further fields of the request.
 * @property {number} at The time of writing; rises strictly within a tab.
 * @property {{ status: number, type: string, message: string }} [failed] Why the server refused it.
 *   It waits for `retry` or `discard`.
 */

import { parseJson, pause } from './env.js';
import { isPassing, retryAfter } from './http.js';

export class Outbox {
  env;
  prefix;
  /** @type {(item: Unsent) => Promise<void>} May be replaced, for messages that need more. */
  send;
  changed;
  /** @type {Map<string, Unsent>} */
  items = new Map();
  /** Ids that are in storage. If such a key is gone, another tab has settled the message. */
  stored = new Set();
  /** @type {Map<string, { wake?: () => void }>} By channel: those whose messages are being sent. */
  #working = new Map();
  #stopped = false;
  lastAt = 0;

  /**
   * @param {import('./env.js').Env} env
   * @param {string} prefix Of the storage keys; names the author.
   * @param {(item: Unsent) => Promise<void>} send
   * @param {(hash: string) => void} changed
   */
  constructor(env, prefix, send, changed) {
    this.env = env;
    this.prefix = prefix;
    this.send = send;
    this.changed = changed;
  }

  /** @param {string} hash @returns {Unsent[]} In the order of writing. */
  list(hash) {
    const order = (/** @type {Unsent} */ a, /** @type {Unsent} */ b) =>
      a.at - b.at || (a.id < b.id ? -1 : 1);
    return [...this.items.values()].filter((item) => item.channel_hash === hash).sort(order);
  }

  /** @param {string} hash @param {string} body @param {string} type @param {any} [work] */
  add(hash, body, type, work) {
    this.lastAt = Math.max(this.env.now(), this.lastAt + 1);
    const item = { id: this.env.newId(), channel_hash: hash, body, type, work, at: this.lastAt };
    this.put(item);
    return item;
  }

  /** Stores a message, and sends it in its place. @param {Unsent} item */
  put(item) {
    this.#keep(item);
    this.changed(item.channel_hash);
    this.work(item.channel_hash);
  }

  /** The network is back: ends all waits, except those that the server asked for. */
  wake() {
    for (const { wake } of this.#working.values()) wake?.();
  }

  stop() {
    this.#stopped = true;
    this.wake();
  }

  /**
   * Sends what is due, the oldest first. While it runs, a second call returns at once.
   * @param {string} hash
   */
  async work(hash) {
    if (this.#working.has(hash)) return;
    /** @type {{ wake?: () => void }} */
    const worker = {};
    this.#working.set(hash, worker);
    for (let attempt = 0; !this.#stopped;) {
      const item = this.list(hash).find((one) => !one.failed && this.#isDue(one));
      if (!item) break;
      try {
        await this.send(item);
        this.drop(item.id);
        attempt = 0;
      } catch (error) {
        if (isPassing(error)) {
          await this.#wait(
            worker,
            pause(this.env, attempt++, retryAfter(error)),
            retryAfter(error) > 0,
          );
          continue;
        }
        const { status, type, message } = /** @type {import('./http.js').ApiError} */ (error);
        // Without a login the message waits for `resume`.
        if (status === 401) break;
        // Meanwhile its files may have been stored, or its status taken back.
        const latest = this.items.get(item.id);
        if (latest) this.#keep({ ...latest, failed: { status, type, message } });
      }
      this.changed(hash);
    }
    this.#working.delete(hash);
  }

  /** @param {Unsent} item False when another tab has sent, refused or discarded it. */
  #isDue(item) {
    if (!this.stored.has(item.id)) return true;
    const there = this.read(item.id);
    if (there) this.items.set(item.id, there);
    else this.drop(item.id);
    if (!there || there.failed) this.changed(item.channel_hash);
    return there !== undefined && !there.failed;
  }

  /**
   * @param {{ wake?: () => void }} worker
   * @param {number} ms
   * @param {boolean} asked Whether the server asked for this wait.
   */
  #wait(worker, ms, asked) {
    return new Promise((resume) => {
      const timer = this.env.setTimeout(() => resume(undefined), ms);
      worker.wake = () => {
        if (asked && !this.#stopped) return;
        this.env.clearTimeout(timer);
        resume(undefined);
      };
    });
  }

  /** @param {string} id @returns {Unsent | undefined} */
  read(id) {
    const item = parseJson(this.env.storage?.getItem(this.prefix + id));
    return item?.id === id && item.channel_hash ? item : undefined;
  }

  /** @param {Unsent} item */
  #keep(item) {
    this.items.set(item.id, item);
    try {
      this.env.storage?.setItem(this.prefix + item.id, JSON.stringify(item));
      if (this.env.storage) this.stored.add(item.id);
    } catch {
      // Storage is full: the message is lost with the page.
      this.stored.delete(item.id);
    }
  }

  /** @param {string} id */
  drop(id) {
    this.items.delete(id);
    this.stored.delete(id);
    this.env.storage?.removeItem(this.prefix + id);
  }
}
