// @ts-check
/** The staff's inbox keeps every click, and the place of what is being worked with. */

import assert from 'node:assert/strict';
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

await introduce(mia, tom);

/** A new customer who has sent these messages to the shop. @param {string[]} texts */
async function newCustomer(...texts) {
  const member = customer();
  await member.me.begin();
  for (const text of texts) await member.me.send(member.hash, text);
  return { ...member, say: (/** @type {string} */ text) => member.me.send(member.hash, text) };
}

/** @param {import('playwright-core').Locator} one */
async function middleOf(one) {
  const { x, y, width, height } = /** @type {{ x: number, y: number, width: number,
    height: number }} */ (await one.boundingBox());
  return [x + width / 2, y + height / 2];
}

/**
 * Presses the mouse on an element, waits until something has changed, and releases it there.
 * @param {InboxPage} desk
 * @param {import('playwright-core').Locator} target
 * @param {() => Promise<unknown>} meanwhile
 */
async function pressDuring(desk, target, meanwhile) {
  const [x, y] = await middleOf(target);
  await desk.page.mouse.move(x, y);
  await desk.page.mouse.down();
  await meanwhile();
  await desk.page.mouse.up();
}

/** @param {InboxPage} desk @returns {Promise<(string | null)[]>} */
const listed = (desk) =>
  desk.rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-channel')));
/** @param {InboxPage} desk @param {string} hash @returns {Promise<number>} */
const topOf = (desk, hash) => desk.row(hash).evaluate((row) => row.getBoundingClientRect().top);

story('a click on a row opens it, whatever happens to the row meanwhile', async (world) => {
  const members = [];
  for (let at = 0; at < 5; at++) members.push(await newCustomer('First'));
  const desk = await InboxPage.at(world);
  for (const [at, member] of members.entries()) {
    const row = desk.row(member.hash);
    await seen(row);
    const parts = ['.badge', '.waiting', '.row-preview', '.row-name', '.row-time'];
    await pressDuring(desk, row.locator(parts[at]), async () => {
      if (at === 0) await mia.read(member.hash).then(() => gone(row.locator('.badge')));
      if (at === 1)
        await tom.send(member.hash, 'At once').then(() => gone(row.locator('.waiting')));
      if (at > 1) await member.say('Second').then(() => seen(row.getByText('Second')));
    });
    await until(() => row.getAttribute('aria-selected'), 'true');
  }
});

story('the first click after a minute opens a row', async (world) => {
  const member = await newCustomer('Hello');
  const desk = await InboxPage.at(world);
  await seen(desk.row(member.hash));
  await desk.page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 61_000;
  });
  const row = desk.row(member.hash);
  const preview = await row.locator('.row-preview').elementHandle();
  await pressDuring(desk, row, async () => {});
  await until(() => row.getAttribute('aria-selected'), 'true');
  assert.ok(await preview?.evaluate((node) => node.isConnected), 'the row was not drawn anew');
});

story('a click on an action of a message counts while the message changes', async (world) => {
  const member = await newCustomer('Hello');
  const desk = await InboxPage.at(world, { hash: member.hash });
  await desk.say('Mine');
  await desk.message('Mine').hover();
  const edit = desk.message('Mine').getByRole('button', { name: 'Edit' });
  await pressDuring(desk, edit, async () => {
    await member.me.read(member.hash);
    await seen(desk.log.locator('.tick.read'));
    await member.say('Meanwhile');
    await seen(desk.message('Meanwhile'));
  });
  await seen(desk.inbox.getByRole('textbox', { name: 'Edit message' }));
  await desk.press('Escape');
  const [mine] = (await mia.messages(member.hash)).filter(({ body }) => body === 'Mine');
  await desk.message('Mine').hover();
  const remove = desk.message('Mine').getByRole('button', { name: 'Delete' });
  await pressDuring(desk, remove, async () => {
    await mia.edit(mine.id, 'Mine, mended');
    await seen(desk.message('Mine, mended'));
  });
  await seen(desk.dialog('Delete this message?').getByText('Mine, mended'));
});

story('rows do not move under the pointer, and what is new is counted', async (world) => {
  const [one, two, three] = [
    await newCustomer('One'),
    await newCustomer('Two'),
    await newCustomer('Three'),
  ];
  const desk = await InboxPage.at(world);
  await seen(desk.row(one.hash));
  await desk.row(two.hash).hover();
  const order = await listed(desk);
  const top = await topOf(desk, two.hash);
  const four = await newCustomer('Four');
  await one.say('One again');
  await seen(desk.row(one.hash).getByText('One again'), desk.button('2 new'));
  assert.deepEqual([await listed(desk), await topOf(desk, two.hash)], [order, top]);
  await desk.picture('rows held');
  await desk.page.mouse.down();
  await desk.page.mouse.up();
  await until(() => desk.row(two.hash).getAttribute('aria-selected'), 'true');
  await desk.page.mouse.move(900, 300);
  await until(
    async () => (await listed(desk)).slice(0, 4),
    [one.hash, four.hash, three.hash, two.hash],
  );
  await gone(desk.button('2 new'));
  await desk.row(three.hash).hover();
  await two.say('Two again');
  await desk.click('1 new');
  await until(async () => (await listed(desk))[0], two.hash);
});

