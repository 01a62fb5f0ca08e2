// @ts-check
/** The whole client against a server on a bad network, and the rules of `Chat`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChat } from '../../web/client/full-chat.js';
import { CALM, STORM, Server } from './server.js';
import { Clock, HASH, MemoryStorage, Page, chance, marks, newIds, shown } from './support.js';

const MINUTE = 60_000;
/** The longest time between two pings. */
const PING_INTERVAL = 4.5 * MINUTE;
/** The longest time of a request, or of an overtaken push, on this network. */
const TRAVEL = 5_000;
const SECRET = 'guest-secret-0123456789abcdef';

/** @param {{ seed?: number, storage?: any, options?: any }} [setting] */
function setUp({ seed = 1, storage = new MemoryStorage(), options = {} } = {}) {
  const clock = new Clock();
  const page = new Page();
  const server = new Server(clock, seed);
  const dice = chance(seed + 1e6);
  /** @type {{ type: string, detail: any }[]} */
  const heard = [];
  const start = (more = {}) => {
    const chat = createChat({
      api: 'https://shop/',
      scope: 'store',
      getGuestId: () => SECRET,
      ...clock,
      fetch: server.fetch,
      WebSocket: /** @type {any} */ (server.WebSocket),
      random: dice.random,
      newId: newIds(dice),
      storage,
      onReturn: page.onReturn,
      ...options,
      ...more,
    });
    const names = ['change', 'typing', 'looking', 'status', 'opened', 'catch-up', 'push', 'error'];
    for (const name of names) {
      chat.addEventListener(name, (event) =>
        heard.push({ type: name, detail: /** @type {CustomEvent} */ (event).detail }),
      );
    }
    return chat;
  };
  const chat = start();
  return {
    clock,
    page,
    server,
    dice,
    heard,
    chat,
    start,
    storage,
    open: () => clock.during(chat.open(HASH)),
  };
}

/** @param {ReturnType<typeof setUp>} world */
function assertEqual({ chat, server }, note = '') {
  const view = chat.view(HASH);
  assert.deepEqual(shown(view.messages), shown(server.log.live()), note);
  assert.deepEqual(marks(view.members), marks(server.log.members.values()), note);
  assert.deepEqual([view.pending, view.behind], [[], false], note);
}

test('on a bad network the view equals the log within one ping interval', async () => {
  let drops = 0;
  let lost = 0;
  for (let seed = 0; seed < 150; seed++) {
    const world = setUp({ seed });
    const { chat, clock, server, dice, page } = world;
    for (let i = dice.below(120); i > 0; i--) server.log.change(dice);
    server.weather = STORM;
    while (
      !(await clock.during(
        chat.open(HASH).then(
          () => true,
          () => false,
        ),
      ))
    );
    /** @type {string[]} */
    const written = [];
    for (let step = 0; step < 60; step++) {
      await clock.advance(dice.below(dice.happens(0.1) ? 3 * MINUTE : 2000));
      const what = dice.below(20);
      if (what < 10) {
        for (let n = dice.happens(0.05) ? 150 : 1; n > 0; n--) server.push(server.log.change(dice));
      } else if (what < 13) {
        written.push(chat.send(HASH, `own ${seed} ${step}`).id);
      } else if (what === 13) {
        const own = chat.view(HASH).messages.filter((message) => message.is_own)[0];
        if (own)
          (dice.happens(0.7)
            ? chat.edit(HASH, own.id, `changed ${step}`)
            : chat.remove(HASH, own.id)
          ).catch(() => {});
      } else if (what === 14) {
        server.push(server.log.read('user_mia', 'admin'));
        chat.markRead(HASH).catch(() => {});
      } else if (what === 15) {
        drops++;
        server.dropAll();
      } else if (what === 16) {
        server.offline = !server.offline;
        if (server.offline && dice.happens(0.5)) server.dropAll();
        if (!server.offline) page.comeBack();
      } else if (what === 17 && chat.view(HASH).hasOlder) {
        chat.older(HASH).catch(() => {});
      }
    }
    server.offline = false;
    // The last changes are all lost: only the next ping can find them.
    server.weather = { ...STORM, lost: 1 };
    for (let i = 3; i > 0; i--) server.push(server.log.change(dice));
    lost += server.log.lastSeq;
    server.weather = CALM;
    await clock.advance(PING_INTERVAL + TRAVEL);
    while (chat.view(HASH).hasOlder) await clock.during(chat.older(HASH));
    assertEqual(world, `seed ${seed}`);
    const stored = [...server.log.messages.values()].filter((message) =>
      written.includes(message.client_message_id),
    );
    assert.deepEqual(
      stored.map((message) => message.client_message_id),
      written,
      `seed ${seed}: own messages once each, in order`,
    );
    chat.close();
  }
  assert.ok(drops > 100 && lost > 10_000, `too little happened: ${drops} drops, ${lost} changes`);
});

