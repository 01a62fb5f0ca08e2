// @ts-check
/** Requests: credentials, retries, error responses. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environment } from '../../web/client/env.js';
import { ApiError, Http } from '../../web/client/http.js';
import { Clock } from './support.js';

/**
 * @param {((init: any) => Response | Promise<Response>)[]} answers One per request; the last one
 * stays.
 */
function setUp(...answers) {
  const clock = new Clock();
  /** @type {any[]} */
  const asked = [];
  const fetch = async (/** @type {string} */ url, /** @type {any} */ init) => {
    asked.push({ url, ...init });
    return (answers[asked.length - 1] ?? answers[answers.length - 1])(init);
  };
  const env = environment({ ...clock, fetch, random: () => 0.5, storage: null });
  const http = new Http(env, 'https://x/store/chat/', async () => ({ authorization: 'Bearer t' }));
  return { clock, asked, http };
}

const json =
  (/** @type {number} */ status, /** @type {any} */ body, headers = {}) =>
  () =>
    new Response(JSON.stringify(body), { status, headers });
const unreachable = () => {
  throw new TypeError('fetch failed');
};
const hangs = (/** @type {any} */ { signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
const busy = json(503, { type: 'unavailable', message: 'm' }, { 'retry-after': '2' });

test('sends the credentials, and a body as JSON', async () => {
  const { http, asked } = setUp(json(200, { message: 1 }));
  assert.deepEqual(await http.request('POST', 'messages/h', { body: 'ü' }), { message: 1 });
  const { url, method, headers, body, credentials } = asked[0];
  assert.deepEqual(
    [url, method, body, credentials],
    ['https://x/store/chat/messages/h', 'POST', '{"body":"ü"}', 'same-origin'],
  );
  assert.deepEqual(headers, { authorization: 'Bearer t', 'content-type': 'application/json' });
});

test('GET, PUT and DELETE are tried three times, POST once, refusals once', async () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'POST']) {
    for (const answer of [unreachable, busy, json(500, {}), json(429, {})]) {
      const { http, asked, clock } = setUp(/** @type {any} */ (answer));
      await assert.rejects(clock.during(http.request(method, 'p')), ApiError);
      assert.equal(asked.length, method === 'POST' ? 1 : 3, method);
    }
    for (const status of [400, 401, 403, 404, 409, 413]) {
      const { http, asked, clock } = setUp(json(status, { type: 't', message: 'm' }));
      await assert.rejects(clock.during(http.request(method, 'p')), {
        status,
        type: 't',
        message: 'm',
      });
      assert.equal(asked.length, 1);
    }
  }
});

test('waits for Retry-After and a little more; a long one is left to the caller', async () => {
  const { http, asked, clock } = setUp(busy, json(200, { ok: 1 }));
  const answer = http.request('GET', 'p');
  await clock.advance(2400);
  assert.equal(asked.length, 1);
  await clock.advance(200);
  assert.deepEqual(await answer, { ok: 1 });
  const patient = setUp(json(429, {}, { 'retry-after': '3600' }));
  await assert.rejects(patient.http.request('GET', 'p'), { status: 429, retryAfter: 3600 });
});

test('a request without a response fails after 12 s', async () => {
  const { http, asked, clock } = setUp(/** @type {any} */ (hangs));
  const answer = assert.rejects(http.request('POST', 'p'), { type: 'network', status: 0 });
  await clock.advance(11_999);
  assert.equal(asked[0].signal.aborted, false);
  await clock.advance(2);
  await answer;
  assert.equal(clock.pending, 0);
});

test('a 200 without JSON is not from the chat, and is retried', async () => {
  const { http, clock } = setUp(
    () => new Response('<html>Log in to this Wi-Fi'),
    json(200, { ok: 1 }),
  );
  assert.deepEqual(await clock.during(http.request('GET', 'p')), { ok: 1 });
});
