import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

/** The README's `tokens()`, as a shop would paste it. */
const README = readFileSync(path.join(process.cwd(), 'README.md'), 'utf8');
const [, code = ''] = /```js\n(const tokens = .*?^};\n)/ms.exec(README) ?? [];

/**
 * `getToken` of a storefront whose Medusa answers so, one answer a call; the clock is in
 * milliseconds.
 */
function storefront(...answers: (() => Promise<Response>)[]) {
  const asked: [string, RequestInit][] = [];
  const clock = { now: () => clock.time, time: 0 };
  const fetch = (url: string, init: RequestInit) => {
    asked.push([url, init]);
    return (answers[asked.length - 1] ?? (() => assert.fail('Medusa was asked too often')))();
  };
  const make = new Function('MEDUSA', 'KEY', 'fetch', 'Date', `${code} return tokens()`);
  const getToken: () => Promise<string | null> = make(
    'https://medusa.example',
    'pk_1',
    fetch,
    clock,
  );
  return { getToken, asked, wait: (ms: number) => void (clock.time += ms) };
}

const token = (name: string) => async () =>
  Response.json({ token: name, expires_at: '2026-03-26T12:15:00.000Z' });
const status = (code: number) => async () => Response.json({ message: 'no' }, { status: code });

test("a token is kept for most of its life, whatever the customer's clock says", async () => {
  const { getToken, asked, wait } = storefront(token('one'), token('two'));
  for (let i = 0; i < 3; i++) assert.equal(await getToken(), 'one');
  wait(13 * 60_000);
  assert.equal(await getToken(), 'one');
  wait(60_000);
  assert.equal(await getToken(), 'two');
  assert.deepEqual(
    asked.map(([url, { method }]) => `${method} ${url}`),
    Array(2).fill('POST https://medusa.example/store/chat-token'),
  );
});

test('a customer who is logged out is told apart from a Medusa that is down', async () => {
  const down = [500, 502, 503, 504, 429, 404, 400];
  const timeout = () =>
    Promise.reject(new DOMException('The operation timed out.', 'TimeoutError'));
  const { getToken } = storefront(
    status(401),
    ...down.map(status),
    timeout,
    async () => new Response('<html>'),
    token('one'),
  );
  assert.equal(await getToken(), null);
  for (let i = 0; i < down.length + 2; i++) await assert.rejects(getToken());
  assert.equal(await getToken(), 'one');
});

test('Medusa may not take for ever', async () => {
  const { getToken, asked } = storefront(token('one'));
  await getToken();
  assert.ok(asked[0]?.[1].signal instanceof AbortSignal);
});
