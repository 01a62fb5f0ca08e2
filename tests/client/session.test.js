// @ts-check
/** The session of a shopper: what its first message carries, and what ends with it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as known from '../../web/widget/known.js';
import { Session } from '../../web/widget/session.js';
import { FakeSocket, HASH } from './support.js';

const PAGE = 'https://shop.example/teapots?page=2';

/** A session of a new guest in a page, on a server that answers at once. */
async function setUp({ title = 'Teapots', isLoaded = true } = {}) {
  /** @type {{ method: string, path: string, body: any }[]} */
  const requests = [];
  /** @type {any} */
  const channel = { channel_hash: HASH, status: 'open', case: 1, rating: null, unread_count: 0 };
  const list = {
    answer: async () => /** @type {object} */ ({ channels: [structuredClone(channel)] }),
  };
  const answers = /** @type {Record<string, () => any>} */ ({
    guest: () => ({ guest_id: 'secret', id: 'guest_1' }),
    channels: () => ({ channel: structuredClone(channel) }),
    'realtime/ticket': () => ({ ticket: 't', url: 'wss://chat.example' }),
    [`messages/${encodeURIComponent(HASH)}`]: () => ({
      ...{ messages: [], members: [], last_seq: 0, has_more: false },
      message: { id: 'm1', seq: 1 },
    }),
    [`channels/${encodeURIComponent(HASH)}/events`]: () => ({
      ...{ events: [], members: [], last_seq: 0, has_more: false },
    }),
  });
  class Ws extends FakeSocket {
    /** @type {FakeSocket[]} */
    static all = [];
  }
  Object.assign(globalThis, {
    WebSocket: Ws,
    location: new URL(PAGE),
    document: Object.assign(new EventTarget(), { title, hidden: false }),
    fetch: async (/** @type {string} */ url, /** @type {any} */ { method, body }) => {
      const [path] = url.replace(/^.*\/store\/chat\//, '').split('?');
      requests.push({ method, path, body: JSON.parse(body ?? 'null') });
      const answer = method + path === 'GETchannels' ? await list.answer() : answers[path]();
      return new Response(JSON.stringify(answer));
    },
  });
  Object.defineProperty(globalThis, 'navigator', { value: { onLine: true }, configurable: true });
  let secret = /** @type {string | null} */ (null);
  let draws = 0;
  const host = /** @type {any} */ ({
    api: () => 'https://chat.example',
    jwt: () => '',
    isProxied: () => false,
    admin: () => null,
    language: () => 'pt-BR',
    guestId: (/** @type {string | undefined} */ given) => (secret = given ?? secret),
    load: () => (isLoaded ? Promise.resolve({ known }) : new Promise(() => {})),
  });
  const nothing = () => {};
  const session = new Session(host, {
    last: '',
    draw: () => draws++,
    typing: nothing,
    say: nothing,
    failed: nothing,
    left: nothing,
  });
  return {
    session,
    channel,
    list,
    sent: () => requests.filter(({ body }) => body?.body).map(({ body }) => body),
    listed: () => requests.filter(({ method, path }) => method + path === 'GETchannels').length,
    draws: () => draws,
    socket: async () => {
      while (!Ws.all.length) await later();
      return Ws.all[0];
    },
  };
}

const later = () => new Promise((resume) => setTimeout(resume));

/** @param {() => unknown} is */
async function until(is) {
  while (!is()) await later();
}

test('the first message says its page and language, whatever is loaded', async () => {
  // The server refuses half a character.
  const { session, sent } = await setUp({ title: 'x'.repeat(199) + '🫖', isLoaded: false });
  await session.send('Hello');
  await until(() => sent().length);
  const { client_message_id, ...message } = sent()[0];
  assert.deepEqual(message, {
    body: 'Hello',
    type: 'text',
    page: { url: PAGE, title: 'x'.repeat(199) + '\uFFFD' },
    lang: 'pt-BR',
  });
  session.end();
});

test('each open of the socket reads all conversations, with one request', async () => {
  const { session, channel, list, listed, socket } = await setUp();
  await session.enter();
  const ws = await socket();
  assert.equal(listed(), 0);
  channel.status = 'closed';
  ws.accept();
  await until(() => session.channel.status === 'closed');
  assert.equal(listed(), 1);

  // What is pushed while the list is on its way is newer.
  /** @type {any} */
  let answer;
  list.answer = () => new Promise((resolve) => (answer = resolve));
  const refreshed = session.refresh();
  await until(() => answer);
  ws.receive({
    event: 'chat.channel.updated',
    channel_hash: HASH,
    payload: { channel: { channel_hash: HASH, status: 'open', case: 1, rating: null } },
  });
  answer({ channels: [{ ...channel, unread_count: 1 }] });
  await refreshed;
  const { status, unread_count } = session.channel;
  assert.deepEqual([status, unread_count], ['open', 1]);
  session.end();
});

test('a push of a conversation leaves the comment of its rating', () => {
  const rating = { score: 4, comment: 'Quick', case: 1, updated_at: '1' };
  const channels = [{ channel_hash: HASH, status: 'closed', rating }];
  const learn = (/** @type {object} */ rated) =>
    known.learn(/** @type {any} */ ({ channels }), {
      event: 'chat.channel.updated',
      channel_hash: HASH,
      payload: { channel: { status: 'open', rating: rated } },
    });
  assert.ok(learn({ score: 4, case: 1, updated_at: '1' }));
  assert.deepEqual(channels[0], { channel_hash: HASH, status: 'open', rating });
  assert.ok(learn({ score: 5, case: 1, updated_at: '2' }));
  assert.equal(channels[0].rating.score, 5);
});

test('nothing happens in a session that has ended', async () => {
  const { session, draws, socket } = await setUp();
  await session.enter();
  (await socket()).accept();
  await until(() => session.view);
  const { chat } = session;
  session.end();
  assert.ok(session.signal.aborted);
  const before = draws();
  for (const name of ['change', 'opened'])
    chat.dispatchEvent(new CustomEvent(name, { detail: { channel_hash: HASH } }));
  await later();
  assert.equal(draws(), before);
});
