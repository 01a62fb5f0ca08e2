// @ts-check
/** Replies of staff that carry a status and are not stored yet. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendWithoutStatus } from '../../web/client/staff-send.js';

test('a reply whose status is taken back keeps its files, card and page', async () => {
  const content = { files: [{ name: 'lid.png' }], card: { kind: 'product' }, page: { url: '/' } };
  const work = { ...content, status: 'snoozed', snoozed_until: '2027-01-01T00:00:00Z' };
  const items = new Map([['1', { id: '1', body: 'It is this one.', work }]]);
  /** @type {any[]} */
  const sent = [];
  const put = (/** @type {any} */ item) => {
    sent.push(item);
    setTimeout(() => {
      items.delete(item.id);
      chat.dispatchEvent(new Event('change'));
    });
  };
  const chat = Object.assign(new EventTarget(), { outbox: { items, put } });
  await sendWithoutStatus(/** @type {any} */ (chat), '1');
  assert.deepEqual(sent, [{ id: '1', body: 'It is this one.', work: content }]);
});
