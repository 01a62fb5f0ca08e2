// @ts-check
/** The inbox's service worker. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';

const SOURCE = readFileSync(new URL('../../web/inbox/worker.js', import.meta.url), 'utf8');
const HASH = 'direct:admin:cus_1';

/** A worker among these pages, in a browser with this language. */
function started({ pages = /** @type {any[]} */ ([]), language = 'en' } = {}) {
  /** @type {any[]} */
  let shown = [];
  /** @type {any[]} */
  const opened = [];
  /** @type {Map<string, (event: any) => void>} */
  const listeners = new Map();
  const scope = createContext({
    URL,
    Date,
    encodeURIComponent,
    addEventListener: (/** @type {string} */ type, /** @type {any} */ run) =>
      listeners.set(type, run),
    skipWaiting: () => {},
    navigator: { languages: [language] },
    registration: {
      getNotifications: async (/** @type {any} */ { tag }) =>
        shown.filter((one) => one.tag === tag),
      showNotification: async (/** @type {string} */ title, /** @type {any} */ options) => {
        shown = [...shown.filter(({ tag }) => tag !== options.tag), { title, ...options }];
      },
    },
    clients: {
      matchAll: async () => pages,
      openWindow: async (/** @type {string} */ url) => opened.push(url),
    },
  });
  runInContext(SOURCE, scope);
  const dispatch = async (/** @type {string} */ type, /** @type {object} */ event) => {
    /** @type {any} */
    let done;
    const waitUntil = (/** @type {any} */ work) => (done = work);
    listeners.get(type)?.({ ...event, waitUntil });
    await done;
  };
  return {
    opened,
    shown: () => shown,
    push: (/** @type {object} */ data) => dispatch('push', { data: { json: () => data } }),
    click: (/** @type {string} */ hash) =>
      dispatch('notificationclick', { notification: { close: () => {}, data: { hash } } }),
  };
}

const page = (/** @type {object} */ state = {}) => {
  /** @type {any[]} */
  const log = [];
  return {
    log,
    frameType: 'top-level',
    url: `https://chat.example/app/chat#x`,
    focused: false,
    visibilityState: 'hidden',
    postMessage: (/** @type {any} */ message) => log.push(message),
    focus: async () => log.push('focus'),
    ...state,
  };
};

test('a push says who wrote, in the language of the reader, and what if it has it', async () => {
  const worker = started({ language: 'de-AT' });
  const push = { kind: 'message', id: 'm1', channel_hash: HASH, role: 'guest', name: null };
  await worker.push({ ...push, text: null });
  await worker.push({ kind: 'mention', id: 'n1', channel_hash: 'b', name: '$& Mia', text: 'Hi' });
  await worker.push({ kind: 'test' });
  assert.deepEqual(
    worker.shown().map(({ title, body }) => [title, body]),
    [
      ['Ein Gast', 'Neue Nachricht'],
      ['$& Mia hat Sie erwähnt', 'Hi'],
      ['Live-Chat', 'So erfahren Sie von Nachrichten, während der Posteingang geschlossen ist.'],
    ],
  );
});

test('a later push of a conversation replaces the first, quietly if soon or known', async () => {
  const worker = started();
  const push = { kind: 'message', id: 'm1', channel_hash: HASH, name: 'Ada', text: 'one' };
  await worker.push(push);
  assert.deepEqual([worker.shown()[0].renotify, worker.shown()[0].silent], [true, false]);
  await worker.push({ ...push, id: 'm2', text: 'two' });
  assert.deepEqual(
    worker.shown().map(({ body, renotify, silent }) => [body, renotify, silent]),
    [['two', false, true]],
  );
  worker.shown()[0].data.at -= 61_000;
  await worker.push({ ...push, id: 'm2', text: 'two' });
  assert.equal(worker.shown()[0].silent, true, 'it is known');
  await worker.push({ ...push, id: 'm3', text: 'three' });
  assert.equal(worker.shown()[0].renotify, true);
});

test('an inbox that is looked at shows no notification, unless it is embedded', async () => {
  const push = { kind: 'message', id: 'm1', channel_hash: HASH, name: 'Ada' };
  const focused = { focused: true, visibilityState: 'visible' };
  for (const [state, count] of /** @type {const} */ ([
    [focused, 0],
    [{ ...focused, frameType: 'nested' }, 1],
    [{ ...focused, url: 'https://chat.example/' }, 1],
    [{}, 1],
  ])) {
    const worker = started({ pages: [page(state)] });
    await worker.push(push);
    assert.equal(worker.shown().length, count, JSON.stringify(state));
  }
});

test('a click opens the conversation in an open inbox, or in a new one', async () => {
  const [hidden, visible] = [page(), page({ visibilityState: 'visible' })];
  const worker = started({ pages: [hidden, visible] });
  await worker.click(HASH);
  assert.deepEqual(hidden.log, []);
  assert.deepEqual(
    JSON.stringify(visible.log),
    JSON.stringify([{ type: 'live-chat:open', hash: HASH }, 'focus']),
  );
  const alone = started();
  await alone.click(HASH);
  await alone.click('');
  assert.deepEqual(alone.opened, ['/app/chat#direct%3Aadmin%3Acus_1', '/app/chat']);
});
