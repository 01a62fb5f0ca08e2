// @ts-check
/** How the inbox fetches a single conversation: by its whole hash, not by a search. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Channels } from '../../web/inbox/channels/channels.js';

const HASH = 'direct:admin:c1';
const view = {
  channel_hash: HASH,
  customer: { id: 'c1' },
  unread_count: 1,
  last_message: null,
  last_message_at: '2026-03-26T12:00:00.000Z',
  last_seq: 1,
  created_at: '2026-03-26T12:00:00.000Z',
  members: [],
};

/** @param {(path: string) => unknown} answer */
function inbox(answer) {
  /** @type {string[]} */
  const requests = [];
  const ask = async (/** @type {string} */ method, /** @type {string} */ path) => {
    requests.push(`${method} ${path}`);
    return answer(path);
  };
  return { requests, channels: new Channels(ask, 'user_1') };
}

test('a conversation that is not in the list is fetched by its hash, once', async () => {
  const { requests, channels } = inbox(() => ({ channel: view }));
  assert.deepEqual(await channels.find(HASH), view);
  assert.deepEqual(await channels.find(HASH), view);
  assert.deepEqual(requests, ['GET channels/direct%3Aadmin%3Ac1']);
});

test('a conversation that does not exist is undefined, and a failure is passed on', async () => {
  const failing = (/** @type {number} */ status) =>
    inbox(() => Promise.reject(Object.assign(new Error('no'), { status }))).channels;
  assert.equal(await failing(404).find(HASH), undefined);
  for (const status of [0, 401, 503]) await assert.rejects(failing(status).find(HASH), { status });
});

test('a push about a conversation that is not in the list fetches it by its hash', async () => {
  const { requests, channels } = inbox((path) =>
    path.startsWith('channels/')
      ? { channel: view }
      : { channels: [], count: 0, next_cursor: null, unread_count: 0 },
  );
  channels.apply({
    event: 'chat.message.created',
    channel_hash: HASH,
    seq: 1,
    ts: view.created_at,
    payload: { message: { sender_role: 'customer', sender_id: 'c1', body: 'Hi' } },
  });
  await new Promise((resume) => setImmediate(resume));
  assert.deepEqual(
    requests.filter((one) => one.includes('direct')),
    ['GET channels/direct%3Aadmin%3Ac1'],
  );
  assert.equal(channels.get(HASH)?.channel_hash, HASH);
  assert.ok(!requests.some((one) => one.includes('search=')));
});
