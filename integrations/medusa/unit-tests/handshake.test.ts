import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRESH_MS, Handshake, REFUSED_WITHIN_MS, TOKEN_MS } from '../src/admin/lib/handshake';

const ORIGIN = 'https://chat.example';

/** A handshake with an inbox that notes what it gets; each token is a new one. */
function begin(getToken?: () => Promise<string>) {
  const sent: [unknown, string][] = [];
  const inbox = {
    postMessage: (message: unknown, origin: string) => void sent.push([message, origin]),
  };
  const outcomes: string[] = [];
  const reports: unknown[] = [];
  const looks = { scheme: 'dark' as 'dark' | 'light', language: 'de' };
  let [time, tokens] = [0, 0];
  const handshake = new Handshake({
    origin: ORIGIN,
    peer: () => inbox,
    getToken: getToken ?? (async () => `token ${++tokens}`),
    getAppearance: () => ({ ...looks }),
    loginUrl: 'https://medusa.example/app/login',
    onOutcome: (outcome) => void outcomes.push(outcome),
    onUnread: (count) => void reports.push(count),
    onOpened: (hash) => void reports.push(hash),
    now: () => time,
  });
  const hear = async (
    type: unknown,
    { source = inbox, origin = ORIGIN }: { source?: unknown; origin?: string } = {},
  ) => {
    handshake.hear({ source, origin, data: { type } });
    await new Promise(setImmediate);
  };
  return {
    handshake,
    hear,
    inbox,
    sent,
    outcomes,
    reports,
    looks,
    wait: (ms: number) => void (time += ms),
  };
}

const handed = (number: number) => [
  { type: 'live-chat:token', token: `token ${number}`, scheme: 'dark', language: 'de' },
  ORIGIN,
];
const refusal = (status: number) => Promise.reject(Object.assign(new Error('No'), { status }));

test('who is ready gets a token, at its exact origin', async () => {
  const { hear, sent, outcomes } = begin();
  await hear('live-chat:ready');
  assert.deepEqual([sent, outcomes], [[handed(1)], ['connected']]);
});

test('another origin, another window and other messages get nothing', async () => {
  const { handshake, hear, inbox, sent, outcomes } = begin();
  for (const origin of [
    'https://chat.example.evil.example',
    'http://chat.example',
    'https://chat.example:444',
    'null',
    '',
  ]) {
    await hear('live-chat:ready', { origin });
  }
  for (const source of [null, {}, { ...inbox }]) await hear('live-chat:ready', { source });
  for (const type of [undefined, 'live-chat:token', 'ready', 1]) await hear(type);
  for (const data of [undefined, null, 'live-chat:ready', 7])
    handshake.hear({ source: inbox, origin: ORIGIN, data });
  assert.deepEqual([sent, outcomes], [[], []]);
});

test('a missing window is no sender', async () => {
  const handshake = new Handshake({
    origin: ORIGIN,
    peer: () => null,
    getToken: () => assert.fail(),
    onOutcome: () => assert.fail(),
  });
  handshake.hear({ source: null, origin: ORIGIN, data: { type: 'live-chat:ready' } });
});

test('an expired token is followed by a fresh one, again and again', async () => {
  const { hear, sent, wait } = begin();
  await hear('live-chat:ready');
  for (const number of [2, 3, 4]) {
    wait(15 * 60_000);
    await hear('live-chat:expired');
    assert.deepEqual(sent.at(-1), handed(number));
  }
});

test('a token that is refused twice at once is the last one', async () => {
  const { handshake, hear, sent, outcomes, wait } = begin();
  await hear('live-chat:ready');
  await hear('live-chat:expired');
  wait(REFUSED_WITHIN_MS - 1);
  await hear('live-chat:expired');
  assert.deepEqual([sent.length, outcomes.at(-1)], [2, 'refused']);
  wait(REFUSED_WITHIN_MS);
  for (const type of ['live-chat:expired', 'live-chat:ready']) await hear(type);
  await handshake.hand();
  assert.deepEqual([sent.length, outcomes.length], [2, 3]);
});

test('one token at a time: what is asked for while one comes is answered by it', async () => {
  let give: (token: string) => void = () => {};
  const { hear, sent, outcomes } = begin(() => new Promise((resolve) => (give = resolve)));
  for (const type of [
    'live-chat:ready',
    'live-chat:expired',
    'live-chat:expired',
    'live-chat:ready',
  ])
    await hear(type);
  give('token 1');
  await new Promise(setImmediate);
  assert.deepEqual([sent, outcomes], [[handed(1)], ['connected']]);
});

