import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Handshake, REFUSED_WITHIN_MS } from '../src/admin/lib/handshake';

const ORIGIN = 'https://chat.example';

/** A handshake with an inbox that notes what it gets; each token is a new one. */
function begin(getToken?: () => Promise<string>) {
  const sent: [unknown, string][] = [];
  const inbox = {
    postMessage: (message: unknown, origin: string) => void sent.push([message, origin]),
  };
  const outcomes: string[] = [];
  let [time, tokens] = [0, 0];
  const handshake = new Handshake({
    origin: ORIGIN,
    peer: () => inbox,
    getToken: getToken ?? (async () => `token ${++tokens}`),
    onOutcome: (outcome) => void outcomes.push(outcome),
    now: () => time,
  });
  const hear = async (
    type: unknown,
    { source = inbox, origin = ORIGIN }: { source?: unknown; origin?: string } = {},
  ) => {
    handshake.hear({ source, origin, data: { type } });
    await new Promise(setImmediate);
  };
  return { handshake, hear, inbox, sent, outcomes, wait: (ms: number) => void (time += ms) };
}

const handed = (number: number) => [{ type: 'live-chat:token', token: `token ${number}` }, ORIGIN];

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
