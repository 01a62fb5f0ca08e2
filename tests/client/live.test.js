// @ts-check
/**
 * The client against a real server: CHAT_URL=http://127.0.0.1:9100 node --experimental-websocket
 * --test tests/client/*.test.js
 *
 * Without CHAT_URL these tests are skipped, unless CHAT_REQUIRE_LIVE=1: then they fail. The server
 * must take tokens signed with `supersecret`, as the local one does. `--test-name-pattern='^rest'`
 * leaves the sockets out.
 */

import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createChat } from '../../web/client/full-chat.js';
import { MemoryStorage, Page, marks, shown } from './support.js';

const api = process.env.CHAT_URL;
/** Ends a test that hangs. No result depends on it. */
const TEST_LIMIT_MS = 600_000;
/** Ends a wait that would never end. */
const PATIENCE_MS = 120_000;
/** After an open the client reads the log once more: the same time as in `chat.js`. */
const SECOND_READ_MS = 5_000;
const live = {
  skip: api || process.env.CHAT_REQUIRE_LIVE === '1' ? false : 'CHAT_URL is not set',
  timeout: TEST_LIMIT_MS,
};

/** @param {'user' | 'customer'} actor_type */
function token(actor_type, actor_id = `cus_${randomUUID().slice(0, 8)}`) {
  const encode = (/** @type {object} */ part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    actor_id,
    actor_type,
    auth_identity_id: `authid_${actor_id}`,
    app_metadata: {},
    user_metadata: {},
    iat: now,
    exp: now + 3600,
  };
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', 'supersecret').update(text).digest('base64url')}`;
}

/** The options of a new admin's client. */
function staffMember(actorId = `user_${randomUUID().slice(0, 8)}`) {
  return { scope: 'admin', actorId, token: token('user', actorId) };
}

/**
 * A person with a browser: the client, its requests and its sockets. Timers that `holds` chooses do
 * not run by themselves: `held` has them. @param {any} options
 */
function person({ token, holds = () => false, ...options }) {
  assert.ok(api, 'CHAT_REQUIRE_LIVE is 1, but CHAT_URL is not set');
  const page = new Page();
  /** @type {string[]} */
  const asked = [];
  /** @type {{ type: string, detail: any }[]} */
  const heard = [];
  /** @type {WebSocket[]} */
  const sockets = [];
  /** @type {(() => void)[]} */
  const held = [];
  /**
   * `refused` counts requests without a network and tickets that never come, `waiting` those
   * without a response yet.
   */
  const network = { up: true, tickets: true, refused: 0, waiting: 0 };
  class Ws extends (globalThis.WebSocket ?? class {}) {
    constructor(/** @type {string} */ url, /** @type {string[]} */ protocols) {
      super(url, protocols);
      sockets.push(this);
    }
  }
  const chat = createChat({
    api,
    getToken: () => token,
    storage: new MemoryStorage(),
    onReturn: page.onReturn,
    WebSocket: /** @type {any} */ (Ws),
    setTimeout: (run, ms) => (holds(ms) ? void held.push(run) : setTimeout(run, ms)),
    fetch: async (url, init) => {
      if (!network.up || (!network.tickets && url.endsWith('/ticket'))) network.refused++;
      if (!network.up) throw new TypeError('offline');
      if (!network.tickets && url.endsWith('/ticket')) return new Promise(() => {});
      asked.push(`${init.method} ${decodeURIComponent(url)}`);
      network.waiting++;
      return fetch(url, init).finally(() => network.waiting--);
    },
    ...options,
  });
  for (const type of ['push', 'typing', 'status', 'error']) {
    chat.addEventListener(type, (event) =>
      heard.push({ type, detail: /** @type {CustomEvent} */ (event).detail }),
    );
  }
  return { chat, page, asked, heard, sockets, network, held };
}

/** @param {() => any} holds */
async function until(holds, what = holds.toString()) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(20)) if (holds()) return;
  assert.fail(`not within ${PATIENCE_MS} ms: ${what}`);
}

/** @param {string} hash */
const customerIn = (hash) => hash.split(':').find((id) => id.startsWith('cus_'));

/**
 * What the log says, read from the beginning.
 * @param {import('../../web/client/full-chat.js').FullChat} chat
 * @param {string} hash
 */
async function truth(chat, hash) {
  const messages = new Map();
  /** @type {any[]} */
  let members = [];
  for (let after = 0, more = true; more;) {
    /** @type {any} */
    const log = await chat.request('GET', `channels/${hash}/events?after=${after}&limit=100`);
    for (const { seq, payload } of log.events) {
      assert.equal(seq, ++after);
      if (payload.message && !payload.message.deleted_at)
        messages.set(payload.message.id, payload.message);
      if (payload.id) messages.delete(payload.id);
    }
    ({ members, has_more: more } = log);
  }
  return {
    messages: shown([...messages.values()].sort((a, b) => a.seq - b.seq)),
    marks: marks(members),
  };
}

