// @ts-check
/** Notifications while the inbox is closed: the switch, the service worker, and its clicks. */

import assert from 'node:assert/strict';
import { CHAT, InboxPage, customer, seen, staff, story, unique, until } from './support.js';

/** A browser's own push service cannot be reached from a test: this one is the local server's. */
function stubPush() {
  const stored = () => JSON.parse(localStorage.getItem('test:push') ?? 'null');
  const subscription = () =>
    stored() && {
      ...stored().json,
      options: { applicationServerKey: Uint8Array.from(stored().key).buffer },
      toJSON: () => stored().json,
      unsubscribe: async () => localStorage.removeItem('test:push'),
    };
  const bytes = (/** @type {string} */ text) =>
    [...atob(text.replaceAll('-', '+').replaceAll('_', '/'))].map((sign) => sign.charCodeAt(0));
  PushManager.prototype.getSubscription = async () => /** @type {any} */ (subscription());
  PushManager.prototype.subscribe = async (/** @type {any} */ { applicationServerKey }) => {
    const body = JSON.stringify({ applicationServerKey });
    const response = await fetch('/dev/push/subscriptions', { method: 'POST', body });
    const json = await response.json();
    localStorage.setItem('test:push', JSON.stringify({ json, key: bytes(applicationServerKey) }));
    return /** @type {any} */ (subscription());
  };
}

/** An inbox of a new admin, in a browser that allows notifications. @param {any} world */
async function newDesk(world) {
  const id = `user_${unique()}`;
  const context = await world.browser();
  await context.grantPermissions(['notifications', 'local-network-access']);
  const desk = await InboxPage.at(world, { id, context, before: stubPush });
  return { id, desk, context };
}

/** The address of this browser at the push service. @param {InboxPage} desk */
const endpointOf = ({ page }) =>
  page.evaluate(() => JSON.parse(localStorage.getItem('test:push') ?? 'null')?.json.endpoint);

/** The decrypted pushes to an address. @param {string} endpoint @returns {Promise<any[]>} */
async function pushesTo(endpoint) {
  const all = await (await fetch(`${CHAT}/dev/push.json`)).json();
  return all
    .filter((/** @type {any} */ push) => push.endpoint === endpoint)
    .map((/** @type {any} */ push) => push.data);
}

/** The shown notifications. @param {import('playwright-core').Page} page */
const notifications = (page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration('/app/chat');
    const shown = (await registration?.getNotifications()) ?? [];
    return shown.map(({ title, body, tag }) => ({ title, body, tag }));
  });

/**
 * @param {import('playwright-core').Page} page
 * @returns {Promise<(data: object) => Promise<unknown>>} A function that delivers a push.
 */
async function deliverer(page) {
  const session = await page.context().newCDPSession(page);
  /** @type {Promise<string>} */
  const id = new Promise((found) =>
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const ours = registrations.find(({ scopeURL }) => scopeURL === `${CHAT}/app/chat`);
      if (ours) found(ours.registrationId);
    }),
  );
  await session.send('ServiceWorker.enable');
  const registrationId = await id;
  return (data) =>
    session.send('ServiceWorker.deliverPushMessage', {
      origin: CHAT,
      registrationId,
      data: JSON.stringify(data),
    });
}

