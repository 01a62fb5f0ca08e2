// @ts-check
/** The inbox around the thread: details, top bar, palette, rows of two heights, and swipes. */

import assert from 'node:assert/strict';
import {
  InboxPage,
  customer,
  gone,
  introduce,
  seen,
  staff,
  story,
  unique,
  until,
} from './support.js';

const mia = staff();
const tom = staff('user_tom');
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
await introduce(mia, tom);

/** A new customer who has sent these messages to the shop. @param {string[]} texts */
async function newCustomer(...texts) {
  const member = customer();
  await member.me.begin();
  for (const text of texts) await member.me.send(member.hash, text);
  return { ...member, first: member.id.slice(4) };
}
/** @param {string} hash @returns {Promise<any>} As staff sees it. */
const channelOf = async (hash) => (await mia.ask('GET', `channels/${hash}`)).channel;
/** @param {InboxPage} desk */
const openHash = ({ page }) => decodeURIComponent(new URL(page.url()).hash.slice(1));
/** @param {import('playwright-core').Locator} element */
const heightOf = async (element) => Math.round((await element.boundingBox())?.height ?? 0);
/** A label of the shop. @param {string} name */
async function newLabel(name) {
  const slug = `d${unique()}`.slice(0, 32);
  const { labels, version } = await mia.ask('GET', 'labels');
  await mia.ask('PUT', 'labels', {
    labels: [...labels, { slug, name, color: '#15803d' }],
    version,
  });
  return slug;
}

story('the details say who writes and how mail stands, and change the work', async (world) => {
  const slug = await newLabel('Details label');
  const member = await newCustomer('Hello');
  const { hash } = member;
  await tom.ask('POST', 'channels', { customer_id: member.id, admin_id: 'user_tom' });
  await tom.send(`direct:${member.id}:user_tom`, 'From me, too');
  await mia.ask('PUT', `channels/${hash}`, { status: 'closed' });
  await member.me.send(hash, 'One more question');
  const desk = await InboxPage.at(world, {
    hash,
    device: { viewport: { width: 1440, height: 900 } },
  });
  const { details } = desk;
  await seen(
    details.getByText(`${member.id}@customers.example`),
    details.getByText('2 cases'),
    details.getByText('Closed by Mia'),
    details.getByText('with Tom'),
  );
  assert.equal(Math.round((await details.boundingBox())?.width ?? 0), 312);
  await details.getByRole('button', { name: 'Nobody' }).click();
  await desk.inbox.getByRole('menu').getByText('Tom Staff').click();
  await seen(details.getByRole('button', { name: 'Tom Staff' }));
  await details.getByRole('button', { name: 'Add a label' }).click();
  await desk.inbox.getByRole('menu').getByText('Details label').click();
  await desk.press('Escape');
  await until(async () => (await channelOf(hash)).labels, [slug]);
  await details.getByRole('button', { name: 'Remove the label Details label' }).click();
  await until(async () => (await channelOf(hash)).labels, []);
  await desk.say('Here you are');
  await seen(details.getByText('not read yet'));
  await member.me.read(hash);
  await gone(details.getByText('not read yet'));
  await details.getByText('with Tom').click();
  await until(() => openHash(desk), `direct:${member.id}:user_tom`);
  await desk.log.focus();
  await desk.press('d');
  await gone(details);
  await desk.page.reload();
  await seen(desk.input);
  assert.equal(await details.count(), 0, 'it stays closed');
  await desk.click('Details');
  await seen(details);
  await desk.picture('details');
});

story('where there is no room the details are a sheet, opened and closed by D', async (world) => {
  const { hash } = await newCustomer('Hello');
  const device = { viewport: { width: 1100, height: 700 } };
  const desk = await InboxPage.at(world, { hash, device });
  assert.equal(await desk.details.count(), 0);
  await desk.log.focus();
  await desk.press('d');
  await seen(desk.details);
  await desk.press('i');
  await until(async () => (await channelOf(hash)).assignee_id, 'user_mia');
  await desk.press('d');
  await gone(desk.details);
  assert.equal(await desk.log.evaluate((log) => log === document.activeElement), true);
  await desk.press('d');
  await seen(desk.details);
  await desk.press('Escape');
  await gone(desk.details);
  await seen(desk.input);
});

story('on a phone the details are a third screen', async (world) => {
  const { hash } = await newCustomer('Hello');
  const desk = await InboxPage.at(world, { hash, device: PHONE });
  await desk.button('Details').tap();
  await seen(desk.details.getByText('First contact'));
  assert.equal(Math.round((await desk.details.boundingBox())?.width ?? 0), 390);
  await desk.button('Close the details').tap();
  await gone(desk.details);
  await desk.button('Send').waitFor();
});

