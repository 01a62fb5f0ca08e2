// @ts-check
/** The socket with a fake WebSocket and a fake clock. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environment } from '../../web/client/env.js';
import { ApiError } from '../../web/client/http.js';
import { LiveSocket } from '../../web/client/socket.js';
import { Clock, FakeSocket, chance } from './support.js';

const MINUTE = 60_000;

/**
 * @param {{ seed?: number, random?: () => number, session?: (now: number) => string, ticket?: () =>
 * Promise<any> }} [options]
 */
function setUp({ seed = 1, random = chance(seed).random, session, ticket } = {}) {
  const clock = new Clock();
  class Ws extends FakeSocket {
    /** @type {FakeSocket[]} */
    static all = [];
  }
  /** @type {any[]} */
  const calls = [];
  let tickets = 0;
  const env = environment({ ...clock, WebSocket: /** @type {any} */ (Ws), random, storage: null });
  const socket = new LiveSocket(env, {
    ticket:
      ticket ??
      (async () => ({
        ticket: `k${++tickets}`,
        url: 'wss://x/chat',
        session_expires_at: session?.(clock.now()),
      })),
    frame: (frame) => calls.push(frame.event),
    opened: () => calls.push('opened'),
    pinged: () => calls.push('pinged'),
    failed: (error) => calls.push(error ? 'refused ticket' : 'no socket'),
    status: (status) => calls.push(`status ${status}`),
  });
  return {
    clock,
    socket,
    calls,
    sockets: Ws.all,
    last: () => /** @type {FakeSocket} */ (Ws.all.at(-1)),
    tickets: () => tickets,
  };
}

/**
 * Advances in small steps, accepts sockets, answers pings, and checks that one is always open.
 */
async function live(
  /** @type {ReturnType<typeof setUp>} */ world,
  /** @type {number} */ ms,
  step = 1000,
) {
  for (let passed = 0; passed < ms; passed += step) {
    await world.clock.advance(step);
    for (const ws of world.sockets) {
      if (ws.readyState === 0) ws.accept();
      while (ws.sent.shift()?.action === 'ping') ws.receive({ event: 'pong' });
    }
    assert.ok(
      world.sockets.some((ws) => ws.readyState === 1),
      `no socket after ${passed} ms`,
    );
  }
}

test('every connection takes a new ticket, as a sub-protocol and not in the URL', async () => {
  const world = setUp();
  world.socket.start();
  await world.clock.advance(0);
  assert.deepEqual(
    [world.last().url, world.last().protocols],
    ['wss://x/chat', ['chat.v1', 't.k1']],
  );
  world.last().accept();
  world.last().drop();
  await world.clock.advance(1000);
  assert.deepEqual(world.last().protocols, ['chat.v1', 't.k2']);
  assert.equal(world.sockets.length, 2);
});

test('pings every 4 to 4.5 minutes, and passes everything on but pongs', async () => {
  for (const random of [() => 0, () => 0.999999]) {
    const world = setUp({ random });
    world.socket.start();
    await world.clock.advance(0);
    const ws = world.last();
    ws.accept();
    const from = random() ? 4.5 * MINUTE - 10 : 4 * MINUTE - 10;
    for (let n = 1; n <= 5; n++) {
      await world.clock.advance(from);
      assert.equal(ws.sent.length, n - 1);
      await world.clock.advance(20 - 10);
      assert.equal(ws.sent.length, n);
      ws.receive({ event: 'pong' });
    }
    ws.receive({ event: 'chat.typing' });
    ws.receive('no json');
    assert.deepEqual(
      world.calls.filter((what) => !what.startsWith('status')),
      ['opened', ...Array(5).fill('pinged'), 'chat.typing'],
    );
  }
});