story('a browser is notified of messages while its admin is away', async (world) => {
  const { id, desk, context } = await newDesk(world);
  await seen(desk.rows.first());
  assert.equal(context.serviceWorkers().length, 0, 'nothing is registered before the click');
  await desk.click('Settings');
  await desk.inbox.locator('#push').check();
  await seen(desk.text('This browser is notified of messages while you are away.'));
  await desk.inbox.locator('#push-text').check();
  await desk.picture('web push');
  const endpoint = await endpointOf(desk);
  await desk.click('Test my alerts');
  await until(async () => (await pushesTo(endpoint)).map(({ kind }) => kind), ['test']);

  // The inbox is closed, and a customer writes to this admin.
  const page = await context.newPage();
  await page.goto(`${CHAT}/health`);
  await desk.page.close();
  const deliver = await deliverer(page);
  const { me } = customer();
  const hash = await me.begin();
  await staff(id).ask('PUT', `channels/${hash}`, { assignee_id: id });
  const pushed = async (/** @type {string} */ text) => {
    const before = (await pushesTo(endpoint)).length;
    await me.send(hash, text);
    const all = await until(
      () => pushesTo(endpoint),
      ({ length }) => length > before,
    );
    await deliver(all.at(-1));
    return all.at(-1);
  };
  const push = await pushed('Is the mug back?');
  assert.equal(push.channel_hash, hash);
  const shown = (/** @type {string} */ body) => [
    { title: push.name ?? 'A customer', body, tag: hash },
  ];
  await until(async () => {
    const all = await notifications(page);
    // A page that was just closed may count as looked at for a moment.
    if (!all.length) await deliver(push);
    return all;
  }, shown('Is the mug back?'));
  await pushed('Or the bowl?');
  await until(() => notifications(page), shown('Or the bowl?'));

  // A click opens the conversation in the inbox that is open.
  const again = await InboxPage.at(world, { id, context, before: stubPush });
  await seen(again.rows.first());
  await again.page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  const [worker] = context.serviceWorkers();
  await worker.evaluate(async () => {
    const scope = /** @type {any} */ (globalThis);
    const [notification] = await scope.registration.getNotifications();
    scope.dispatchEvent(new scope.NotificationEvent('notificationclick', { notification }));
  });
  await seen(again.message('Or the bowl?'));
  assert.deepEqual(await notifications(page), []);

  // Switched off, it gets nothing.
  await again.click('Settings');
  await again.inbox.locator('#push').uncheck();
  await seen(again.text('no longer notified'));
  assert.equal(await endpointOf(again), undefined);
  await again.page.close();
  const { length } = await pushesTo(endpoint);
  const { me: other } = customer();
  const otherHash = await other.begin();
  await staff(id).ask('PUT', `channels/${otherHash}`, { assignee_id: id });
  await other.send(otherHash, 'Anybody there?');
  await until(
    async () => (await (await fetch(`${CHAT}/dev/events.json`)).json()).map(bodyOf),
    (bodies) => bodies.includes('Anybody there?'),
  );
  assert.equal((await pushesTo(endpoint)).length, length);
});

/** @param {any} event */
const bodyOf = ({ detail }) => detail.payload?.message?.body;

story('notifications are renewed once a day, and end for another admin here', async (world) => {
  const { id, desk, context } = await newDesk(world);
  await desk.click('Settings');
  await desk.inbox.locator('#push').check();
  await seen(desk.text('This browser is notified'));
  const renewedAt = (/** @type {any} */ { page }, /** @type {number} */ ago = 0) =>
    page.evaluate((/** @type {number} */ ms) => {
      const settings = JSON.parse(localStorage.getItem('chat-inbox:push') ?? '');
      if (ms) settings.renewedAt -= ms;
      localStorage.setItem('chat-inbox:push', JSON.stringify(settings));
      return settings.renewedAt;
    }, ago);
  const before = await renewedAt(desk, 25 * 3_600_000);
  await desk.page.close();

  // The first use of the inbox a day later renews it, once.
  let renewals = 0;
  context.on('request', (request) => void (renewals += Number(/\/push$/.test(request.url()))));
  const later = await InboxPage.at(world, { id, context, before: stubPush });
  await later.page.mouse.move(9, 9);
  await later.page.mouse.down();
  await later.page.mouse.up();
  await later.page.keyboard.press('Shift');
  await until(async () => (await renewedAt(later)) > before, true);
  assert.equal(renewals, 1);
  await later.page.close();

  const other = await InboxPage.at(world, { id: `user_${unique()}`, context });
  await until(() => endpointOf(other), undefined);
  await other.click('Settings');
  assert.equal(await other.inbox.locator('#push').isChecked(), false);
});

story('an inbox inside another page says where it can be switched on', async (world) => {
  const page = await (await world.browser()).newPage();
  await page.goto(`${CHAT}/desk`);
  const desk = new InboxPage(page, page.frameLocator('iframe'));
  await desk.click('Settings');
  await seen(desk.text('Open the inbox in a tab of its own'));
  assert.equal(await desk.inbox.locator('#push').isDisabled(), true);
});

story('the inbox can be installed', async (world) => {
  const { desk } = await newDesk(world);
  const session = await desk.context.newCDPSession(desk.page);
  const { data, errors } = await session.send('Page.getAppManifest');
  const manifest = JSON.parse(data ?? '{}');
  assert.deepEqual(
    [errors, manifest.start_url, manifest.scope, manifest.display],
    [[], '/app/chat', '/app/chat', 'standalone'],
  );
  const sizes = await desk.page.evaluate(
    (icons) =>
      Promise.all(
        icons.map(async (/** @type {any} */ { src }) => {
          const image = new Image();
          image.src = src;
          await image.decode();
          return `${image.width}x${image.height}`;
        }),
      ),
    manifest.icons,
  );
  assert.deepEqual(
    sizes,
    manifest.icons.map((/** @type {any} */ icon) => icon.sizes),
  );
});
