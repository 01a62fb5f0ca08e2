// @ts-check
/** How the inbox fetches single conversations, and how it orders and counts those it knows. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChannelRows } from '../../web/inbox/channels/channel-rows.js';
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

test('an automatic message ends no wait, and a reply does', async () => {
  const waiting = { ...view, unanswered_since: view.created_at };
  const { channels } = inbox(() => ({ channel: waiting }));
  await channels.find(HASH);
  const push = (/** @type {number} */ seq, /** @type {object} */ sender) =>
    channels.apply({
      event: 'chat.message.created',
      channel_hash: HASH,
      seq,
      ts: view.created_at,
      payload: { message: { ...sender, body: 'Hi', created_at: view.created_at } },
    });
  push(2, { sender_role: 'system', sender_id: null, message_type: 'system' });
  assert.equal(channels.get(HASH)?.unanswered_since, view.created_at);
  push(3, { sender_role: 'admin', sender_id: 'user_2', message_type: 'text' });
  assert.equal(channels.get(HASH)?.unanswered_since, null);
});

/** Rows as read up to `cursor`. @param {string} hashes @param {string | null} cursor */
function rowsOf(hashes, cursor) {
  const rows = new ChannelRows();
  rows.append([...hashes], 9, cursor);
  return rows;
}
/** In the order of the alphabet. @param {string} a @param {string} b */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

test('a row moves to its place; one below the rows read so far is left to a later page', () => {
  const rows = rowsOf('dbc', 'next');
  rows.place('d', true, compare);
  assert.deepEqual(rows.hashes, ['b', 'c', 'd']);
  rows.place('a', true, compare);
  rows.place('z', true, compare);
  assert.deepEqual(rows.hashes, ['a', 'b', 'c', 'd']);
  const all = rowsOf('bc', null);
  all.place('z', true, compare);
  assert.deepEqual([all.hashes, all.count], [['b', 'c', 'z'], 3]);
});

test('a new reading of the first page keeps the rows below it, unless pushes were lost', () => {
  const earlier = rowsOf('bcdef', 'after f');
  const first = rowsOf('bd', 'after d');
  first.keep(earlier, compare, false);
  assert.deepEqual([first.hashes, first.cursor], [['b', 'c', 'd', 'e', 'f'], 'after f']);
  const whole = rowsOf('bd', 'after d');
  whole.keep(earlier, compare, true);
  assert.deepEqual([whole.hashes, whole.cursor], [['b', 'c', 'd'], 'after d']);
});

test('a read mark of the reader up to the last message lowers the total', async () => {
  const { channels } = inbox(() => ({
    channels: [view],
    count: 1,
    next_cursor: null,
    unread_count: 3,
  }));
  await channels.more(1);
  const member = { user_id: 'user_1', role: 'admin', last_read_seq: 1, last_read_at: null };
  channels.mark(HASH, { ...member, user_id: 'user_2' });
  assert.deepEqual([channels.unreadTotal, channels.get(HASH)?.unread_count], [3, 1]);
  channels.mark(HASH, member);
  channels.mark(HASH, member);
  assert.deepEqual([channels.unreadTotal, channels.get(HASH)?.unread_count], [2, 0]);
});
