// @ts-check
/** How the inbox is laid out: in both directions, in readable sizes, for fingers. */

import assert from 'node:assert/strict';
import { texts as GERMAN } from '../../web/inbox/texts/de.js';
import {
  CHAT,
  InboxPage,
  customer,
  gone,
  introduce,
  seen,
  staff,
  story,
  until,
} from './support.js';

const mia = staff();
const tom = staff('user_tom');
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const LONG = 'We will send you another one at once, or give you your money back. '.repeat(6);

await introduce(mia, tom);

/** A customer who was answered: with a short message, and with a long one. */
async function answered() {
  const person = customer();
  await person.me.begin();
  await person.me.send(person.hash, 'My teapot has a chip.');
  await mia.send(person.hash, LONG);
  return person;
}
/** @param {import('playwright-core').Locator} element */
const boxOf = async (element) => {
  const box = await element.boundingBox();
  assert.ok(box, 'it can be seen');
  return { ...box, right: box.x + box.width, bottom: box.y + box.height };
};

for (const [dir, device] of /** @type {const} */ ([
  ['ltr', {}],
  ['rtl', {}],
  ['ltr', PHONE],
  ['rtl', PHONE],
])) {
  const isPhone = device === PHONE;
  story(`everything has its side: ${dir} ${isPhone ? 'on a phone' : ''}`, async (world) => {
    const person = await answered();
    const context = await world.browser({ ...device, locale: 'de-DE' });
    await context.route('**/inbox-texts-de.js', (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        body: `export const texts = ${JSON.stringify({ ...GERMAN, dir })}`,
      }),
    );
    const desk = await InboxPage.at(world, { context });
    const row = desk.row(person.hash);
    await seen(row);
    /** Whether the first one begins before the second one, in the page's direction. */
    const isBefore = async (
      /** @type {import('playwright-core').Locator} */ one,
      /** @type {import('playwright-core').Locator} */ two,
    ) => {
      const [a, b] = [await boxOf(one), await boxOf(two)];
      return dir === 'ltr' ? a.x < b.x : a.right > b.right;
    };
    assert.deepEqual(
      [
        await isBefore(row.locator('.avatar'), row.locator('.row-name')),
        await isBefore(row.locator('.row-name'), row.locator('.row-time')),
        await isBefore(desk.inbox.locator('.search .icon'), desk.inbox.locator('.search input')),
      ],
      [true, true, false],
    );
    const button = desk.inbox.locator('[popovertarget]');
    await button.click();
    const [panel, by] = [await boxOf(desk.inbox.locator('.settings')), await boxOf(button)];
    assert.ok(panel.y >= by.bottom && panel.y < by.bottom + 16, 'below its button');
    assert.ok(panel.x < by.right && panel.right > by.x, 'at its button');
    assert.ok(panel.x >= 0 && panel.right <= (desk.page.viewportSize()?.width ?? 0));
    await desk.inbox.locator('.settings').evaluate((settings) => settings.hidePopover());
    await row.click();
    await seen(desk.inbox.locator('.own'));
    const [theirs, own] = ['.theirs', '.own'].map((side) =>
      desk.inbox.locator(`${side} .bubble`).first(),
    );
    assert.ok(await isBefore(theirs, own));
    if (!isPhone)
      assert.ok(await isBefore(desk.inbox.locator('.side'), desk.inbox.locator('.thread')));
    await desk.picture(`sides ${dir} ${isPhone ? 'phone' : ''}`);
    const { scrollWidth, clientWidth } = await desk.page.evaluate(() => document.documentElement);
    assert.equal(scrollWidth, clientWidth, 'nothing sticks out');
  });
}

story('no text is smaller than 12 px, and no line longer than 68 characters', async (world) => {
  const person = await answered();
  await tom.send(person.hash, 'I am Tom.');
  const desk = await InboxPage.at(world, { hash: person.hash });
  await seen(desk.message('I am Tom.'), desk.details);
  const small = await desk.inbox.locator('body').evaluate((body) =>
    [...body.querySelectorAll('*')]
      .filter((one) => [...one.childNodes].some((node) => node instanceof Text))
      .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 12)
      .map((one) => one.outerHTML),
  );
  assert.deepEqual(small, []);
  await desk.log.focus();
  await desk.press('d');
  await gone(desk.details);
  const ratio = await desk
    .message('We will send')
    .locator('.text')
    .evaluate((text) => {
      const measure = document.createElement('span');
      measure.style.cssText = 'position: absolute; width: 1ch';
      text.append(measure);
      const { width } = measure.getBoundingClientRect();
      measure.remove();
      return text.getBoundingClientRect().width / width;
    });
  assert.ok(ratio <= 68 && ratio > 50, `${ratio} characters`);
});

