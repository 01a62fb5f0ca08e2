// @ts-check
/**
 * The staff's logs of the open channels, kept complete next to a `Chat`: pushes make them fast, the
 * log makes them right. It is read when an entry is missing, and with each `catch-up` of the chat.
 *
 * Notes are sent like messages: they survive a reload, and each is stored once.
 *
 * Events: `change` {channel_hash}, `error` {error, channel_hash}.
 */

import { discard, resume, retry } from './actions.js';
import { environment, pause } from './env.js';
import { isPassing } from './http.js';
import { Outbox } from './outbox.js';
import { StaffLog } from './staff-log.js';

const STAFF_ENTRIES_PER_REQUEST = 100;
/** Pushes may overtake each other: a missing one has this long to arrive. */
const STAFF_GRACE_MS = 300;

/**
 * @typedef {object} OpenLog
 * @property {string} path
 * @property {StaffLog} log
 * @property {Promise<void>} [pulling]
 * @property {boolean} again Whether to read once more: it was requested meanwhile.
 * @property {number} attempt
 * @property {any} [timer]
 */

export class StaffLogs extends EventTarget {
  #me;
  #chat;
  #env;
  #outbox;
  /** @type {Map<string, OpenLog>} */
  #logs = new Map();
  #stop = new AbortController();