story('the list keeps its place after an answer', async (world) => {
  const old = await newCustomer('Is anybody there?');
  await newCustomer('And there?');
  for (let count = 0; count < 24; count++) await newCustomer('And here?');
  const desk = await InboxPage.at(world);
  await seen(desk.rows.first());
  await until(async () => {
    await desk.list.evaluate((list) => (list.scrollTop += 200));
    return desk.row(old.hash).count();
  }, 1);
  await desk.open(old.hash);
  await desk.page.mouse.move(900, 300);
  const [top, scrollTop] = [
    await topOf(desk, old.hash),
    await desk.list.evaluate((list) => list.scrollTop),
  ];
  assert.ok(scrollTop > 0);
  await desk.say('Sorry for the wait.');
  await seen(desk.row(old.hash).getByText('You: Sorry for the wait.'));
  assert.deepEqual(
    [await topOf(desk, old.hash), await desk.list.evaluate((list) => list.scrollTop)],
    [top, scrollTop],
  );
  await desk.press('Escape', 'k');
  await desk.shows(['And there?']);
  assert.equal(await desk.list.evaluate((list) => list.scrollTop), scrollTop);
  await desk.list.evaluate((list) => (list.scrollTop = 0));
  await until(async () => (await listed(desk)).indexOf(old.hash) === 0, true);
});

story('letter keys work on other layouts, and not while something else is meant', async (world) => {
  const [first, second] = [await newCustomer('From the first'), await newCustomer('The second')];
  const desk = await InboxPage.at(world);
  await seen(desk.row(first.hash));
  /** @param {KeyboardEventInit} init */
  const press = (init) =>
    desk.page.evaluate(
      (given) =>
        document.body.dispatchEvent(
          new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...given }),
        ),
      init,
    );
  await press({ key: 'о', code: 'KeyJ' });
  await desk.shows(['The second']);
  await press({ key: 'ξ', code: 'KeyJ' });
  await desk.shows(['From the first']);
  await press({ key: 'k', code: 'KeyV' });
  await desk.shows(['The second']);
  for (const modifier of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }])
    await press({ key: 'т', code: 'KeyN', ...modifier });
  await press({ key: 'т', code: 'KeyN', modifierAltGraph: true });
  await press({ key: 'т', code: 'KeyN', isComposing: true });
  await press({ key: 'h', code: 'KeyJ' });
  assert.equal(await desk.dialog('New conversation').count(), 0);
  await desk.shows(['The second']);
  await press({ key: '؟', code: 'Slash', shiftKey: true });
  await seen(desk.dialog('Keyboard shortcuts'));
  await desk.press('Escape');
  await press({ key: 'т', code: 'KeyN' });
  await seen(desk.dialog('New conversation'));
  assert.equal(
    second.hash,
    await desk.list.locator('[aria-selected=true]').getAttribute('data-channel'),
  );
});

story('what is dropped on the inbox stays out of it', async (world) => {
  const member = await newCustomer('Hello');
  const desk = await InboxPage.at(world, { hash: member.hash });
  /** @param {string} selector @param {'file' | 'link' | 'text'} what */
  const drop = (selector, what) =>
    desk.page.evaluate(
      ([at, kind]) => {
        const dataTransfer = new DataTransfer();
        if (kind === 'file') dataTransfer.items.add(new File(['x'], 'lid.png'));
        if (kind === 'link') dataTransfer.setData('text/uri-list', 'https://shop.example/');
        if (kind !== 'file') dataTransfer.setData('text/plain', 'https://shop.example/');
        return ['dragover', 'drop'].map((type) => {
          const init = { bubbles: true, cancelable: true, dataTransfer };
          return document.querySelector(at)?.dispatchEvent(new DragEvent(type, init)) === false;
        });
      },
      [selector, what],
    );
  for (const place of ['body', '.list', '.log', '.composer textarea', '.side-head'])
    assert.deepEqual(await drop(place, 'file'), [true, true], place);
  await seen(desk.text('Files cannot be sent yet'));
  for (const place of ['body', '.log']) assert.deepEqual(await drop(place, 'link'), [true, true]);
  assert.deepEqual(await drop('.composer textarea', 'text'), [false, false]);
  assert.ok(desk.page.url().startsWith(CHAT));
});
