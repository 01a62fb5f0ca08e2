// @ts-check
/**
 * A fake server for the whole client: the REST routes and sockets of one channel, on a network of
 * any quality.
 */

import { FakeSocket, HASH, Log, chance } from './support.js';

/**
 * @typedef {{ lost: number, doubled: number, failed: number, late: number }} Weather Shares of
 * pushes and requests; ms of delay.
 */
export const STORM = { lost: 0.3, doubled: 0.1, failed: 0.2, late: 3000 };
export const CALM = { lost: 0, doubled: 0, failed: 0, late: 0 };

export class Server {
  /** @type {{ method: string, path: string, headers: any, body: any, url: string }[]} */
  requests = [];
  /** @type {Set<FakeSocket>} */
  sockets = new Set();
  /** @type {Weather} */
  weather = CALM;
  offline = false;
  /** Whether sockets are blocked, as some companies' proxies do. */
  noSockets = false;
  /** Pushes of longer bodies are cut. */
  mostPushed = Infinity;
  /** How many of the newest changes are half written, and missing in the log's responses. */
  halfWritten = 0;
  #tickets = new Set();

  /** @param {import('./support.js').Clock} clock @param {number} seed */
  constructor(clock, seed) {
    this.clock = clock;
    this.dice = chance(seed);
    this.log = new Log(clock.now);
    const server = this;
    this.WebSocket = class extends FakeSocket {
      /** @type {FakeSocket[]} */
      static all = [];
      constructor(/** @type {string} */ url, /** @type {string[]} */ protocols) {
        super(url, protocols);
        clock.setTimeout(() => server.#connect(this), 20 + server.dice.below(200));
      }
      close() {
        super.close();
        server.sockets.delete(this);
      }
    };
  }

  #connect(/** @type {FakeSocket} */ ws) {
    if (ws.readyState !== 0) return;
    const ticket = ws.protocols[1].slice(2);
    if (
      this.offline ||
      this.noSockets ||
      ws.protocols[0] !== 'chat.v1' ||
      !this.#tickets.delete(ticket)
    )
      return ws.drop();
    this.sockets.add(ws);
    ws.send = (text) => {
      ws.sent.push(JSON.parse(text));
      if (JSON.parse(text).action === 'ping' && !this.offline)
        this.clock.setTimeout(() => ws.receive({ event: 'pong' }), 30);
    };
    ws.accept();
  }

  /** Pushes to every socket, if the weather allows. */
  push(/** @type {any} */ event) {
    if (!event) return;
    let frame = structuredClone(event);
    if (frame.payload.message?.body.length > this.mostPushed) {
      frame = {
        ...frame,
        payload: { message: { ...frame.payload.message, body: '' }, truncated: true },
      };
    }
    for (const ws of this.sockets) {
      const { lost, doubled, late } = this.weather;
      if (this.offline || this.dice.happens(lost)) continue;
      for (let n = this.dice.happens(doubled) ? 2 : 1; n > 0; n--) {
        this.clock.setTimeout(() => ws.receive(frame), 10 + this.dice.below(late + 1));
      }
    }
  }

  dropAll() {
    for (const ws of this.sockets) ws.drop();
    this.sockets.clear();
  }

  count(/** @type {string} */ part) {
    return this.requests.filter(({ method, path }) => `${method} ${path}`.includes(part)).length;
  }

  fetch = async (/** @type {string} */ url, /** @type {any} */ init) => {
    const { method, headers } = init;
    const path = decodeURIComponent(url.replace('https://shop/store/chat/', ''));
    const body = init.body && JSON.parse(init.body);
    this.requests.push({ method, path, headers, body, url });
    const sleep = (/** @type {number} */ ms) =>
      new Promise((resume) => this.clock.setTimeout(() => resume(0), ms));
    const { failed, late } = this.weather;
    await sleep(10 + this.dice.below(50 + late / 4));
    const lost = () => this.offline || this.dice.happens(failed / 2);
    if (lost()) throw new TypeError('fetch failed');
    if (this.dice.happens(failed / 2))
      return answer(
        this.dice.happens(0.5) ? 503 : 429,
        { type: 'unavailable', message: '' },
        { 'retry-after': '2' },
      );
    const [status, result] = this.#route(method, path, body);
    const text = JSON.stringify(result);
    await sleep(10 + this.dice.below(50 + late / 4));
    // The change is made, but its response is lost.
    if (lost()) throw new TypeError('fetch failed');
    return answer(status, JSON.parse(text));
  };

  /** @returns {[number, any]} */
  #route(/** @type {string} */ method, /** @type {string} */ path, /** @type {any} */ body) {
    const { log } = this;
    const [place, query] = path.split('?');
    const asked = new URLSearchParams(query);
    const number = (/** @type {string} */ name) =>
      asked.has(name) ? Number(asked.get(name)) : undefined;
    switch (`${method} ${place}`) {
      case 'POST realtime/ticket': {
        const ticket = `k${this.requests.length}`;
        this.#tickets.add(ticket);
        return [
          200,
          {
            ticket,
            expires_in: 60,
            url: 'wss://shop/chat',
            session_expires_at: new Date(this.clock.now() + 864e5).toISOString(),
          },
        ];
      }
      case `GET messages/${HASH}`:
        return [200, log.page(number('cursor'), number('limit'))];
      case `GET channels/${HASH}/events`: {
        const answer = log.events(number('after') ?? 0, number('limit'));
        const whole = log.lastSeq - this.halfWritten;
        const events = answer.events.filter(({ seq }) => seq <= whole);
        return [
          200,
          { ...answer, events, has_more: answer.has_more || events.length < answer.events.length },
        ];
      }
      case `POST messages/${HASH}`: {
        const id = body.client_message_id;
        let message = [...log.messages.values()].find((one) => one.client_message_id === id);
        if (body.body === '') return [400, { type: 'invalid_data', message: 'too small' }];
        if (!message) {
          const push = log.create(body.body, 'customer', id);
          message = log.messages.get(push.message_id);
          this.push(push);
        }
        return [200, { message: { ...message, is_own: true } }];
      }
      case `PUT channels/${HASH}/read`: {
        const push = log.read('cus_ada', 'customer', Math.min(body.seq, log.lastSeq));
        this.push(push);
        return [200, { member: log.members.get('cus_ada'), unread_count: 0 }];
      }
    }
    const message = log.messages.get(place.replace('messages/id/', ''));
    if (!message || message.deleted_at) return [404, { type: 'not_found', message: 'not found' }];
    if (method === 'DELETE') {
      this.push(log.delete(message.id));
      return [200, { id: message.id, object: 'chat_message', deleted: true }];
    }
    if (message.body !== body.body) this.push(log.edit(message.id, body.body));
    return [200, { message: { ...message, is_own: true } }];
  }
}

const answer = (/** @type {number} */ status, /** @type {any} */ body, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers });
