// @ts-check
/** The outbox: no message is lost or out of order, and each failure is visible. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environment } from '../../web/client/env.js';
import { ApiError } from '../../web/client/http.js';
import { discard, resume, retry } from '../../web/client/actions.js';
import { Outbox } from '../../web/client/outbox.js';
import { Clock, MemoryStorage, chance, newIds } from './support.js';

const PREFIX = 'live-chat:outbox:';
const refuse = (/** @type {number} */ status, retryAfter = 0) =>
  new ApiError(`t${status}`, `m${status}`, status, retryAfter);

/** A server for one tab or several: stores each id once. */
class Shop {
  /** @type {any[]} */
  stored = [];
  /** @type {string[]} */
  asked = [];
  /**
   * What goes wrong with the next requests. `after`: stored, but the response is lost.
   * @type {(ApiError | 'after' | null)[]}
   */
  faults = [];
  busy = 0;
  most = 0;
  clock = new Clock();

  take = async (/** @type {any} */ { id, body, channel_hash }) => {
    this.asked.push(body);
    this.most = Math.max(this.most, ++this.busy);
    await new Promise((resume) => this.clock.setTimeout(() => resume(0), 100));
    this.busy--;
    const fault = this.faults.shift() ?? null;
    if (fault instanceof ApiError) throw fault;
    if (!this.stored.some((one) => one.id === id)) this.stored.push({ id, body, channel_hash });
    if (fault) throw refuse(0);
  };

  bodies() {
    return this.stored.map(({ body }) => body);
  }
}

/** @param {Shop} shop @param {any} storage */
function tab(shop, storage, seed = 1, random = () => 0.5) {
  const env = environment({ ...shop.clock, random, storage, newId: newIds(chance(seed)) });
  return new Outbox(env, PREFIX, shop.take, () => {});
}

test('sends in order, one at a time per channel, and channels concurrently', async () => {
  const shop = new Shop();
  const outbox = tab(shop, new MemoryStorage());
  for (let i = 0; i < 20; i++) outbox.add('a', `a${i}`, 'text');
  assert.equal(outbox.list('a').length, 20);
  await shop.clock.advance(5000);
  assert.deepEqual(
    shop.bodies(),
    Array.from({ length: 20 }, (_, i) => `a${i}`),
  );
  assert.equal(shop.most, 1);
  assert.deepEqual(outbox.list('a'), []);
  outbox.add('a', 'x', 'text');
  outbox.add('b', 'y', 'text');
  await shop.clock.advance(50);
  assert.equal(shop.busy, 2);
});

test('network failures, 429 and 5xx are retried without end, in order, stored once', async () => {
  const shop = new Shop();
  const storage = new MemoryStorage();
  const outbox = tab(shop, storage);
  const bad = [refuse(0), refuse(503), refuse(500), 'after', refuse(429), refuse(408)];
  shop.faults = Array.from({ length: 60 }, (_, i) => /** @type {any} */ (bad[i % bad.length]));
  for (const body of ['1', '2', '3']) outbox.add('a', body, 'text');
  await shop.clock.advance(60 * 60_000);
  assert.deepEqual(shop.bodies(), ['1', '2', '3']);
  assert.equal(shop.asked.length, 63, 'no request more than faults and messages');
  assert.deepEqual(outbox.list('a'), []);
  assert.equal(storage.length, 0);
});

test('backs off up to 30 s, and at once when the page comes back', async () => {
  const shop = new Shop();
  const outbox = tab(shop, null, 1, () => 0.9999);
  shop.faults = Array(20).fill(refuse(0));
  outbox.add('a', '1', 'text');
  await shop.clock.advance(150);
  for (const cap of [1, 2, 4, 8, 16, 30, 30]) {
    const before = shop.asked.length;
    await shop.clock.advance(cap * 1000 - 200);
    assert.equal(shop.asked.length, before);
    await shop.clock.advance(300);
    assert.equal(shop.asked.length, before + 1);
  }
  const before = shop.asked.length;
  outbox.wake();
  await shop.clock.advance(10);
  assert.equal(shop.asked.length, before + 1);
});

test('Retry-After is kept, even when the page comes back', async () => {
  const shop = new Shop();
  const outbox = tab(shop, null, 1, () => 0);
  shop.faults = [refuse(429, 20)];
  outbox.add('a', '1', 'text');
  await shop.clock.advance(10_000);
  outbox.wake();
  await shop.clock.advance(10_000);
  assert.equal(shop.asked.length, 1);
  await shop.clock.advance(300);
  assert.deepEqual(shop.bodies(), ['1']);
});

test('survives a reload, with id and order, and with what was refused', async () => {
  const shop = new Shop();
  const storage = new MemoryStorage();
  const before = tab(shop, storage);
  shop.faults = [refuse(400), 'after', ...Array(50).fill(refuse(0))];
  for (const body of ['refused', '1', '2', '3']) before.add('a', body, 'text');
  await shop.clock.advance(5000);
  const ids = before.list('a').map(({ id }) => id);
  before.stop();
  await shop.clock.advance(60_000);
  shop.faults = [];
  // Clocks are set back; the order of writing stays.
  shop.clock.time -= 60 * 60_000;
  const after = tab(shop, storage, 2);
  assert.deepEqual(after.list('a'), [], 'nothing before resume');
  resume(after, 'b');
  assert.deepEqual(after.list('a'), [], 'of other channels');
  resume(after, 'a');
  assert.deepEqual(
    after.list('a').map(({ id }) => id),
    ids,
  );
  after.add('a', '4', 'text');
  await shop.clock.advance(5000);
  assert.deepEqual(shop.bodies(), ['1', '2', '3', '4']);
  assert.deepEqual(
    after.list('a').map(({ body, failed }) => [body, failed?.status]),
    [['refused', 400]],
  );
});