test('where there is no token to hand over, it can be tried again', async () => {
  let works = false;
  const { handshake, hear, sent, outcomes } = begin(() =>
    works ? Promise.resolve('token 1') : Promise.reject(new Error('Unauthorized')),
  );
  await hear('live-chat:ready');
  assert.deepEqual([sent, outcomes], [[], ['failed']]);
  works = true;
  await handshake.hand();
  assert.deepEqual([sent, outcomes], [[handed(1)], ['failed', 'connected']]);
});

test('after the page is left nothing is sent', async () => {
  let give: (token: string) => void = () => {};
  const { handshake, hear, sent, outcomes } = begin(
    () => new Promise((resolve) => (give = resolve)),
  );
  await hear('live-chat:ready');
  handshake.stop();
  give('late');
  await hear('live-chat:ready');
  assert.deepEqual([sent, outcomes], [[], []]);
});

test('theme and language go along, and again when they change', async () => {
  const { handshake, hear, sent, looks } = begin();
  handshake.showAppearance();
  assert.deepEqual(sent, []);
  await hear('live-chat:ready');
  looks.scheme = 'light';
  for (let i = 0; i < 2; i++) handshake.showAppearance();
  const change = { type: 'live-chat:appearance', scheme: 'light', language: 'de' };
  assert.deepEqual(sent, [handed(1), [change, ORIGIN]]);
});

test('an inbox that asks before its token ends gets one, however often it asks', async () => {
  const { hear, sent, outcomes } = begin();
  for (let i = 0; i < 4; i++) await hear('live-chat:ready');
  assert.deepEqual([sent.length, new Set(outcomes)], [4, new Set(['connected'])]);
});

test('an admin who is logged out gets the login, and the inbox goes on by itself', async () => {
  let isLoggedIn = true;
  const { handshake, hear, sent, outcomes, wait } = begin(() =>
    isLoggedIn ? Promise.resolve('token 1') : refusal(401),
  );
  await hear('live-chat:ready');
  isLoggedIn = false;
  handshake.check();
  await new Promise(setImmediate);
  assert.deepEqual(outcomes, ['connected']);
  wait(FRESH_MS);
  handshake.check();
  await new Promise(setImmediate);
  const url = 'https://medusa.example/app/login';
  assert.deepEqual(
    [sent.at(-1), outcomes.at(-1)],
    [[{ type: 'live-chat:signed-out', url, scheme: 'dark', language: 'de' }, ORIGIN], 'signed-out'],
  );
  isLoggedIn = true;
  handshake.retry();
  await new Promise(setImmediate);
  assert.deepEqual([sent.at(-1), outcomes.at(-1)], [handed(1), 'connected']);
  const before = sent.length;
  handshake.retry();
  await new Promise(setImmediate);
  assert.equal(sent.length, before);
});

test('an outage hides no inbox whose token is still valid', async () => {
  let isUp = true;
  const { handshake, hear, outcomes } = begin(() =>
    isUp ? Promise.resolve('token 1') : refusal(503),
  );
  await hear('live-chat:ready');
  isUp = false;
  await hear('live-chat:ready');
  assert.deepEqual(outcomes, ['connected']);
  await hear('live-chat:expired');
  assert.deepEqual(outcomes, ['connected', 'failed']);
  isUp = true;
  handshake.retry();
  await new Promise(setImmediate);
  assert.deepEqual(outcomes, ['connected', 'failed', 'connected']);
});

test('a token that does not come in time is a failure', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { hear, outcomes } = begin(() => new Promise(() => {}));
  await hear('live-chat:ready');
  context.mock.timers.tick(TOKEN_MS - 1);
  await new Promise(setImmediate);
  assert.deepEqual(outcomes, []);
  context.mock.timers.tick(1);
  await new Promise(setImmediate);
  assert.deepEqual(outcomes, ['failed']);
});

test('the inbox reports what is open and unread, and opens what it is asked to', async () => {
  const { handshake, inbox, hear, sent, reports } = begin();
  const say = (data: object, origin = ORIGIN) => handshake.hear({ source: inbox, origin, data });
  say({ type: 'live-chat:unread', count: 3 });
  say({ type: 'live-chat:opened', hash: 'direct:admin:cus_ada' });
  for (const count of ['3', NaN, 1.5, null, undefined]) say({ type: 'live-chat:unread', count });
  say({ type: 'live-chat:opened', hash: 7 });
  say({ type: 'live-chat:unread', count: 9 }, 'https://evil.example');
  assert.deepEqual(reports, [3, 'direct:admin:cus_ada']);
  await hear('live-chat:ready');
  handshake.open('direct:admin:cus_bob');
  assert.deepEqual(sent.at(-1), [{ type: 'live-chat:open', hash: 'direct:admin:cus_bob' }, ORIGIN]);
});
