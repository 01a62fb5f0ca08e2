// @ts-check
/** What the server learns of a page that is hidden. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendVisibility } from '../../web/client/page-visibility.js';

/** A page with a chat whose socket is open, and what it sends. */
function setUp() {
  const page = Object.assign(new EventTarget(), { hidden: false });
  const window = new EventTarget();
  Object.assign(globalThis, {
    document: page,
    addEventListener: window.addEventListener.bind(window),
  });
  /** @type {string[]} */
  const sent = [];
  const chat = Object.assign(new EventTarget(), {
    status: 'open',
    sendFrame: (/** @type {{ action: string }} */ { action }) => {
      if (chat.status !== 'open') return false;
      sent.push(action);
      return true;
    },
  });
  const over = new AbortController();
  sendVisibility(/** @type {any} */ (chat), over.signal);
  return {
    sent,
    end: () => over.abort(),
    show: (/** @type {boolean} */ isVisible) => {
      page.hidden = !isVisible;
      page.dispatchEvent(new Event('visibilitychange'));
    },
    connect: (/** @type {string} */ status) => {
      chat.status = status;
      if (status === 'open') chat.dispatchEvent(new Event('opened'));
    },
    page,
    leave: (/** @type {boolean} */ persisted) =>
      window.dispatchEvent(Object.assign(new Event('pagehide'), { persisted })),
    enter: () => window.dispatchEvent(new Event('pageshow')),
  };
}

test('says once that the page is hidden, and once that it is back', () => {
  const { sent, show, page } = setUp();
  show(true);
  assert.deepEqual(sent, []);
  show(false);
  show(false);
  page.dispatchEvent(new Event('freeze'));
  assert.deepEqual(sent, ['away']);
  show(true);
  show(true);
  assert.deepEqual(sent, ['away', 'back']);
});

test('says after each open that the page is hidden, for the server takes it for visible', () => {
  const { sent, show, connect } = setUp();
  show(false);
  connect('waiting');
  connect('open');
  // A socket that replaces another one.
  connect('open');
  assert.deepEqual(sent, ['away', 'away', 'away']);
  connect('waiting');
  show(true);
  connect('open');
  assert.deepEqual(sent, ['away', 'away', 'away']);
});

test('a page that is kept for the way back is away, and one that ends says nothing', () => {
  const { sent, leave, enter } = setUp();
  leave(false);
  assert.deepEqual(sent, []);
  leave(true);
  enter();
  assert.deepEqual(sent, ['away', 'back']);
});

test('says nothing after its end', () => {
  const { sent, show, connect, page, leave, end } = setUp();
  end();
  show(false);
  connect('open');
  page.dispatchEvent(new Event('freeze'));
  leave(true);
  assert.deepEqual(sent, []);
});