/** @param {import('../../web/client/full-chat.js').FullChat} chat @param {string} hash */
async function assertEqual(chat, hash) {
  const { messages, members, pending, behind } = chat.view(hash);
  assert.deepEqual({ messages: shown(messages), marks: marks(members) }, await truth(chat, hash));
  assert.deepEqual([pending, behind], [[], false]);
}

/** @param {any} options Of the customer. @param {any} [both] Of both. */
async function customerAndStaff(options = { token: token('customer') }, both = {}) {
  const customer = person({ scope: 'store', ...options, ...both });
  const { channel } = await customer.chat.request('POST', 'channels');
  const staff = person({ ...staffMember(), ...both });
  await Promise.all([
    customer.chat.open(channel.channel_hash),
    staff.chat.open(channel.channel_hash),
  ]);
  const close = () => [customer, staff].forEach(({ chat }) => chat.close());
  return { customer, staff, hash: channel.channel_hash, close };
}

test(
  'rest: a guest and the staff write, edit, delete and read; both views equal the log',
  live,
  async (t) => {
    const unknown = person({ scope: 'store' });
    const { guest_id, id } = await unknown.chat.request('POST', 'guest');
    const { customer, staff, hash, close } = await customerAndStaff({ getGuestId: () => guest_id });
    t.after(close);
    assert.ok(hash.includes(id) && !hash.includes(guest_id));
    for (const body of ['one', 'two', '<b>three</b> ☃']) customer.chat.send(hash, body);
    assert.equal(customer.chat.view(hash).pending.length, 3);
    await until(() => customer.chat.view(hash).pending.length === 0);
    await assertEqual(customer.chat, hash);
    assert.deepEqual(
      customer.chat.view(hash).messages.map(({ body, is_own }) => [body, is_own]),
      [
        ['one', true],
        ['two', true],
        ['<b>three</b> ☃', true],
      ],
    );
    staff.page.comeBack();
    await until(() => staff.chat.view(hash).messages.length === 3);
    assert.ok(staff.chat.view(hash).messages.every(({ is_own }) => !is_own));
    await staff.chat.markRead(hash);
    staff.chat.send(hash, 'answer');
    await until(() => staff.chat.view(hash).messages.at(-1)?.is_own);
    const [one, two] = customer.chat.view(hash).messages;
    await customer.chat.edit(hash, one.id, 'changed');
    await customer.chat.remove(hash, two.id);
    await assert.rejects(staff.chat.edit(hash, one.id, 'not mine'), {
      status: 403,
      type: 'forbidden',
    });
    for (const { page } of [customer, staff]) page.comeBack();
    await until(() =>
      [customer, staff].every(
        ({ chat }) =>
          chat
            .view(hash)
            .messages.map(({ body }) => body)
            .join() === 'changed,<b>three</b> ☃,answer',
      ),
    );
    await assertEqual(customer.chat, hash);
    await assertEqual(staff.chat, hash);
    const seen = JSON.stringify([
      customer.heard,
      customer.asked,
      customer.sockets.map(({ url }) => url),
    ]);
    assert.ok(!seen.includes(guest_id));
  },
);

test(
  'rest: a gap of 230 entries heals in three round trips, and older pages lead to the first one',
  live,
  async (t) => {
    const { staff, hash, close } = await customerAndStaff();
    t.after(close);
    // This client gets no push, and no timer of it runs, however long the test takes.
    const away = person({
      scope: 'store',
      token: token('customer', customerIn(hash)),
      holds: (/** @type {number} */ ms) => ms >= 1000,
    });
    t.after(() => away.chat.close());
    away.network.tickets = false;
    await away.chat.open(hash);
    await until(
      () => away.network.refused > 0 && away.network.waiting === 0,
      'it waits for its ticket, and for nothing else',
    );
    // One after another: a busy machine refuses some of many concurrent ones.
    for (let n = 0; n < 200; n++)
      await staff.chat.request('POST', `messages/${hash}`, { body: `m ${n}` });
    const { messages } = await staff.chat.request('GET', `messages/${hash}?limit=30`);
    for (const { id } of messages)
      await staff.chat.request('PUT', `messages/id/${id}`, { body: `edited ${id}` });
    const reads = () => away.asked.filter((what) => what.includes('/events')).length;
    const before = reads();
    away.page.comeBack();
    // The second piece of the log already shows all messages in their present state; the third one
    // ends the log.
    await until(() => away.chat.view(hash).messages.length === 200 && !away.chat.view(hash).behind);
    assert.equal(reads() - before, 3);
    await assertEqual(away.chat, hash);
    const fresh = person(staffMember());
    t.after(() => fresh.chat.close());
    await fresh.chat.open(hash);
    assert.equal(fresh.chat.view(hash).messages.length, 50);
    let pages = 1;
    for (; fresh.chat.view(hash).hasOlder; pages++) await fresh.chat.older(hash);
    assert.equal(pages, 4);
    await assertEqual(fresh.chat, hash);
  },
);