  /**
   * @param {import('./chat.js').Chat} chat Of an admin.
   * @param {{ actorId: string } & Partial<import('./env.js').Env>} options
   */
  constructor(chat, options) {
    super();
    this.#me = options.actorId;
    this.#chat = chat;
    const env = (this.#env = environment(options));
    this.#outbox = new Outbox(
      env,
      `chat-inbox:notes:${options.actorId}:`,
      (item) => this.#deliver(item),
      (hash) => this.#changed(hash),
    );
    resume(this.#outbox);
    const { signal } = this.#stop;
    chat.addEventListener('push', (event) => this.#push(/** @type {any} */ (event).detail), {
      signal,
    });
    chat.addEventListener('catch-up', () => this.#catchUpAll(), { signal });
    const unlisten = env.onReturn(() => {
      this.#outbox.wake();
      resume(this.#outbox);
    });
    signal.addEventListener('abort', unlisten);
  }

  /**
   * Loads the end of a channel's log, and keeps it up to date.
   * @param {string} hash @param {number} [known] A `staff_seq` that exists.
   */
  open(hash, known = 0) {
    if (!this.#logs.has(hash)) {
      const after = Math.max(0, known - STAFF_ENTRIES_PER_REQUEST);
      const path = `channels/${encodeURIComponent(hash)}/log`;
      this.#logs.set(hash, { path, log: new StaffLog(after), again: false, attempt: 0 });
    }
    this.#catchUp(hash);
    return this.#logs.get(hash)?.pulling ?? Promise.resolve();
  }

  /** @param {string} hash Stops keeping it up to date. Unsent notes are still sent. */
  leave(hash) {
    this.#env.clearTimeout(this.#logs.get(hash)?.timer);
    this.#logs.delete(hash);
  }

  /** @param {string} hash */
  view(hash) {
    const lines = this.#logs.get(hash)?.log.lines.all ?? [];
    const pending = this.#outbox.list(hash).filter(
      ({ body, work }) =>
        // Its push may be faster than the response.
        !lines.some(
          ({ staff_seq, note }) =>
            note?.author_id === this.#me && note.body === body && staff_seq > work?.since,
        ),
    );
    return { lines, pending };
  }

  /** @param {string} hash @param {number} staff_seq That exists, as a response says. */
  learn(hash, staff_seq) {
    if (this.#logs.get(hash)?.log.learn(staff_seq)) this.#heal(hash);
  }

  /** Loads what stands between messages from `seq` on. @param {string} hash @param {number} seq */
  async older(hash, seq) {
    const open = this.#logs.get(hash);
    if (!open || open.pulling) return;
    const { log, path } = open;
    while (this.#logs.get(hash) === open && log.lines.floor > 0) {
      const [first] = log.lines.all;
      if (first && first.after_seq < seq) return;
      const { floor } = log.lines;
      const after = Math.max(0, floor - STAFF_ENTRIES_PER_REQUEST);
      const query = `after=${after}&limit=${floor - after}`;
      const { entries } = await this.#chat.request('GET', `${path}?${query}`);
      if (log.lines.floor !== floor) return;
      log.prepend(entries, after);
      this.#changed(hash);
    }
  }

  /** @param {string} hash @param {string} body @param {string[]} mentions Ids of admins. */
  addNote(hash, body, mentions) {
    const since = this.#logs.get(hash)?.log.highest ?? 0;
    return this.#outbox.add(hash, body, 'note', { mentions, since });
  }

  /** @param {string} id Of a refused note. */
  retry(id) {
    retry(this.#outbox, id);
  }

  /** @param {string} id Of an unsent note. */
  discard(id) {
    discard(this.#outbox, id);
  }

  /** @param {string} hash @param {string} id @param {string} body @param {string[]} mentions */
  async editNote(hash, id, body, mentions) {
    const asOf = this.#logs.get(hash)?.log.highest ?? 0;
    const path = `notes/id/${encodeURIComponent(id)}`;
    const { note } = await this.#chat.request('PUT', path, { body, mentions });
    if (this.#logs.get(hash)?.log.put(note, asOf)) this.#changed(hash);
  }

  /** @param {string} hash @param {string} id */
  async removeNote(hash, id) {
    await this.#chat.request('DELETE', `notes/id/${encodeURIComponent(id)}`);
    this.#catchUp(hash);
  }

  close() {
    this.#stop.abort();
    this.#outbox.stop();
    for (const hash of [...this.#logs.keys()]) this.leave(hash);
  }

  /** @param {import('./outbox.js').Unsent} item */
  async #deliver({ id, channel_hash, body, work }) {
    const log = this.#logs.get(channel_hash)?.log;
    const asOf = log?.highest ?? 0;
    const path = `channels/${encodeURIComponent(channel_hash)}/notes`;
    const sent = { mentions: work?.mentions, body, client_message_id: id };
    const { note } = await this.#chat.request('POST', path, sent).catch((error) => {
      this.#emit('error', { error, channel_hash });
      throw error;
    });
    log?.put(note, asOf);
    this.#heal(channel_hash);
  }

  /** @param {any} envelope */
  #push(envelope) {
    const hash = envelope.channel_hash;
    const log = this.#logs.get(hash)?.log;
    if (!log || !envelope.staff_seq) return;
    if (log.push(envelope)) this.#changed(hash);
    this.#heal(hash);
  }

  #catchUpAll() {
    for (const hash of this.#logs.keys()) this.#catchUp(hash);
  }

  /** @param {string} hash Reads a missing entry, unless its push arrives soon. */
  #heal(hash) {
    const open = this.#logs.get(hash);
    if (!open?.log.behind || open.pulling || open.timer) return;
    this.#later(hash, open, STAFF_GRACE_MS);
  }

  /** @param {string} hash @param {OpenLog} open @param {number} ms */
  #later(hash, open, ms) {
    open.timer = this.#env.setTimeout(() => {
      open.timer = undefined;
      if (open.log.behind || open.attempt) this.#catchUp(hash);
    }, ms);
  }

  /** @param {string} hash One request at a time: calls meanwhile lead to one more together. */
  #catchUp(hash) {
    const open = this.#logs.get(hash);
    if (!open) return;
    open.again = true;
    open.pulling ??= this.#sync(hash, open);
  }

  /** @param {string} hash @param {OpenLog} open */
  async #sync(hash, open) {
    this.#env.clearTimeout(open.timer);
    open.timer = undefined;
    let failure;
    while (open.again && !failure) {
      open.again = false;
      failure = await this.#pull(hash, open).catch((error) => error);
    }
    open.pulling = undefined;
    if (this.#logs.get(hash) !== open) return;
    if (failure) this.#emit('error', { error: failure, channel_hash: hash });
    if (failure ? isPassing(failure) : open.log.behind)
      this.#later(hash, open, pause(this.#env, open.attempt++));
    else open.attempt = 0;
  }

  /** @param {string} hash @param {OpenLog} open Reads the log to its end. */
  async #pull(hash, open) {
    const { log, path } = open;
    for (let more = true; more && this.#logs.get(hash) === open;) {
      const { seq } = log;
      const query = `after=${seq}&limit=${STAFF_ENTRIES_PER_REQUEST}`;
      const page = await this.#chat.request('GET', `${path}?${query}`);
      if (log.catchUp(page)) this.#changed(hash);
      more = page.has_more && log.seq > seq;
    }
  }

  /** @param {string} channel_hash */
  #changed(channel_hash) {
    this.#emit('change', { channel_hash });
  }

  /** @param {string} name @param {object} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
