// @ts-check
/** The shop's settings in the inbox, and what the widget makes of them. */

import assert from 'node:assert/strict';
import axe from 'axe-core';
import { InboxPage, anonymous, customer, introduce, seen, staff, story, until } from './support.js';

const mia = staff();
const tom = staff('user_tom');
await introduce(mia, tom);

/** @param {import('./support.js').World} world @param {object} [device] */
async function settingsOf(world, device) {
  const desk = await InboxPage.at(world, { device });
  await desk.rows.first().waitFor();
  await desk.page.keyboard.press('Control+k');
  await desk.page.keyboard.type('Shop settings');
  await desk.page.keyboard.press('Enter');
  const page = desk.page.getByRole('dialog', { name: 'Shop settings' });
  await page.getByText('Opening hours').first().waitFor();
  return { desk, page };
}

/** @param {import('playwright-core').Locator} page */
const save = (page) => page.getByRole('button', { name: 'Save', exact: true }).click();

story('what is set in the inbox is what the widget shows', async (world) => {
  const { page } = await settingsOf(world);
  await page.getByLabel('Greeting').fill('Hello from the shop');
  await page.getByRole('button', { name: 'Add a question' }).click();
  await page.getByLabel('Question 1').fill('Where is my order?');
  await page.getByLabel('Open at these hours').check();
  for (let day = 0; day < 5; day++)
    await page.getByRole('button', { name: 'Remove hours' }).first().click();
  const preview = page.getByRole('region', { name: 'Preview' });
  await preview.getByText('Closed', { exact: true }).waitFor();
  await preview.getByText('Hello from the shop').waitFor();
  await save(page);
  await page.waitFor({ state: 'detached' });
  // Settings are in use everywhere after ten seconds at most.
  await until(async () => {
    const widget = await world.widget();
    await widget.open();
    await widget.part('greeting').waitFor();
    const said = await Promise.all([
      widget.part('subtitle').textContent(),
      widget.part('greeting').textContent(),
      widget.part('question').allTextContents(),
    ]);
    await widget.context.close();
    return said;
  }, ['Closed', 'Hello from the shop', ['Where is my order?']]);
});

story('of two admins who save, the second one sees it and keeps both changes', async (world) => {
  world.tolerate(/Failed to load resource.*40/);
  const { page } = await settingsOf(world);
  await page.getByLabel('Away message').fill('We are asleep.');
  const { settings, version } = await tom.ask('GET', 'settings');
  await tom.ask('PUT', 'settings', {
    settings: { ...settings, notify_after_seconds: 90 },
    version,
  });
  await save(page);
  await page.getByText('Somebody else has saved these settings').waitFor();
  await page.getByRole('button', { name: 'Keep mine' }).click();
  await until(() => page.getByLabel('Seconds until a mail').inputValue(), '90');
  await save(page);
  await page.waitFor({ state: 'detached' });
  const { settings: now } = await tom.ask('GET', 'settings');
  assert.deepEqual([now.away_message, now.notify_after_seconds], [{ en: 'We are asleep.' }, 90]);
});

story('what is wrong is said at its field, and changes are not lost by Escape', async (world) => {
  world.tolerate(/Failed to load resource.*400/);
  const { desk, page } = await settingsOf(world);
  const seconds = page.getByLabel('Seconds until a mail');
  await seconds.fill('5');
  await save(page);
  await page.getByRole('alert').and(page.getByText('Check this number.')).waitFor();
  await seconds.fill('60');
  await page.getByLabel('Open at these hours').check();
  const zone = page.getByLabel('Time zone');
  await zone.fill('Europe/Nowhere');
  await save(page);
  await page.getByText('This time zone is not known.').waitFor();
  await zone.fill('America/New_York');
  await desk.context.route('**/admin/chat/settings', (route) =>
    route.fulfill({
      status: 400,
      json: {
        type: 'invalid_data',
        message: "Invalid request: Value for field 'greeting' too big, expected at most: '1000'",
      },
    }),
  );
  await page.getByLabel('Greeting').fill('Another greeting');
  await save(page);
  await until(() => page.getByLabel('Greeting').evaluate((one) => one.matches(':focus')), true);
  await page.locator('[data-field=greeting] [role=alert]').waitFor();
  await desk.page.keyboard.press('Escape');
  await page.getByText('You have unsaved changes.').waitFor();
  await page.getByRole('button', { name: 'Keep editing' }).click();
  await until(() => page.getByLabel('Greeting').inputValue(), 'Another greeting');
  await desk.page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.waitFor({ state: 'detached' });
});

for (const [look, device] of /** @type {const} */ ([
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { viewport: { width: 390, height: 800 } }],
]))
  story(`axe finds no violations in the shop's settings: ${look}`, async (world) => {
    const { desk, page } = await settingsOf(world, device);
    await page.getByLabel('Open at these hours').check();
    await page.getByRole('button', { name: 'Add a date' }).click();
    await page.getByRole('button', { name: 'Add a question' }).click();
    await desk.page.evaluate(axe.source);
    const { violations } = await desk.page.evaluate(() =>
      /** @type {any} */ (window).axe.run('dialog'),
    );
    assert.deepEqual(
      violations.map((/** @type {any} */ { id, nodes }) => [
        id,
        nodes.map((/** @type {any} */ { html }) => html),
      ]),
      [],
    );
    const width = await page.evaluate((one) => one.scrollWidth - one.clientWidth);
    assert.ok(width <= 1, `${width} pixels too wide`);
  });

story(
  'who writes while the shop is closed gets the away message, and staff sees it',
  async (world) => {
    const { settings, version } = await mia.ask('GET', 'settings');
    await mia.ask('PUT', 'settings', {
      settings: {
        ...settings,
        hours: { time_zone: 'Europe/Berlin', week: {}, exceptions: [] },
        away_message: { en: 'We answer tomorrow.' },
      },
      version,
    });
    // Settings are in use everywhere after ten seconds at most.
    const { availability } = await until(
      () => anonymous.ask('GET', 'availability'),
      ({ availability: now }) => !now.open,
    );
    assert.equal(availability.next_open_at, null);
    const { me, hash } = customer();
    const desk = await InboxPage.at(world);
    await me.begin();
    await me.send(hash, 'Are you there?');
    await me.sees(hash, ['Are you there?', 'We answer tomorrow.']);
    await seen(desk.row(hash).getByText('We answer tomorrow.'));
    await desk.open(hash);
    await desk.shows(['Are you there?', 'We answer tomorrow.']);
    await me.send(hash, 'Hello?');
    await desk.shows(['Are you there?', 'We answer tomorrow.', 'Hello?']);
    assert.equal((await mia.ask('GET', `channels/${hash}`)).channel.assignee_id, null);
  },
);
