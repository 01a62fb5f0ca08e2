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

/**
 * Moves the mouse over an element for as long as something runs.
 * @param {InboxPage} desk
 * @param {import('playwright-core').Locator} target
 * @param {() => Promise<unknown>} run
 */
async function whileMoving(desk, target, run) {
  const [x, y] = await middleOf(target);
  let isOver = false;
  const move = async () => {
    for (let at = 0; !isOver; at++) await desk.page.mouse.move(x + (at % 2), y);
  };
  const moving = move();
  await run().finally(() => (isOver = true));
  await moving;
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

story('a click counts while a notice moves the page', async (world) => {
  world.tolerate(/Failed to load resource|WebSocket connection/);
  const member = await newCustomer('Hello');
  const desk = await InboxPage.at(world);
  const row = desk.row(member.hash);
  await seen(row);
  await pressDuring(desk, row, async () => {
    await desk.context.setOffline(true);
    await seen(desk.inbox.locator('.trouble'));
  });
  await until(() => row.getAttribute('aria-selected'), 'true');
});

story('the first click after some minutes opens a row', async (world) => {
  const member = await newCustomer('Hello');
  const desk = await InboxPage.at(world);
  await seen(desk.row(member.hash));
  await desk.page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 200_000;
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
  let four = '';
  await whileMoving(desk, desk.row(two.hash), async () => {
    const order = await listed(desk);
    const top = await topOf(desk, two.hash);
    four = (await newCustomer('Four')).hash;
    await one.say('One again');
    await seen(desk.row(one.hash).getByText('One again'), desk.button('2 new'));
    assert.deepEqual([await listed(desk), await topOf(desk, two.hash)], [order, top]);
    const [button, list] = [
      await desk.button('2 new').boundingBox(),
      await desk.list.boundingBox(),
    ];
    assert.ok(button && list && button.y + button.height <= list.y, 'it covers no row');
    await desk.picture('rows held');
    await desk.page.mouse.down();
    await desk.page.mouse.up();
    await until(() => desk.row(two.hash).getAttribute('aria-selected'), 'true');
  });
  await desk.page.mouse.move(900, 300);
  await until(async () => (await listed(desk)).slice(0, 4), [one.hash, four, three.hash, two.hash]);
  await gone(desk.button('2 new'));
});

story('a pointer that rests on the list sees what is new', async (world) => {
  const [one, two] = [await newCustomer('One'), await newCustomer('Two')];
  const desk = await InboxPage.at(world);
  await desk.open(two.hash);
  const three = await newCustomer('Three');
  await until(async () => (await listed(desk)).slice(0, 2), [three.hash, two.hash]);
  await one.say('One again');
  await until(async () => (await listed(desk)).slice(0, 2), [one.hash, three.hash]);
});

story('rows do not move while one is pressed, however long', async (world) => {
  const [one, two] = [await newCustomer('One'), await newCustomer('Two')];
  const desk = await InboxPage.at(world, {
    // Seconds at rest are over at once.
    before: () => {
      const later = window.setTimeout;
      /** @type {any} */ (window).setTimeout = (/** @type {any} */ run, /** @type {number} */ ms) =>
        later(run, ms === 3_000 ? 0 : ms);
    },
  });
  await seen(desk.row(two.hash));
  await pressDuring(desk, desk.row(one.hash), async () => {
    const top = await topOf(desk, one.hash);
    await two.say('Two again');
    await newCustomer('Three');
    await seen(desk.row(two.hash).getByText('Two again'), desk.button('1 new'));
    assert.equal(await topOf(desk, one.hash), top);
  });
  await until(() => desk.row(one.hash).getAttribute('aria-selected'), 'true');
  await gone(desk.button('1 new'));
});

story('a click right after the rows moved is meant for the row before', async (world) => {
  const [one, two] = [await newCustomer('One'), await newCustomer('Two')];
  const desk = await InboxPage.at(world, {
    // Each look at the clock takes a millisecond.
    before: () => {
      let now = 0;
      performance.now = () => ++now;
    },
  });
  await desk.row(two.hash).hover();
  const three = await newCustomer('Three');
  await until(async () => (await listed(desk))[0], three.hash);
  await desk.page.mouse.down();
  await desk.page.mouse.up();
  await until(() => desk.row(two.hash).getAttribute('aria-selected'), 'true');
  await one.say('One again');
  await until(async () => (await listed(desk))[0], one.hash);
  await desk.row(one.hash).click();
  await until(() => desk.row(one.hash).getAttribute('aria-selected'), 'true');
});

story('an address that nobody encoded shows the list', async (world) => {
  const member = await newCustomer('Hello');
  const desk = await InboxPage.at(world);
  for (const hash of ['%', 'direct:%E0%A4%A', 'nonsense']) {
    await desk.page.goto(`${CHAT}/app/chat#${hash}`);
    await desk.page.reload();
    await seen(desk.row(member.hash));
  }
  await desk.page.goto(`${CHAT}/app/chat#${member.hash}`);
  await desk.page.reload();
  await desk.shows(['Hello']);
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
  const late = await newCustomer('Me, too');
  await seen(desk.button('2 new'));
  assert.equal(await topOf(desk, old.hash), top);
  await desk.click('2 new');
  await until(async () => (await listed(desk)).slice(0, 2), [late.hash, old.hash]);
  await gone(desk.button('2 new'));
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
    await press({ key: 'с', code: 'KeyC', ...modifier });
  await press({ key: 'с', code: 'KeyC', modifierAltGraph: true });
  await press({ key: 'с', code: 'KeyC', isComposing: true });
  await press({ key: 'h', code: 'KeyJ' });
  assert.equal(await desk.dialog('New conversation').count(), 0);
  await desk.shows(['The second']);
  await press({ key: '؟', code: 'Slash', shiftKey: true });
  await seen(desk.dialog('Keyboard shortcuts'));
  await desk.press('Escape');
  await press({ key: 'с', code: 'KeyC' });
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
  await seen(desk.text('Files can be sent in an open conversation'));
  for (const place of ['body', '.log']) assert.deepEqual(await drop(place, 'link'), [true, true]);
  assert.deepEqual(await drop('.composer textarea', 'text'), [false, false]);
  assert.ok(desk.page.url().startsWith(CHAT));
});
