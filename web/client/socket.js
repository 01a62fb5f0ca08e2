// @ts-check
/**
 * A socket that is kept open. It carries hints only: the log has everything that the socket loses.
 *
 * Every connection takes a new ticket, because a ticket opens one socket. The ticket travels as a
 * sub-protocol, never in the URL. An old socket is replaced while it still works, so that there is
 * always one.
 */

import { parseJson, pause } from './env.js';
import { isPassing, retryAfter } from './http.js';

const MINUTE_MS = 60_000;
/** The server closes a socket after ten idle minutes: 4 to 4.5 minutes allow for one lost ping. */
const PING_MS = 4 * MINUTE_MS;
const PING_JITTER_MS = MINUTE_MS / 2;
/** A socket without any frame for this long after a ping is dead, whatever its state says. */
const PONG_MS = 10_000;
const OPEN_MS = 15_000;
/** The server closes every socket after two hours; it is replaced after 90 to 119 minutes. */
const REPLACE_MS = 90 * MINUTE_MS;
const REPLACE_JITTER_MS = 29 * MINUTE_MS;
/** The old socket stays open this long: frames that are on their way to it still arrive. */
const OVERLAP_MS = 5_000;
/** A socket that was open for this long resets the count of failed attempts. */
const STABLE_MS = 30_000;

/**
 * @typedef {{ ticket: string, url: string, session_expires_at?: string }} Ticket
 * @typedef {'connecting' | 'open' | 'waiting' | 'refused' | 'closed'} Status
 * @typedef {{ ws: WebSocket, openedAt: number, ping?: any, pong?: any, replace?: any }} Link
 * @typedef {object} Handlers
 * @property {() => Promise<Ticket>} ticket
 * @property {(frame: any) => void} frame Any frame but a pong.
 * @property {() => void} opened After every open, also of a replacement: pushes to the old socket
 *   may be lost, and the server knows nothing yet of the page at the new one.
 * @property {() => void} pinged
 * @property {(error?: unknown) => void} failed An attempt failed. No error: there was a ticket, but
 *   the socket did not open.
 * @property {(status: Status) => void} status After a change. A replacement changes nothing.
 */

export class LiveSocket {
  #env;
  #on;
  /** @type {Set<Link>} All sockets that are not closed yet. */
  #links = new Set();
  /** @type {Link | undefined} The socket in use. */
  #live;
  #started = false;
  /** Changes with every stop, so that a late ticket opens no socket. */
  #run = 0;
  #dialling = false;
  #attempt = 0;
  /** @type {any} */
  #timer;
  #notBefore = 0;
  /** @type {Status} */
  #status = 'closed';

  /** @param {import('./env.js').Env} env @param {Handlers} on */
  constructor(env, on) {
    this.#env = env;
    this.#on = on;
  }

  get status() {
    return this.#status;
  }