test('the next ping finds what a live socket lost, if no later push does', async () => {
  const world = setUp();
  await world.open();
  await world.clock.advance(30_000);
  world.server.weather = { ...CALM, lost: 1 };
  world.server.push(world.server.log.create('lost'));
  await world.clock.advance(3 * MINUTE);
  assert.equal(world.chat.view(HASH).messages.length, 0);
  await world.clock.advance(PING_INTERVAL + TRAVEL - 3 * MINUTE);
  assertEqual(world);
});

test('a gap heals in one round trip per 100 entries, however old it is', async () => {
  for (const missed of [1, 99, 100, 101, 250, 1000]) {
    const away = setUp();
    await away.open();
    await away.clock.advance(10_000);
    away.server.offline = true;
    away.server.dropAll();
    await away.clock.advance(24 * 60 * MINUTE);
    for (let i = 0; i < missed; i++) away.server.log.change(away.dice);
    const before = away.server.count('/events');
    const sockets = away.server.WebSocket.all.length;
    away.server.offline = false;
    while (away.server.WebSocket.all.length === sockets) await away.clock.advance(100);
    await away.clock.advance(4000);
    assertEqual(away, `${missed} while away`);
    assert.equal(
      away.server.count('/events') - before,
      Math.ceil(missed / 100),
      `${missed} while away`,
    );

    const gap = setUp();
    await gap.open();
    await gap.clock.advance(10_000);
    gap.server.weather = { ...CALM, lost: 1 };
    for (let i = 1; i < missed; i++) gap.server.push(gap.server.log.change(gap.dice));
    gap.server.weather = CALM;
    gap.server.push(gap.server.log.change(gap.dice));
    const asked = gap.server.count('/events');
    await gap.clock.advance(3000);
    assertEqual(gap, `a gap of ${missed}`);
    assert.equal(
      gap.server.count('/events') - asked,
      missed === 1 ? 0 : Math.ceil(missed / 100),
      `a gap of ${missed}`,
    );
  }
});

test('pushes that overtake each other cost no request', async () => {
  const world = setUp();
  await world.open();
  await world.clock.advance(10_000);
  const before = world.server.requests.length;
  world.server.weather = { ...CALM, late: 200, doubled: 0.5 };
  for (let i = 0; i < 50; i++) world.server.push(world.server.log.change(world.dice));
  await world.clock.advance(2000);
  assertEqual(world);
  assert.equal(world.server.requests.length, before);
});

test('reads the log after every open, 5 s later, with every ping, and on return', async () => {
  const world = setUp();
  await world.open();
  const asked = () => world.server.count('/events');
  await world.clock.advance(1000);
  assert.equal(asked(), 1);
  await world.clock.advance(5000);
  assert.equal(asked(), 2);
  await world.clock.advance(PING_INTERVAL);
  assert.equal(asked(), 3);
  world.page.comeBack();
  await world.clock.advance(1000);
  assert.equal(asked(), 4);
  world.server.dropAll();
  await world.clock.advance(3000);
  assert.equal(asked(), 5);
  await world.clock.advance(5000);
  assert.equal(asked(), 6);
  const heard = (/** @type {string} */ name) =>
    world.heard.filter(({ type }) => type === name).length;
  assert.deepEqual([heard('opened'), heard('catch-up')], [2, 6], 'others can read with it');
  assert.ok(
    world.server.requests.every(
      ({ path }) => !path.includes('/events') || path.includes('&limit=100'),
    ),
  );
});

test('a socket that replaces another changes no status, and the log is read', async () => {
  const world = setUp({ options: { random: () => 0 } });
  await world.open();
  await world.clock.advance(89 * MINUTE);
  world.heard.length = 0;
  const before = world.server.count('/events');
  // Its push goes to the old socket only, which is dead.
  world.server.log.create('missed');
  await world.clock.advance(MINUTE + 1000);
  assert.equal(world.server.sockets.size, 2);
  assert.deepEqual(
    world.heard.map(({ type }) => type).filter((type) => /status|opened/.test(type)),
    ['opened'],
  );
  assert.ok(world.server.count('/events') > before);
  assertEqual(world);
});

test('all reasons to read the log during a read lead to one more read', async () => {
  const world = setUp();
  await world.open();
  await world.clock.advance(10_000);
  const before = world.server.count('/events');
  world.page.comeBack();
  for (let i = 0; i < 10; i++) world.page.comeBack();
  await world.clock.advance(2000);
  assert.equal(world.server.count('/events') - before, 2);
});

test('a long message, cut in its push, is fetched whole', async () => {
  const world = setUp();
  await world.open();
  await world.clock.advance(10_000);
  world.server.mostPushed = 100;
  world.server.push(world.server.log.create('x'.repeat(5000), 'admin'));
  await world.clock.advance(1000);
  assertEqual(world);
  world.server.push(world.server.log.edit('chatmsg_1', 'y'.repeat(5000)));
  world.server.push(world.server.log.create('short', 'admin'));
  await world.clock.advance(1000);
  assertEqual(world);
});

test('a write that is half done is read again, soon and with pauses', async () => {
  const world = setUp();
  await world.open();
  await world.clock.advance(10_000);
  world.server.weather = { ...CALM, lost: 1 };
  for (let i = 0; i < 3; i++) world.server.push(world.server.log.create(`m${i}`));
  world.server.halfWritten = 2;
  world.page.comeBack();
  const before = world.server.count('/events');
  await world.clock.advance(20_000);
  assert.equal(world.chat.view(HASH).messages.length, 1);
  assert.ok(world.server.count('/events') - before < 25);
  world.server.halfWritten = 0;
  await world.clock.advance(31_000);
  assertEqual(world);
});

test('where sockets are blocked, the chat works by polling', async () => {
  const world = setUp();
  world.server.noSockets = true;
  await world.open();
  for (let i = 0; i < 20; i++) {
    world.server.push(world.server.log.change(world.dice));
    await world.clock.advance(35_000);
    assertEqual(world, `change ${i}`);
  }
});

test('a message is pending at once and then itself, never both and never neither', async () => {
  for (let seed = 0; seed < 40; seed++) {
    const world = setUp({ seed });
    await world.open();
    world.server.weather = { ...CALM, late: 300, lost: 0.3, failed: 0.3 };
    world.chat.send(HASH, 'hello');
    for (let ms = 0; ms < 20_000; ms += 10) {
      const { messages, pending } = world.chat.view(HASH);
      assert.equal(messages.length + pending.length, 1, `seed ${seed}, ${ms} ms`);
      await world.clock.advance(10);
    }
    assert.equal(world.chat.view(HASH).messages[0].is_own, true);
    world.chat.close();
  }
});

test('unsent messages survive a reload and go out when the channel is opened again', async () => {
  const world = setUp();
  await world.open();
  world.server.offline = true;
  for (const body of ['one', 'two', 'three']) world.chat.send(HASH, body);
  await world.clock.advance(5000);
  world.chat.close();
  world.server.offline = false;
  const again = world.start();
  const view = await world.clock.during(again.open(HASH));
  assert.deepEqual(
    view.pending.map(({ body }) => body),
    ['one', 'two', 'three'],
  );
  await world.clock.advance(30_000);
  assert.deepEqual(
    world.server.log.live().map(({ body }) => body),
    ['one', 'two', 'three'],
  );
  assertEqual({ ...world, chat: again });
});

test('a refused message says why, and can be discarded', async () => {
  const world = setUp();
  await world.open();
  const { id } = world.chat.send(HASH, '');
  await world.clock.advance(1000);
  assert.deepEqual(
    world.chat.view(HASH).pending.map(({ failed }) => failed?.message),
    ['too small'],
  );
  world.chat.retry(id);
  await world.clock.advance(1000);
  assert.equal(world.server.count('POST messages'), 2);
  world.chat.discard(id);
  assertEqual(world);
});

test('an own edit or deletion shows with its response, with and without pushes', async () => {
  const world = setUp();
  await world.open();
  world.chat.send(HASH, 'one');
  await world.clock.advance(1000);
  world.server.weather = { ...CALM, lost: 1 };
  const [{ id }] = world.chat.view(HASH).messages;
  await world.clock.during(world.chat.edit(HASH, id, 'two'));
  assert.equal(world.chat.view(HASH).messages[0].body, 'two');
  await world.clock.during(world.chat.remove(HASH, id));
  assert.deepEqual(world.chat.view(HASH).messages, []);
  await assert.rejects(world.clock.during(world.chat.edit(HASH, id, 'three')), { status: 404 });
});

test('marks as read what is shown, nothing beyond a gap, and nothing twice', async () => {
  const world = setUp();
  const { server, chat, clock } = world;
  server.log.create('one', 'admin');
  await world.open();
  await clock.advance(10_000);
  await clock.during(chat.markRead(HASH));
  await clock.during(chat.markRead(HASH));
  assert.deepEqual(
    server.requests.filter(({ method }) => method === 'PUT').map(({ body }) => body),
    [{ seq: 1 }],
  );
  server.push(server.log.create('before', 'admin'));
  server.weather = { ...CALM, lost: 1 };
  server.push(server.log.create('lost', 'admin'));
  server.weather = CALM;
  server.push(server.log.create('behind', 'admin'));
  await clock.advance(50);
  assert.equal(chat.view(HASH).behind, true);
  chat.markRead(HASH);
  await clock.advance(1);
  assert.deepEqual(server.requests.at(-1)?.body, { seq: 2 });
  await clock.advance(130);
  chat.markRead(HASH);
  await clock.advance(1);
  assert.deepEqual([chat.view(HASH).behind, server.count('PUT')], [true, 2]);
  await clock.advance(2000);
  await clock.during(chat.markRead(HASH));
  assert.equal(marks(chat.view(HASH).members).cus_ada, 4);
  chat.send(HASH, 'own');
  await clock.advance(1000);
  await clock.during(chat.markRead(HASH));
  assert.equal(server.count('PUT'), 3, 'own messages need no mark');
});

test('sends and receives who is looking', async () => {
  const world = setUp();
  await world.open();
  await world.clock.advance(1000);
  const [ws] = world.server.sockets;
  world.chat.sendFrame({ action: 'looking', channel_hash: HASH });
  assert.deepEqual(ws.sent.at(-1), { action: 'looking', channel_hash: HASH });
  ws.receive({
    event: 'chat.looking',
    channel_hash: HASH,
    payload: { user_id: 'user_tom', role: 'admin' },
  });
  assert.deepEqual(
    world.heard.filter(({ type }) => type === 'looking').map(({ detail }) => detail),
    [{ channel_hash: HASH, user_id: 'user_tom', role: 'admin' }],
  );
});

test('sends typing at most every 3 s, and receives it', async () => {
  const world = setUp();
  await world.open();
  await world.clock.advance(1000);
  const [ws] = world.server.sockets;
  for (let i = 0; i < 50; i++) {
    world.chat.typing(HASH);
    await world.clock.advance(100);
  }
  assert.deepEqual(ws.sent, Array(2).fill({ action: 'typing', channel_hash: HASH }));
  ws.receive({
    event: 'chat.typing',
    channel_hash: HASH,
    payload: { user_id: 'user_mia', role: 'admin' },
  });
  assert.deepEqual(
    world.heard.filter(({ type }) => type === 'typing').map(({ detail }) => detail),
    [{ channel_hash: HASH, user_id: 'user_mia', role: 'admin' }],
  );
});