story('the palette runs commands, finds people, and is left by Escape', async (world) => {
  const member = await newCustomer('Find me');
  const { hash } = await newCustomer('Hello');
  const desk = await InboxPage.at(world, { hash });
  const palette = desk.dialog('Commands');
  const options = palette.getByRole('option');
  const chosen = () => palette.locator('[aria-selected=true]').textContent();
  await desk.input.focus();
  await desk.press('Control+k');
  await seen(palette.getByRole('combobox'));
  const first = await chosen();
  await desk.press('ArrowDown');
  await until(async () => (await chosen()) !== first, true);
  const id = await palette.getByRole('combobox').getAttribute('aria-activedescendant');
  assert.equal(await palette.locator('[aria-selected=true]').getAttribute('id'), id);
  await desk.press('ArrowUp', 'ArrowUp');
  await until(async () => (await chosen()) === (await options.last().textContent()), true);
  await desk.press('Escape');
  await gone(palette);
  await until(() => desk.input.evaluate((input) => input === document.activeElement), true);
  // A command, by some of its letters.
  await desk.press('Control+k');
  await desk.page.keyboard.type('assi to me');
  await seen(options.first().getByText('Assign to me'));
  await desk.press('Enter');
  await until(async () => (await channelOf(hash)).assignee_id, 'user_mia');
  await desk.press('Control+k');
  await desk.page.keyboard.type('snooze');
  await desk.press('Enter');
  await seen(desk.inbox.getByRole('menu', { name: 'Snooze' }));
  await desk.press('Escape', 'Control+k');
  await desk.page.keyboard.type('waiting');
  await desk.press('Enter');
  await until(() => desk.inbox.locator('.view[aria-current]').getAttribute('data-view'), 'waiting');
  // Somebody whom the server finds.
  await until(async () => (await mia.ask('GET', `channels?search=${member.first}`)).count, 1);
  await desk.press('Control+k');
  await desk.page.keyboard.type(member.first.toUpperCase());
  await seen(options.filter({ hasText: member.first }).first());
  await desk.picture('palette');
  await desk.press('Enter');
  await until(() => openHash(desk), member.hash);
  // What no command is called can be searched in the list.
  await desk.press('Control+k');
  await desk.page.keyboard.type('nobody at all');
  await seen(options.filter({ hasText: 'nobody at all' }));
  await desk.press('Enter');
  await until(() => desk.search.inputValue(), 'nobody at all');
});

story('the top bar has the shop, the reader and the reply time', async (world) => {
  for (let answer = 0; answer < 5; answer++) {
    const { hash } = await newCustomer('Hello');
    await mia.send(hash, 'Here you are');
  }
  const desk = await InboxPage.at(world, { device: { viewport: { width: 1440, height: 900 } } });
  await seen(desk.rows.first());
  assert.deepEqual(desk.asked().length, 2, 'opening costs two requests');
  await desk.page.mouse.move(400, 400);
  await seen(
    desk.inbox.locator('.top').getByText('The Teapot Shop'),
    desk.inbox.locator('.top').getByText(/min median reply/),
  );
  await desk.click('Settings');
  await seen(desk.dialog('Settings').getByText('Mia Staff'));
});

story(
  'rows are 84 px high with chips and 68 without, and stay under the pointer',
  async (world) => {
    const below = await newCustomer('Below');
    const above = await newCustomer('Above');
    const desk = await InboxPage.at(world);
    await seen(desk.row(above.hash), desk.row(below.hash));
    await until(() => heightOf(desk.row(above.hash)), 68);
    await desk.row(below.hash).hover();
    const before = await desk.row(below.hash).boundingBox();
    await desk.page.mouse.down();
    await tom.ask('PUT', `channels/${above.hash}`, { assignee_id: 'user_tom' });
    await until(() => desk.row(above.hash).getByText('Tom', { exact: true }).count(), 1);
    assert.deepEqual(await desk.row(below.hash).boundingBox(), before, 'the row has not moved');
    await desk.page.mouse.up();
    await desk.page.mouse.move(900, 400);
    await until(() => heightOf(desk.row(above.hash)), 84);
  },
);

/**
 * Moves a finger over a row.
 * @param {InboxPage} desk @param {string} hash @param {number} x @param {number} y In px.
 */
async function swipe({ page, context, row }, hash, x, y) {
  const box = await row(hash).boundingBox();
  assert.ok(box);
  const session = await context.newCDPSession(page);
  const touch = (
    /** @type {any} */ type,
    /** @type {{ x: number, y: number }[]} */ ...touchPoints
  ) => session.send('Input.dispatchTouchEvent', { type, touchPoints });
  const [startX, startY] = [box.x + box.width / 2, box.y + box.height / 2];
  await touch('touchStart', { x: startX, y: startY });
  for (let step = 1; step <= 10; step++)
    await touch('touchMove', { x: startX + (x * step) / 10, y: startY + (y * step) / 10 });
  await touch('touchEnd');
}

for (const dir of /** @type {const} */ (['ltr', 'rtl']))
  story(`swipes close and snooze, each with undo: ${dir}`, async (world) => {
    const one = await newCustomer('Hello');
    const context = await world.browser({ ...PHONE });
    const desk = await InboxPage.at(world, { context });
    await seen(desk.row(one.hash));
    if (dir === 'rtl') {
      const { texts } = await import('../../web/inbox/texts/de.js');
      await context.route('**/inbox-texts-de.js', (route) =>
        route.fulfill({
          contentType: 'text/javascript',
          body: `export const texts = ${JSON.stringify({ ...texts, dir })}`,
        }),
      );
      await desk.page.goto(`${desk.page.url()}?lang=de`);
      await seen(desk.row(one.hash));
    }
    const undo = desk.inbox.locator('.toast button');
    const toEnd = dir === 'rtl' ? -180 : 180;
    const statusIs = (/** @type {string} */ status) =>
      until(async () => (await channelOf(one.hash)).status, status);
    await swipe(desk, one.hash, toEnd, 20);
    await statusIs('closed');
    await undo.tap();
    await statusIs('open');
    // The one that was closed is open again, in a screen of its own.
    await desk.inbox.locator('.back').tap();
    await seen(desk.row(one.hash));
    await swipe(desk, one.hash, -toEnd, -20);
    await statusIs('snoozed');
    await undo.tap();
    await statusIs('open');
    await desk.inbox.locator('.back').tap();
    await seen(desk.row(one.hash));
    // Neither a short swipe nor scrolling does anything.
    await swipe(desk, one.hash, toEnd / 4, 0);
    await swipe(desk, one.hash, toEnd, 300);
    await swipe(desk, one.hash, toEnd / 2, -300);
    assert.equal(await desk.thread.isVisible(), false);
    assert.equal((await channelOf(one.hash)).status, 'open');
  });