  start() {
    if (this.#started) return;
    this.#started = true;
    this.#dial();
  }

  stop() {
    this.#started = false;
    this.#run++;
    this.#dialling = false;
    this.#attempt = 0;
    this.#env.clearTimeout(this.#timer);
    for (const link of this.#links) this.#end(link);
    this.#live = undefined;
    this.#setStatus('closed');
  }

  /**
   * The page is visible or online again: connects at once, or checks that the socket is alive.
   */
  wake() {
    if (!this.#started) return;
    if (this.#live) this.#ping(this.#live);
    else if (this.#env.now() >= this.#notBefore) this.#dial();
  }

  /** @param {object} frame @returns {boolean} Whether there was a socket to send it on. */
  send(frame) {
    if (this.#live?.ws.readyState !== 1) return false;
    this.#live.ws.send(JSON.stringify(frame));
    return true;
  }

  /** One attempt at a time: a ticket, then a socket. */
  async #dial() {
    if (this.#dialling) return;
    this.#dialling = true;
    this.#env.clearTimeout(this.#timer);
    if (!this.#live) this.#setStatus('connecting');
    const run = this.#run;
    try {
      const ticket = await this.#on.ticket();
      if (run === this.#run) this.#open(ticket);
    } catch (error) {
      if (run === this.#run) this.#failed(error);
    }
  }

  /** @param {Ticket} ticket */
  #open({ ticket, url, session_expires_at }) {
    const env = this.#env;
    /** @type {Link} */
    let link;
    try {
      link = { ws: new env.WebSocket(url, ['chat.v1', `t.${ticket}`]), openedAt: 0 };
    } catch {
      return this.#failed();
    }
    this.#links.add(link);
    const giveUp = () => {
      env.clearTimeout(link.pong);
      this.#end(link);
      this.#failed();
    };
    link.pong = env.setTimeout(giveUp, OPEN_MS);
    link.ws.onclose = giveUp;
    link.ws.onmessage = ({ data }) => this.#frame(link, data);
    link.ws.onopen = () => {
      env.clearTimeout(link.pong);
      link.pong = undefined;
      link.openedAt = env.now();
      link.ws.onclose = () => this.#lost(link);
      link.replace = env.setTimeout(() => this.#dial(), this.#age(session_expires_at));
      this.#pingLater(link);
      const old = this.#live;
      this.#live = link;
      this.#dialling = false;
      if (old) this.#retire(old);
      this.#setStatus('open');
      this.#on.opened();
    };
  }

  /**
   * The age at which to replace a socket that opens now, in ms. The session's end is in server time
   * and this clock may be fast, so the age is never below a ping's interval.
   * @param {string} [expires]
   */
  #age(expires) {
    const age = REPLACE_MS + this.#env.random() * REPLACE_JITTER_MS;
    const left = Date.parse(expires ?? '') - this.#env.now() - MINUTE_MS;
    return left < age ? Math.max(left, PING_MS) : age;
  }

  /** @param {Link} old A socket whose replacement is open: closes it a little later. */
  #retire(old) {
    this.#env.clearTimeout(old.ping);
    this.#env.clearTimeout(old.replace);
    this.#env.clearTimeout(old.pong);
    old.pong = this.#env.setTimeout(() => this.#end(old), OVERLAP_MS);
  }

  /** @param {Link} link */
  #pingLater(link) {
    link.ping = this.#env.setTimeout(
      () => {
        this.#ping(link);
        this.#pingLater(link);
        this.#on.pinged();
      },
      PING_MS + this.#env.random() * PING_JITTER_MS,
    );
  }

  /** @param {Link} link */
  #ping(link) {
    link.pong ??= this.#env.setTimeout(() => this.#lost(link), PONG_MS);
    this.send({ action: 'ping' });
  }

  /** @param {Link} link @param {string} data */
  #frame(link, data) {
    // Any frame proves that the socket is alive. A retired socket keeps its timer, which closes it.
    if (link === this.#live) {
      this.#env.clearTimeout(link.pong);
      link.pong = undefined;
    }
    const frame = parseJson(data);
    if (frame?.event && frame.event !== 'pong') this.#on.frame(frame);
  }

  /** @param {Link} link It was closed, or has stopped responding. */
  #lost(link) {
    this.#end(link);
    if (link !== this.#live) return;
    this.#live = undefined;
    if (this.#env.now() - link.openedAt >= STABLE_MS) this.#attempt = 0;
    // While a replacement is being opened, its outcome decides.
    if (this.#dialling) this.#setStatus('connecting');
    else this.#again();
  }

  /** @param {unknown} [error] */
  #failed(error) {
    this.#dialling = false;
    this.#again(error);
    this.#on.failed(error);
  }

  /** @param {unknown} [error] */
  #again(error) {
    const wait = retryAfter(error);
    const passing = isPassing(error);
    // A refusal ends only when somebody logs in, or the shop switches the chat on.
    const ms = passing
      ? pause(this.#env, this.#attempt++, wait)
      : PING_MS + this.#env.random() * PING_JITTER_MS;
    this.#notBefore = wait ? this.#env.now() + wait * 1000 : 0;
    this.#env.clearTimeout(this.#timer);
    this.#timer = this.#env.setTimeout(() => this.#dial(), ms);
    if (!this.#live) this.#setStatus(passing ? 'waiting' : 'refused');
  }

  /** @param {Link} link Closes it, and ignores everything that it still does. */
  #end(link) {
    this.#links.delete(link);
    for (const timer of [link.ping, link.pong, link.replace]) this.#env.clearTimeout(timer);
    link.ws.onopen = link.ws.onmessage = link.ws.onclose = null;
    link.ws.close();
  }

  /** @param {Status} status */
  #setStatus(status) {
    if (status === this.#status) return;
    this.#status = status;
    this.#on.status(status);
  }
}