test('reconnects with full jitter: uniform below 1, 2, 4 … 30 s', async () => {
  for (const random of [0, 0.5, 0.9999]) {
    const world = setUp({ random: () => random });
    world.socket.start();
    await world.clock.advance(0);
    for (const cap of [1, 2, 4, 8, 16, 30, 30, 30]) {
      const before = world.sockets.length;
      world.last().drop();
      const wait = random * cap * 1000;
      if (wait > 2) {
        await world.clock.advance(wait - 2);
        assert.equal(world.sockets.length, before, `too early below ${cap} s`);
      }
      await world.clock.advance(4);
      assert.equal(world.sockets.length, before + 1, `too late below ${cap} s`);
    }
  }
});

test('only a socket that stays open resets the backoff', async () => {
  const world = setUp({ random: () => 0.9999 });
  world.socket.start();
  await world.clock.advance(0);
  for (const cap of [1, 2, 4, 8]) {
    world.last().accept();
    world.last().drop();
    await world.clock.advance(cap * 1000);
  }
  world.last().accept();
  world.last().drop();
  const before = world.sockets.length;
  await world.clock.advance(15_900);
  assert.equal(world.sockets.length, before);
  await world.clock.advance(200);
  world.last().accept();
  await world.clock.advance(31_000);
  world.last().drop();
  await world.clock.advance(1000);
  assert.equal(world.sockets.length, before + 2);
});

test('replaces its socket before two hours, and always has one', async () => {
  for (let seed = 0; seed < 12; seed++) {
    const world = setUp({ seed });
    world.socket.start();
    await world.clock.advance(0);
    world.last().accept();
    /** @type {Map<FakeSocket, number>} */
    const born = new Map();
    for (let n = 0; n < 10; n++) {
      await live(world, 50 * MINUTE, 5000);
      for (const ws of world.sockets) {
        if (!born.has(ws)) born.set(ws, world.clock.now());
        assert.ok(
          ws.readyState === 3 || world.clock.now() - (born.get(ws) ?? 0) < 120 * MINUTE,
          'older than two hours',
        );
      }
    }
    assert.ok(
      world.sockets.length >= 5 && world.sockets.length <= 7,
      `${world.sockets.length} sockets in 500 minutes`,
    );
    assert.ok(world.sockets.filter((ws) => ws.readyState === 1).length <= 2);
  }
});

test('ages of sockets lie between 90 and 119 minutes', async () => {
  for (const [random, minutes] of [
    [0, 90],
    [0.99999, 119],
  ]) {
    const world = setUp({ random: () => random });
    world.socket.start();
    await world.clock.advance(0);
    world.last().accept();
    await live(world, minutes * MINUTE - 2000);
    assert.equal(world.sockets.length, 1);
    await live(world, 4000);
    assert.equal(world.sockets.length, 2);
  }
});

test('the old socket stays until the new one is open, still listens, and then goes', async () => {
  const world = setUp({ random: () => 0 });
  world.socket.start();
  await world.clock.advance(0);
  const [old] = world.sockets;
  old.accept();
  await live(world, 90 * MINUTE - 1000);
  await world.clock.advance(1000);
  assert.equal(world.sockets.length, 2);
  // The old socket stays alive while the new one is opened.
  old.receive({ event: 'pong' });
  await world.clock.advance(9000);
  assert.equal(old.readyState, 1);
  world.last().drop();
  await world.clock.advance(1000);
  assert.equal(world.sockets.length, 3, 'a failed replacement is tried again');
  assert.equal(old.readyState, 1);
  world.last().accept();
  await world.clock.advance(4000);
  old.receive({ event: 'chat.typing' });
  assert.ok(world.calls.includes('chat.typing'), 'frames on their way to the old socket arrive');
  await world.clock.advance(5000);
  assert.equal(old.readyState, 3);
  assert.equal(world.last().readyState, 1);
  assert.deepEqual(
    world.calls.filter((what) => /status|opened/.test(what)),
    ['status connecting', 'status open', 'opened', 'opened'],
    'a replacement is opened, and changes no status',
  );
});

test('replaces before the session expires, but not without end if the clock is fast', async () => {
  const world = setUp({ session: (now) => new Date(now + 30 * MINUTE).toISOString() });
  world.socket.start();
  await world.clock.advance(0);
  world.last().accept();
  await live(world, 29 * MINUTE - 2000);
  assert.equal(world.sockets.length, 1);
  await live(world, 4000);
  assert.equal(world.sockets.length, 2);

  const fast = setUp({ session: (now) => new Date(now - 60 * MINUTE).toISOString() });
  fast.socket.start();
  await fast.clock.advance(0);
  fast.last().accept();
  await live(fast, 60 * MINUTE);
  assert.ok(fast.sockets.length <= 16, `${fast.sockets.length} sockets in an hour`);
});

test('a socket without a frame after a ping is dead, and is replaced', async () => {
  const world = setUp();
  world.socket.start();
  await world.clock.advance(0);
  world.last().accept();
  await world.clock.advance(4.5 * MINUTE + 10_000);
  assert.equal(world.sockets[0].readyState, 3);
  await world.clock.advance(1000);
  assert.ok(world.sockets.length >= 2);
});

test('a connection that never opens is given up after 15 s', async () => {
  const world = setUp({ random: () => 0 });
  world.socket.start();
  await world.clock.advance(14_999);
  assert.equal(world.sockets.length, 1);
  await world.clock.advance(2);
  assert.equal(world.sockets.length, 2);
  assert.ok(world.calls.includes('no socket'));
});

test('when the page comes back it connects at once, or checks the socket', async () => {
  const world = setUp({ random: () => 0.9999 });
  world.socket.start();
  await world.clock.advance(0);
  for (let i = 0; i < 5; i++) {
    world.last().drop();
    await world.clock.advance(30_000);
  }
  world.last().drop();
  const before = world.sockets.length;
  world.socket.wake();
  world.socket.wake();
  await world.clock.advance(0);
  assert.equal(world.sockets.length, before + 1, 'one attempt, at once');
  world.last().accept();
  world.socket.wake();
  assert.deepEqual(world.last().sent, [{ action: 'ping' }]);
  await world.clock.advance(10_000);
  assert.equal(world.last().readyState, 3);
});

test('Retry-After of the server is kept, even when the page comes back', async () => {
  let asked = 0;
  const world = setUp({
    random: () => 0,
    ticket: async () => {
      if (!asked++) throw new ApiError('too_many_requests', '', 429, 20);
      return { ticket: 'k', url: 'wss://x' };
    },
  });
  world.socket.start();
  await world.clock.advance(10_000);
  world.socket.wake();
  await world.clock.advance(9_000);
  assert.equal(asked, 1);
  await world.clock.advance(1_001);
  assert.equal(asked, 2);
});

test('a refused ticket is requested again every few minutes, and on return', async () => {
  let asked = 0;
  const world = setUp({
    ticket: async () => {
      asked++;
      throw new ApiError('unauthorized', '', 401);
    },
  });
  world.socket.start();
  await world.clock.advance(3 * MINUTE);
  assert.equal(asked, 1);
  assert.equal(world.socket.status, 'refused');
  await world.clock.advance(2 * MINUTE);
  assert.equal(asked, 2);
  world.socket.wake();
  assert.equal(asked, 3);
});

test('stop ends everything: sockets, timers, a ticket under way', async () => {
  /** @type {any} */
  let give;
  const world = setUp({ ticket: () => new Promise((resolve) => (give = resolve)) });
  world.socket.start();
  world.socket.stop();
  give({ ticket: 'k', url: 'wss://x' });
  await world.clock.advance(MINUTE);
  assert.equal(world.sockets.length, 0);
  world.socket.start();
  give({ ticket: 'k', url: 'wss://x' });
  await world.clock.advance(0);
  world.last().accept();
  assert.equal(world.socket.send({ action: 'ping' }), true);
  world.socket.stop();
  assert.equal(world.socket.send({ action: 'ping' }), false);
  assert.equal(world.last().readyState, 3);
  await world.clock.advance(200 * MINUTE);
  assert.equal(world.clock.pending, 0);
});