test('400, 403, 404, 409 and 413 mark the message and do not hold up the next', async () => {
  for (const status of [400, 403, 404, 409, 413]) {
    const shop = new Shop();
    const storage = new MemoryStorage();
    const outbox = tab(shop, storage);
    shop.faults = [refuse(status)];
    const { id } = outbox.add('a', 'bad', 'text');
    outbox.add('a', 'good', 'text');
    await shop.clock.advance(60_000);
    assert.deepEqual(shop.asked, ['bad', 'good']);
    assert.deepEqual(
      outbox.list('a').map(({ failed }) => failed),
      [{ status, type: `t${status}`, message: `m${status}` }],
    );
    retry(outbox, id);
    await shop.clock.advance(1000);
    assert.deepEqual(shop.bodies(), ['good', 'bad']);
    assert.equal(
      shop.stored[1].id === id,
      status !== 409,
      'a new id exactly where the old one is taken',
    );
    assert.equal(storage.length, 0);
  }
});

test('without a login a message and those after it wait for `resume`', async () => {
  const shop = new Shop();
  const outbox = tab(shop, new MemoryStorage());
  shop.faults = [refuse(401)];
  outbox.add('a', '1', 'text');
  outbox.add('a', '2', 'text');
  await shop.clock.advance(60_000);
  assert.deepEqual(shop.asked, ['1']);
  assert.deepEqual(
    outbox.list('a').map(({ body, failed }) => [body, failed]),
    [
      ['1', undefined],
      ['2', undefined],
    ],
  );
  resume(outbox, 'a');
  await shop.clock.advance(1000);
  assert.deepEqual(shop.bodies(), ['1', '2']);
});

test('a refused message keeps what was stored of it while it was sent', async () => {
  const shop = new Shop();
  const outbox = tab(shop, new MemoryStorage());
  shop.faults = [refuse(400)];
  outbox.add('a', 'one', 'text');
  const [item] = outbox.list('a');
  assert.ok(item);
  await shop.clock.advance(50);
  outbox.put({ ...item, work: { attachments: ['chatfile_1'] } });
  await shop.clock.advance(500);
  assert.deepEqual(
    outbox.list('a').map(({ failed, work }) => [failed?.status, work]),
    [[400, { attachments: ['chatfile_1'] }]],
  );
});

test('a discarded message is gone, and its late refusal marks nothing', async () => {
  const shop = new Shop();
  const storage = new MemoryStorage();
  const outbox = tab(shop, storage);
  shop.faults = [refuse(400), refuse(400)];
  const first = outbox.add('a', '1', 'text');
  await shop.clock.advance(1000);
  discard(outbox, first.id);
  const second = outbox.add('a', '2', 'text');
  await shop.clock.advance(50);
  discard(outbox, second.id);
  await shop.clock.advance(1000);
  assert.deepEqual(outbox.list('a'), []);
  assert.equal(storage.length, 0);
});

test('several tabs: each message is stored once, in order, and sent by one tab', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const dice = chance(seed);
    const shop = new Shop();
    const storage = new MemoryStorage();
    const one = tab(shop, storage, 1, dice.random);
    shop.faults = Array.from({ length: 30 }, () =>
      dice.happens(0.5) ? (dice.happens(0.5) ? 'after' : refuse(0)) : null,
    );
    for (let i = 0; i < 6; i++) one.add('a', String(i), 'text');
    await shop.clock.advance(dice.below(2000));
    const two = tab(shop, storage, 2, dice.random);
    resume(two, 'a');
    await shop.clock.advance(20 * 60_000);
    assert.deepEqual(shop.bodies(), ['0', '1', '2', '3', '4', '5'], `seed ${seed}`);
    assert.deepEqual([one.list('a'), two.list('a'), storage.length], [[], [], 0], `seed ${seed}`);
  }
});

test('a message that another tab has sent is not sent again', async () => {
  const shop = new Shop();
  const storage = new MemoryStorage();
  const one = tab(shop, storage, 1, () => 0.9999);
  shop.faults = Array(5).fill(refuse(0));
  one.add('a', '1', 'text');
  await shop.clock.advance(16_000);
  shop.faults = [];
  const two = tab(shop, storage, 2);
  resume(two, 'a');
  await shop.clock.advance(1000);
  const asked = shop.asked.length;
  await shop.clock.advance(60_000);
  assert.equal(shop.asked.length, asked);
  assert.deepEqual(one.list('a'), []);
});

test('without storage, or with a full or spoilt one, it still sends', async () => {
  const full = new MemoryStorage();
  full.setItem = () => {
    throw new Error('QuotaExceededError');
  };
  const spoilt = new MemoryStorage();
  spoilt.setItem(`${PREFIX}x`, '{"id":');
  spoilt.setItem(`${PREFIX}y`, 'null');
  spoilt.setItem('somebody else', '1');
  for (const storage of [null, full, spoilt]) {
    const shop = new Shop();
    const outbox = tab(shop, storage);
    resume(outbox);
    outbox.add('a', '1', 'text');
    await shop.clock.advance(1000);
    assert.deepEqual(shop.bodies(), ['1']);
    assert.deepEqual(outbox.list('a'), []);
  }
});