test('rest: what was written offline is sent once, in order, after a reload', live, async (t) => {
  const storage = new MemoryStorage();
  const { customer, hash, close } = await customerAndStaff({ token: token('customer'), storage });
  t.after(close);
  customer.network.up = false;
  for (const body of ['one', 'two', 'three']) customer.chat.send(hash, body);
  await until(() => customer.network.refused > 0, 'it has tried in vain');
  customer.chat.close();
  assert.equal(storage.length, 3);
  const same = { scope: 'store', token: token('customer', customerIn(hash)), storage };
  const tabs = [person(same), person(same)];
  t.after(() => tabs.forEach(({ chat }) => chat.close()));
  await Promise.all(tabs.map(({ chat }) => chat.open(hash)));
  await until(() => storage.length === 0);
  for (const { page } of tabs) page.comeBack();
  for (const { chat } of tabs) {
    await until(
      () => chat.view(hash).pending.length === 0 && chat.view(hash).messages.length === 3,
    );
    assert.deepEqual(
      chat.view(hash).messages.map(({ body }) => body),
      ['one', 'two', 'three'],
    );
    await assertEqual(chat, hash);
  }
});

test('rest: refusals say why', live, async (t) => {
  const { customer, hash, close } = await customerAndStaff();
  t.after(close);
  const blank = customer.chat.send(hash, '   ');
  await until(() => customer.chat.view(hash).pending[0]?.failed?.status === 400);
  customer.chat.discard(blank.id);
  assert.deepEqual(customer.chat.view(hash).pending, []);
  await assert.rejects(customer.chat.open('direct:admin:cus_nobody'), {
    status: 404,
    type: 'not_found',
  });
  const stranger = person({ scope: 'store', token: 'no.such.token' });
  t.after(() => stranger.chat.close());
  await assert.rejects(stranger.chat.open(hash), { status: 401, type: 'unauthorized' });
});

/** @param {any} options */
async function connected(options = undefined) {
  assert.ok(globalThis.WebSocket, 'start node with --experimental-websocket');
  const both = await customerAndStaff(options, {
    holds: (/** @type {number} */ ms) => ms === SECOND_READ_MS,
  });
  const people = [both.customer, both.staff];
  await until(
    () => people.every(({ chat, held }) => chat.status === 'open' && held.length),
    'both sockets are open',
  );
  const counts = () =>
    people.map(({ asked }) => asked.filter((what) => what.includes('/events')).length);
  const before = counts();
  for (const { held } of people) for (const run of held.splice(0)) run();
  // The second read is over: from here on only pushes bring changes.
  await until(
    () =>
      counts().every((count, at) => count > before[at]) &&
      people.every(({ network }) => network.waiting === 0),
    'both have looked',
  );
  const reads = () => counts().join();
  return { ...both, reads };
}

test(
  'socket: messages, edits, deletions, read marks and typing arrive without being asked for',
  live,
  async (t) => {
    const { customer, staff, hash, close, reads } = await connected();
    t.after(close);
    const before = reads();
    customer.chat.send(hash, 'one');
    await until(() => staff.chat.view(hash).messages[0]?.body === 'one');
    staff.chat.send(hash, 'two');
    await until(() => customer.chat.view(hash).messages[1]?.body === 'two');
    const [{ id }] = customer.chat.view(hash).messages;
    await customer.chat.edit(hash, id, 'edited');
    await until(() => staff.chat.view(hash).messages[0]?.body === 'edited');
    await staff.chat.markRead(hash);
    const { seq } = staff.chat.view(hash).messages[1];
    await until(() =>
      customer.chat
        .view(hash)
        .members.some(({ role, last_read_seq }) => role === 'admin' && last_read_seq >= seq),
    );
    await customer.chat.remove(hash, id);
    await until(() => staff.chat.view(hash).messages.length === 1);
    staff.chat.typing(hash);
    await until(() =>
      customer.heard.some(
        ({ type, detail }) =>
          type === 'typing' && detail.role === 'admin' && detail.channel_hash === hash,
      ),
    );
    assert.ok(!staff.heard.some(({ type }) => type === 'typing'), 'not to the sender');
    assert.equal(reads(), before, 'the log was not read');
    await assertEqual(customer.chat, hash);
    await assertEqual(staff.chat, hash);
    for (const { heard } of [customer, staff])
      assert.deepEqual(
        heard.filter(({ type }) => type === 'error'),
        [],
      );
  },
);