story(
  'the composer stays in its place while a thread loads, and no toast covers it',
  async (world) => {
    const [one, two] = [await answered(), await answered()];
    const desk = await InboxPage.at(world, { hash: one.hash });
    const composer = desk.inbox.locator('.composer-box');
    const before = await boxOf(composer);
    /** @type {() => void} */
    let release = () => {};
    const held = new Promise((free) => (release = () => free(undefined)));
    await desk.context.route('**/admin/chat/messages/direct*', async (route) => {
      await held;
      await route.fallback();
    });
    await desk.row(two.hash).click();
    const skeletons = desk.inbox.locator('.skeletons');
    await seen(skeletons);
    assert.deepEqual(await boxOf(composer), before);
    const bar = await boxOf(skeletons.locator('i').first());
    assert.ok(bar.x >= before.x && bar.right <= before.right, 'the bars are in the column');
    assert.equal(await desk.input.count(), 0, 'nothing can be written yet');
    release();
    await desk.say('Done');
    await desk.context.route('**/admin/chat/canned', (route) =>
      route.fulfill({ json: { canned: [] } }),
    );
    await desk.click('Insert a reply');
    await seen(desk.inbox.locator('.toast'));
    const toast = await boxOf(desk.inbox.locator('.toast'));
    const thread = await boxOf(desk.thread);
    assert.ok(toast.bottom <= (await boxOf(composer)).y, 'above the composer');
    assert.ok(toast.x >= thread.x && toast.right <= thread.right, 'in the thread');
  },
);

story(
  'on touch, a tap on a message shows its actions, large enough for a finger',
  async (world) => {
    const person = await answered();
    const desk = await InboxPage.at(world, { hash: person.hash, device: PHONE });
    const actions = desk.message('We will send').locator('.actions');
    await gone(actions);
    await desk.message('We will send').locator('.bubble').tap();
    await seen(actions);
    const sizes = () =>
      desk.inbox.locator('button:visible').evaluateAll((all) =>
        all.flatMap((button) => {
          const { width, height } = button.getBoundingClientRect();
          return Math.min(width, height) < 40 ? [button.outerHTML.slice(0, 100)] : [];
        }),
      );
    assert.deepEqual(await sizes(), []);
    await desk.message('My teapot').tap();
    await gone(actions);
    await desk.button('Back to the list').tap();
    await seen(desk.row(person.hash));
    assert.deepEqual(await sizes(), []);
  },
);

story('a system message in the list does not look like the customer’s words', async (world) => {
  const person = await answered();
  await tom.ask('POST', `messages/${person.hash}`, { body: 'It was refunded.', type: 'system' });
  const desk = await InboxPage.at(world);
  const preview = desk.row(person.hash).locator('.row-preview');
  await until(() => preview.textContent(), 'It was refunded.');
  assert.equal(await preview.evaluate((one) => getComputedStyle(one).fontStyle), 'italic');
  await seen(desk.row(person.hash).locator('.row-line > .icon'));
});

story('the names of other admins are there when the inbox is opened again', async (world) => {
  const person = await answered();
  await tom.send(person.hash, 'On Friday');
  const desk = await InboxPage.at(world, { hash: person.hash });
  await seen(desk.row(person.hash).getByText('Tom Staff: On Friday'));
  await desk.page.goto(`${CHAT}/app/chat`);
  await seen(desk.row(person.hash));
  desk.urls.length = 0;
  await desk.page.reload();
  await seen(desk.row(person.hash).getByText('Tom Staff: On Friday'));
  assert.deepEqual(desk.asked('staff'), []);
});

for (const device of [undefined, PHONE])
  story(`Escape closes the settings only${device ? ' on a phone' : ''}`, async (world) => {
    const person = await answered();
    const desk = await InboxPage.at(world, { device });
    await seen(desk.row(person.hash));
    if (!device) await desk.open(person.hash);
    await desk.click('Settings');
    await seen(desk.dialog('Settings'));
    await desk.press('Escape');
    await gone(desk.dialog('Settings'));
    if (!device) await seen(desk.input);
  });

story('the page with both sides shows the inbox in two columns', async (world) => {
  const context = await world.browser({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${CHAT}/both`);
  const desk = page.frameLocator('[title="The desk"]').frameLocator('iframe');
  await seen(desk.locator('.side'), desk.locator('.thread'));
});