test("the guest's secret travels in headers only; storage is empty before a message", async () => {
  const world = setUp();
  world.server.weather = { ...CALM, failed: 0.3 };
  while (
    !(await world.clock.during(
      world.chat.open(HASH).then(
        () => true,
        () => false,
      ),
    ))
  );
  await world.clock.advance(5 * MINUTE);
  assert.equal(world.storage.length, 0);
  world.server.offline = true;
  world.chat.send(HASH, 'hello');
  await world.clock.advance(MINUTE);
  assert.equal(world.storage.length, 1);
  assert.ok(Object.keys(world.storage).every((key) => key.startsWith('live-chat:')));
  const seen = [
    Object.entries(world.storage),
    world.heard,
    world.server.requests.map(({ url, body }) => [url, body]),
    world.server.WebSocket.all.map(({ url, protocols }) => [url, protocols]),
  ];
  assert.ok(!JSON.stringify(seen).includes(SECRET));
  for (const { detail } of world.heard)
    assert.ok(!`${detail.error?.message}${detail.error?.stack}`.includes(SECRET));
  assert.ok(
    world.server.requests.every(
      ({ headers }) => headers['x-guest-id-for-live-chat'] === SECRET && !headers.authorization,
    ),
  );
});

test('a token is read before every request, and wins over the guest', async () => {
  let n = 0;
  const world = setUp({ options: { getToken: async () => `token${++n}` } });
  await world.open();
  assert.ok(n > 1);
  assert.deepEqual(
    world.server.requests.map(({ headers }) => headers.authorization),
    Array.from({ length: n }, (_, i) => `Bearer token${i + 1}`),
  );
  assert.ok(world.server.requests.every(({ headers }) => !('x-guest-id-for-live-chat' in headers)));
});

test('staff who share a browser do not send each other’s messages', async () => {
  const storage = new MemoryStorage();
  const clock = new Clock();
  /** @type {any[]} */
  const posted = [];
  let offline = true;
  const start = (/** @type {string} */ actor) =>
    createChat({
      api: 'https://shop',
      scope: 'admin',
      actorId: actor,
      getToken: () => 'jwt',
      storage,
      ...clock,
      random: () => 0.5,
      fetch: async (url, init) => {
        if (url.includes('realtime')) return new Response('{}', { status: 404 });
        if (init.method === 'POST' && url.includes('/messages/')) {
          if (offline) throw new TypeError('offline');
          posted.push([actor, JSON.parse(String(init.body)).body]);
          return new Response(
            JSON.stringify({
              message: {
                id: 'm',
                seq: 1,
                sender_id: actor,
                sender_role: 'admin',
                client_message_id: null,
                updated_at: '',
              },
            }),
          );
        }
        return new Response(
          JSON.stringify(
            url.includes('/events')
              ? { events: [], last_seq: 0, has_more: false, members: [] }
              : { messages: [], has_more: false, next_cursor: null, last_seq: 0, members: [] },
          ),
        );
      },
    });
  const mia = start('user_mia');
  await clock.during(mia.open(HASH));
  mia.send(HASH, 'from mia');
  await clock.advance(1000);
  mia.close();
  offline = false;
  const tom = start('user_tom');
  await clock.during(tom.open(HASH));
  await clock.advance(MINUTE);
  assert.deepEqual([posted, tom.view(HASH).pending], [[], []]);
  tom.close();
  const back = start('user_mia');
  back.connect();
  await clock.advance(MINUTE);
  assert.deepEqual(posted, [['user_mia', 'from mia']], 'without the channel being opened');
  back.close();
});

test('a failed open can be tried again; pushes of other channels are passed on', async () => {
  const world = setUp();
  world.server.offline = true;
  await assert.rejects(world.open(), { type: 'network' });
  world.server.offline = false;
  await world.open();
  await world.clock.advance(60_000);
  world.chat.leave(HASH);
  assert.throws(() => world.chat.view(HASH));
  world.server.push(world.server.log.create('one'));
  await world.clock.advance(1000);
  assert.equal(world.heard.filter(({ type }) => type === 'push').length, 1);
  assertEqual({ ...world, chat: (await world.open(), world.chat) });
});

test('close ends everything', async () => {
  const world = setUp();
  await world.open();
  await world.clock.advance(1000);
  world.server.offline = true;
  world.chat.send(HASH, 'one');
  world.page.comeBack();
  await world.clock.advance(300);
  world.chat.close();
  await world.clock.advance(MINUTE);
  const before = world.server.requests.length;
  await world.clock.advance(300 * MINUTE);
  assert.deepEqual(
    [
      world.server.requests.length - before,
      world.clock.pending,
      world.server.sockets.size,
      world.page.listeners.size,
    ],
    [0, 0, 0, 0],
  );
});