test('socket: a message of the greatest size arrives whole', live, async (t) => {
  const { customer, staff, hash, close } = await connected();
  t.after(close);
  // 6 bytes each as JSON: with its envelope about as long as a push may be.
  for (const body of [`a${'\u0001'.repeat(4999)}`, '☃'.repeat(5000)]) {
    staff.chat.send(hash, body);
    await until(() => customer.chat.view(hash).messages.at(-1)?.body === body, 'the whole body');
  }
  await assertEqual(customer.chat, hash);
});

test(
  'socket: after a dropped connection it comes back with a fresh ticket, and nothing is missing',
  live,
  async (t) => {
    const { customer, staff, hash, close } = await connected();
    t.after(close);
    for (let round = 0; round < 3; round++) {
      const before = customer.sockets.length;
      customer.network.up = false;
      // As if the network were gone: the client learns of it from the socket.
      customer.sockets.at(-1)?.close();
      for (let i = 0; i < 5; i++) staff.chat.send(hash, `while away ${round} ${i}`);
      await until(() => staff.chat.view(hash).pending.length === 0);
      customer.network.up = true;
      customer.page.comeBack();
      await until(() => customer.sockets.length > before && customer.chat.status === 'open');
      await until(() => customer.chat.view(hash).messages.length === 5 * (round + 1));
      await assertEqual(customer.chat, hash);
    }
  },
);

test(
  'socket: a ticket opens one socket, a wrong one none; the ping is answered',
  live,
  async (t) => {
    const { customer, close } = await connected();
    t.after(close);
    const { ticket, url, expires_in } = await customer.chat.request('POST', 'realtime/ticket');
    assert.equal(expires_in, 60);
    const dial = (/** @type {string} */ with_ticket) =>
      new Promise((resolve) => {
        const ws = new WebSocket(url, ['chat.v1', `t.${with_ticket}`]);
        ws.onopen = () => resolve(ws);
        ws.onerror = () => resolve(null);
        ws.onclose = () => resolve(null);
      });
    assert.equal(await dial('wrong'), null);
    const ws = await dial(ticket);
    assert.ok(ws);
    t.after(() => ws.close());
    assert.equal(ws.protocol, 'chat.v1');
    assert.equal(await dial(ticket), null, 'used');
    /** @type {any[]} */
    const frames = [];
    ws.onmessage = (/** @type {MessageEvent} */ { data }) => frames.push(JSON.parse(data).event);
    ws.send('{"action":"ping"}');
    await until(() => frames.includes('pong'));
    ws.send('nonsense');
    await until(() => frames.includes('error'));
    assert.equal(ws.readyState, 1);
  },
);

test(
  'socket: after a churn of dropped sockets and lost pushes every view equals the log',
  live,
  async (t) => {
    // CHAT_CHURN=200x20 for a long one.
    const [crowd, drops] = (process.env.CHAT_CHURN ?? '40x6').split('x').map(Number);
    const { customer, staff, hash, close } = await customerAndStaff();
    class Lossy extends (globalThis.WebSocket ?? class {}) {
      constructor(/** @type {string} */ url, /** @type {string[]} */ protocols) {
        super(url, protocols);
        this.addEventListener('message', (event) => {
          if (Math.random() < 0.3) event.stopImmediatePropagation();
        });
        open.add(this);
        this.addEventListener('close', () => open.delete(this));
      }
    }
    /** @type {Set<WebSocket>} */
    const open = new Set();
    const people = Array.from({ length: crowd }, () =>
      person({ ...staffMember(), WebSocket: Lossy, random: () => Math.random() / 20 }),
    );
    t.after(() => [{ chat: { close } }, ...people].forEach(({ chat }) => chat.close()));
    for (const { chat } of people) {
      chat.connect();
      await chat.open(hash);
    }
    for (let round = 0; round < drops; round++) {
      await until(() => open.size >= crowd, 'everybody is connected');
      await Promise.all([
        customer.chat.send(hash, `asked ${round}`),
        staff.chat.send(hash, `answered ${round}`),
      ]);
      for (const socket of [...open]) socket.close();
    }
    await until(() => open.size >= crowd, 'everybody is connected');
    await until(
      () => customer.chat.view(hash).pending.length + staff.chat.view(hash).pending.length === 0,
      'all is sent',
    );
    // Each page comes back once, which reads the log like the next ping would.
    for (const { page } of people) page.comeBack();
    const log = await truth(staff.chat, hash);
    assert.equal(log.messages.length, 2 * drops);
    for (const { chat } of people) {
      await until(
        () => shown(chat.view(hash).messages).length === log.messages.length,
        'a view is whole',
      );
      assert.deepEqual(shown(chat.view(hash).messages), log.messages);
    }
  },
);
