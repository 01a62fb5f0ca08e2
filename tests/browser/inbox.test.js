// @ts-check
/** The staff's inbox in a real browser: signing in, the list, and conversations. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import axe from 'axe-core';
import { payloads } from './payloads.js';
import {
  CHAT,
  INBOX_TOKEN,
  InboxPage,
  anonymous,
  customer,
  gone,
  goOffline,
  guest,
  introduce,
  keepSockets,
  required,
  seen,
  seenText,
  staff,
  story,
  token,
  unique,
  until,
} from './support.js';

const mia = staff();
const tom = staff('user_tom');
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const DASHBOARD = 'http://localhost:9000';
const EVIL = 'http://evil.example';

await introduce(mia, tom);

/** @typedef {import('./support.js').World} World */

/** A new customer who has sent these messages to the shop. @param {string[]} texts */
async function newCustomer(...texts) {
  const member = customer();
  await member.me.begin();
  for (const text of texts) await member.me.send(member.hash, text);
  const first = member.id.slice('cus_'.length);
  return {
    ...member,
    first: first[0].toUpperCase() + first.slice(1),
    say: (/** @type {string} */ text) => member.me.send(member.hash, text),
  };
}
/**
 * How many messages of a customer Mia has not read.
 * @param {string} id
 * @returns {Promise<number>}
 */
const unreadOf = async (id) =>
  (await mia.ask('GET', `channels?search=${id}`)).channels[0].unread_count;

/** Waits until page, title and API show the same unread total. @param {InboxPage} desk */
async function totalsAgree({ inbox, page }) {
  const totals = async () => ({
    unread: (await mia.ask('GET', 'messages/unread-count')).unread_count,
    shown: Number(await inbox.locator('.count-all').getAttribute('data-total')),
    title: await page.title(),
  });
  await until(
    totals,
    ({ unread, shown, title }) =>
      shown === unread && title === (shown ? `(${shown}) Inbox` : 'Inbox'),
  );
}

/**
 * The label of the focused element.
 * @param {InboxPage} desk
 * @returns {Promise<string | null | undefined>}
 */
const focused = ({ page }) =>
  page.evaluate(
    () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.localName,
  );
/** The conversation of the row that the keys act on. @param {InboxPage} desk */
const cursorHash = ({ list }) =>
  list.evaluate(
    (element) =>
      document.getElementById(element.getAttribute('aria-activedescendant') ?? '')?.dataset.channel,
  );
/** The open conversation. @param {InboxPage} desk */
const openHash = ({ page }) => decodeURIComponent(new URL(page.url()).hash.slice(1));
/** @param {InboxPage} desk @returns {Promise<(string | null)[]>} */
const listedHashes = ({ rows }) =>
  rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-channel')));
/** Whether all of an element is in view. @param {import('playwright-core').Locator} element */
const isInView = (element) =>
  element.evaluate((one) => {
    const [log, { top, bottom }] = [
      /** @type {Element} */ (one.closest('[role=log]')).getBoundingClientRect(),
      one.getBoundingClientRect(),
    ];
    return top >= log.top - 1 && bottom <= log.bottom + 1;
  });

/**
 * Opens a page of another origin with the inbox in a frame.
 * @param {World} world
 * @param {string} origin
 * @param {import('playwright-core').BrowserContext} [context]
 */
async function embed(world, origin, context) {
  world.tolerate(new RegExp(`^another host: ${origin}/`));
  context ??= await world.browser();
  const inbox = `title="Inbox" src="${CHAT}/app/chat?embed=1" width="1000" height="600"`;
  const body = `<link rel="icon" href="data:,"><iframe ${inbox}></iframe><iframe></iframe>`;
  await context.route(`${origin}/**`, (route) => route.fulfill({ contentType: 'text/html', body }));
  const page = await context.newPage();
  await page.addInitScript(() => {
    const received = /** @type {any[]} */ (/** @type {any} */ (window).received = []);
    addEventListener('message', (event) => received.push(event.origin, event.data.type));
  });
  await page.goto(`${origin}/`);
  /** @returns {Promise<string[]>} */
  const received = () => page.evaluate(() => /** @type {any} */ (window).received);
  /**
   * @param {string} jwt
   * @param {number} [frame] The sender: 0 is the page, 2 the frame next to the inbox.
   */
  const sendToken = (jwt, frame = 0) =>
    page
      .frames()
      [frame].evaluate(
        ([given, to]) => top?.frames[0].postMessage({ type: 'live-chat:token', token: given }, to),
        [jwt, CHAT],
      );
  return {
    page,
    desk: new InboxPage(page, page.frameLocator('[title=Inbox]')),
    received,
    sendToken,
  };
}

story(
  'Medusa’s e-mail and password sign in; until signing out, only the tab’s storage has the token',
  async (world) => {
    world.tolerate(/Failed to load resource.*401/);
    const desk = await InboxPage.at(world, { isSignedOut: true });
    await seen(desk.signIn.getByRole('heading', { name: 'Sign in to the inbox' }));
    await desk.picture('sign-in');
    await desk.logIn('coffee');
    await seen(desk.signIn.getByRole('alert').getByText('Invalid email or password'));
    await desk.logIn('teapot');
    await seen(desk.rows.first());
    await desk.page.reload();
    await seen(desk.rows.first());
    assert.equal(await desk.signIn.count(), 0);
    const [kept, elsewhere] = await desk.page.evaluate(() => [
      { ...sessionStorage },
      JSON.stringify({ ...localStorage }) + document.documentElement.outerHTML + location,
    ]);
    const [, , signature] = JSON.parse(kept[INBOX_TOKEN]).split('.');
    assert.ok(
      signature.length > 40 &&
        !`${elsewhere} ${desk.urls} ${JSON.stringify(await desk.context.cookies())}`.includes(
          signature,
        ),
    );
    await desk.click('Settings');
    await desk.picture('settings');
    await desk.click('Sign out');
    await seen(desk.signIn);
    assert.deepEqual(
      [await desk.page.evaluate(() => ({ ...sessionStorage })), await desk.rows.count()],
      [{}, 0],
    );
  },
);

story('a pasted token signs in, and an unusable one is refused with the reason', async (world) => {
  world.tolerate(/Failed to load resource.*401/);
  const desk = await InboxPage.at(world, { isSignedOut: true });
  const field = desk.signIn.getByLabel('Token of a Medusa user');
  const paste = async (/** @type {string} */ jwt) => {
    await until(() => field.isVisible(), false);
    await desk.text('Use a token instead').click();
    await field.fill(jwt);
    await desk.signIn.locator('details').getByRole('button', { name: 'Sign in' }).click();
  };
  const wrong = {
    'not a Medusa token': 'nonsense',
    'does not belong to a Medusa user': token('cus_ada'),
    'has expired': token('user_mia', 'user', -1),
    'server does not accept': `${token('user_mia', 'user').slice(0, -8)}AAAAAAAA`,
  };
  for (const [why, jwt] of Object.entries(wrong)) {
    await paste(jwt);
    await seen(desk.signIn.getByRole('alert').getByText(why));
    await desk.page.reload();
    await seen(desk.signIn);
  }
  await paste(`Bearer ${token('user_mia', 'user')}`);
  await seen(desk.rows.first());
});

story(
  'inside the dashboard, the page around the inbox sends the token, again when it is refused',
  async (world) => {
    world.tolerate(/Failed to load resource.*401/);
    const { desk, received, sendToken } = await embed(world, DASHBOARD);
    await until(received, [CHAT, 'live-chat:ready']);
    await sendToken(`${token('user_mia', 'user').slice(0, -8)}AAAAAAAA`);
    await until(received, [CHAT, 'live-chat:ready', CHAT, 'live-chat:expired']);
    await sendToken(token('user_mia', 'user'));
    const { hash, id } = await newCustomer('Who are you?');
    await seen(desk.row(hash));
    await desk.click('Settings');
    await seen(desk.button('Manage replies'));
    assert.equal(await desk.button('Sign out').count(), 0);
    await sendToken(token('user_tom', 'user'));
    await until(async () => (await received()).slice(4), [CHAT, 'live-chat:ready']);
    await sendToken(token('user_tom', 'user'));
    await desk.open(hash);
    await desk.say('I am Tom.');
    assert.deepEqual(
      (await mia.messages(hash)).map(({ sender_id }) => sender_id),
      [id, 'user_tom'],
    );
  },
);

story(
  'no other page can show the inbox, and no other window can send it a token',
  async (world) => {
    world.tolerate(/frame-ancestors|chrome-error/);
    const refused = await embed(world, EVIL);
    await until(
      () => refused.page.frames().map((frame) => frame.url()),
      (urls) => urls.includes('chrome-error://chromewebdata/'),
    );
    assert.deepEqual(
      [await refused.desk.inbox.locator('dialog, main').count(), await refused.received()],
      [0, []],
    );
    // Without the policy, a foreign page still gets no message, and its messages are ignored.
    const unguarded = await world.browser();
    await unguarded.route('**/app/chat?*', async (route) => {
      const response = await route.fetch();
      await route.fulfill({
        response,
        headers: { ...response.headers(), 'content-security-policy': '' },
      });
    });
    const [stranger, dashboard] = [
      await embed(world, EVIL, unguarded),
      await embed(world, DASHBOARD),
    ];
    for (const [{ desk, sendToken }, frame] of /** @type {const} */ ([
      [stranger, 0],
      [dashboard, 2],
    ])) {
      await seen(desk.inbox.locator('html[data-waiting]'));
      await sendToken(token('user_mia', 'user'), frame);
    }
    // A token that was accepted would have opened the inbox by now.
    for (const { desk } of [stranger, dashboard]) {
      await seen(desk.signIn);
      assert.deepEqual(desk.asked(), []);
    }
    assert.deepEqual(await stranger.received(), []);
  },
);

story('opening the inbox costs two requests', async (world) => {
  const desk = await InboxPage.at(world);
  await seen(desk.rows.first());
  await until(() => desk.urls.some((url) => url.startsWith('ws')), true);
  await desk.page.waitForLoadState('networkidle');
  assert.deepEqual(desk.asked().sort(), [
    '/admin/chat/channels?limit=50',
    '/admin/chat/realtime/ticket',
  ]);
});

story(
  'the list follows every change: order, last message, unread messages, and the total',
  async (world) => {
    const [one, two] = [await newCustomer('First of one'), await newCustomer('First of two')];
    const desk = await InboxPage.at(world);
    const order = (/** @type {string[]} */ ...hashes) =>
      until(
        async () =>
          (await listedHashes(desk)).filter((hash) =>
            [one.hash, two.hash, three?.hash].includes(String(hash)),
          ),
        hashes,
      );
    /** @type {Awaited<ReturnType<typeof newCustomer>> | undefined} */
    let three;
    await order(two.hash, one.hash);
    await one.say('Second of one');
    await order(one.hash, two.hash);
    await until(() => desk.unread(one.hash), 2);
    await seen(desk.row(one.hash).getByText('Second of one'));
    await totalsAgree(desk);
    three = await newCustomer('From somebody new');
    await order(three.hash, one.hash, two.hash);
    await tom.send(two.hash, 'I am on it');
    await order(two.hash, three.hash, one.hash);
    await seen(desk.row(two.hash).getByText('Tom Staff: I am on it'));
    await until(() => desk.unread(two.hash), 1);
    const { id } = await one.say('A slip');
    await until(() => desk.unread(one.hash), 3);
    await one.me.edit(id, 'A slip, mended');
    await seen(desk.row(one.hash).getByText('A slip, mended'));
    await one.me.remove(id);
    await seen(desk.row(one.hash).getByText('Second of one'));
    await until(() => desk.unread(one.hash), 2);
    await desk.picture('list');
    await mia.read(one.hash);
    await until(() => desk.unread(one.hash), 0);
    await totalsAgree(desk);
  },
);

story(
  'a row shows how long the customer has been waiting, until there is an answer',
  async (world) => {
    const member = await newCustomer();
    const { created_at } = await member.say('When do you open?');
    const context = await world.browser();
    // The page's clock stands still: the test does not depend on how long the page takes.
    await context.addInitScript(
      (then) => void (Date.now = () => then),
      Date.parse(created_at) + 20 * 60_000,
    );
    const desk = await InboxPage.at(world, { context });
    await seen(
      desk
        .row(member.hash)
        .locator('.waiting.soon[title="Waiting for an answer: 20 minutes"]')
        .getByText('20m'),
    );
    await tom.send(member.hash, 'At nine.');
    await gone(desk.row(member.hash).locator('.waiting'));
    await member.say('And on Sundays?');
    await seen(desk.row(member.hash).locator('.waiting'));
  },
);

story('the name of another admin comes with the message', async (world) => {
  const member = await newCustomer('Hello');
  const context = await world.browser();
  await context.route('**/admin/chat/staff', (route) =>
    route.fulfill({
      json: { staff: [{ id: 'user_tom', first_name: null, last_name: null, avatar_url: null }] },
    }),
  );
  const desk = await InboxPage.at(world, { context, hash: member.hash });
  await tom.send(member.hash, 'First');
  // A push has the first name only.
  await seen(
    desk.message('First').locator('.name', { hasText: /Tom/ }),
    desk.row(member.hash).getByText(/^Tom( Staff)?: First$/),
  );
});

story('search starts with three characters, and finds people by name and by id', async (world) => {
  const member = await newCustomer('Find me');
  const name = `Q${unique()}`;
  const desk = await InboxPage.at(world);
  await seen(desk.row(member.hash));
  await desk.press('/', 'Q', name[1]);
  await seen(desk.text('Type at least 3 characters'));
  const me = guest((await anonymous.ask('POST', 'guest')).guest_id);
  const hash = await me.begin();
  await me.ask('PUT', 'profile', { first_name: name });
  await me.send(hash, 'Find me too');
  // The search index follows a commit with a delay.
  for (const term of [member.first, name])
    await until(async () => (await mia.ask('GET', `channels?search=${term}`)).count, 1);
  await seen(desk.row(member.hash), desk.row(hash));
  assert.deepEqual(
    desk.asked().filter((path) => path.includes('search=Q')),
    [],
  );
  await desk.page.keyboard.type(name.slice(2));
  await until(() => listedHashes(desk), [hash]);
  await seen(desk.text('1 found'), desk.row(hash).getByText('unverified'));
  for (const term of [member.first.toLowerCase(), member.id, member.id.slice(4)]) {
    await desk.search.fill('nobody at all');
    await seen(desk.text('Nobody found'), desk.text('0 found'));
    await desk.search.fill(term);
    await until(() => listedHashes(desk), [member.hash]);
  }
  await desk.press('Escape');
  await seen(desk.row(hash));
  await until(() => desk.search.inputValue(), '');
});

story('an admin starts a conversation with a customer by id', async (world) => {
  const member = customer();
  const { hash } = member;
  const desk = await InboxPage.at(world);
  await desk.click('New conversation');
  const box = desk.dialog('New conversation');
  const problem = box.getByRole('alert');
  for (const [id, answer] of [
    ['user_tom', /is an admin/],
    ['Anna', /The shop finds nobody/],
    ['cus_missing1', /The shop does not know/],
  ]) {
    await box.getByLabel('Customer id').fill(String(id));
    await desk.press('Enter');
    await seen(problem.filter({ hasText: answer }));
  }
  assert.equal(await box.getByRole('button', { name: 'Open anyway' }).count(), 0);
  await box.getByLabel('Customer id').fill(` ${member.id} `);
  await desk.press('Enter');
  await seen(desk.log.getByText('No messages yet'));
  await until(() => focused(desk), 'Message');
  await desk.say('Your teapot has arrived.');
  await seen(desk.row(hash).getByText('You: Your teapot has arrived.'));
  await member.me.sees(hash, ['Your teapot has arrived.']);
});

story('the list follows the open conversation when it moves up', async (world) => {
  const old = await newCustomer('Is anybody there?');
  for (let count = 0; count < 24; count++) await newCustomer('And here?');
  const desk = await InboxPage.at(world);
  await seen(desk.rows.first());
  await until(async () => {
    await desk.list.evaluate((list) => (list.scrollTop += 200));
    return desk.row(old.hash).count();
  }, 1);
  // Other tests are writing: the row may move before it is clicked.
  await until(async () => {
    await desk.row(old.hash).click();
    return desk.row(old.hash).getAttribute('aria-selected');
  }, 'true');
  await desk.say('Sorry for the wait.');
  await seen(desk.row(old.hash).getByText('You: Sorry for the wait.'));
  assert.ok(
    await desk.row(old.hash).evaluate((row) => {
      const [list, { top, bottom }] = [
        /** @type {Element} */ (row.closest('[role=listbox]')).getBoundingClientRect(),
        row.getBoundingClientRect(),
      ];
      return top >= list.top - 1 && bottom <= list.bottom + 1;
    }),
  );
});

story(
  'scrolling up loads older messages, and what is in view stays in its place',
  async (world) => {
    const all = Array.from({ length: 130 }, (_, index) => `Message ${index + 1} of many`);
    const member = await newCustomer(...all);
    await mia.read(member.hash);
    const desk = await InboxPage.at(world, { hash: member.hash });
    const articles = desk.log.getByRole('article');
    for (const [index, count] of [50, 100].entries()) {
      await until(() => articles.count(), count);
      assert.equal(await isInView(articles.last()), index === 0);
      const [first, top] = await desk.log.evaluate((log) => {
        log.scrollTop = 0;
        const message = /** @type {HTMLElement} */ (log.querySelector('[data-message]'));
        return [message.textContent, message.offsetTop];
      });
      await until(
        () => articles.count(),
        (more) => more > count,
      );
      const now = await desk
        .message(String(first).slice(0, 18))
        .first()
        .evaluate(
          (one) =>
            /** @type {HTMLElement} */ (one).offsetTop -
            /** @type {Element} */ (one.closest('[role=log]')).scrollTop,
        );
      assert.ok(Math.abs(now - Number(top)) <= 2, `${first} moved from ${top} to ${now}`);
    }
    await desk.log.evaluate((log) => (log.scrollTop = 0));
    await desk.shows(all);
    await seen(desk.button('Latest'));
    await member.say('Something new');
    await seen(desk.button('1 new message'));
    await until(() => desk.unread(member.hash), 1);
    assert.deepEqual(
      [await desk.unread(member.hash), await desk.log.evaluate((log) => log.scrollTop)],
      [1, 0],
    );
    await desk.click('1 new message');
    await until(() => desk.unread(member.hash), 0);
    await desk.shows([...all, 'Something new']);
  },
);

story(
  'a conversation opens at the first new message, and is read when its end is seen',
  async (world) => {
    const member = await newCustomer(...Array.from({ length: 10 }, (_, index) => `Old ${index}`));
    await mia.read(member.hash);
    for (let index = 0; index < 30; index++) await member.say(`Fresh ${index}`);
    const desk = await InboxPage.at(world, { hash: member.hash });
    await until(() => isInView(desk.log.locator('.divider.new')), true);
    await member.say('Fresh 30');
    await seen(desk.button('31 new messages'));
    assert.deepEqual(
      [await isInView(desk.message('Fresh 29')), await unreadOf(member.id), desk.asked('/read')],
      [false, 31, []],
    );
    await desk.click('More');
    await desk.inbox.getByRole('menuitem', { name: 'Mark as read' }).click();
    await until(() => unreadOf(member.id), 0);
    assert.equal(await isInView(desk.message('Fresh 29')), false);
    await desk.click('Latest');
    await until(() => isInView(desk.message('Fresh 30')), true);
    const marked = desk.asked('/read').length;
    await desk.look(false);
    await member.say('Anybody there?');
    await seen(desk.message('Anybody there?'));
    await until(() => desk.unread(member.hash), 1);
    await member.say('Hello?');
    await until(() => desk.unread(member.hash), 2);
    assert.deepEqual(
      [await isInView(desk.message('Hello?')), desk.asked('/read').length],
      [true, marked],
    );
    await desk.look(true);
    await until(() => desk.unread(member.hash), 0);
    await until(() => unreadOf(member.id), 0);
  },
);

story(
  'admins edit and delete their messages, and a deleted message leaves a note in its place',
  async (world) => {
    const member = await newCustomer('My card is 1234', 'Sorry');
    const desk = await InboxPage.at(world, { hash: member.hash });
    for (const text of ['Helo', 'No trouble']) await desk.say(text);
    await desk.act('Helo', 'Edit');
    const editor = desk.inbox.getByRole('textbox', { name: 'Edit message' });
    await until(() => editor.inputValue(), 'Helo');
    await editor.fill('Hello');
    await member.say('Meanwhile');
    await seen(desk.message('Meanwhile'));
    assert.equal(await editor.inputValue(), 'Hello', 'other messages do not disturb it');
    await editor.press('Enter');
    await seen(desk.message('Hello').getByText('Edited'));
    assert.equal(await desk.log.locator('.theirs').getByRole('button').count(), 0);
    await member.me.remove((await member.me.messages(member.hash))[0].id);
    await desk.shows(['Message deleted', 'Sorry', 'Hello', 'No trouble', 'Meanwhile']);
    const box = desk.dialog('Delete this message?');
    await desk.act('Hello', 'Delete');
    await box.getByRole('button', { name: 'Keep' }).click();
    await gone(box);
    await member.me.sees(member.hash, ['Sorry', 'Hello', 'No trouble', 'Meanwhile']);
    await desk.act('Hello', 'Delete');
    await box.getByRole('button', { name: 'Delete' }).click();
    await desk.shows(['Message deleted', 'Sorry', 'Message deleted', 'No trouble', 'Meanwhile']);
    await member.me.sees(member.hash, ['Sorry', 'No trouble', 'Meanwhile']);
  },
);

story(
  'text that is selected in a message stays selected when the customer reads it',
  async (world) => {
    const member = await newCustomer('Hello');
    const desk = await InboxPage.at(world, { hash: member.hash });
    await desk.say('Select me');
    await desk.log
      .locator('.own .text')
      .evaluate((text) => getSelection()?.selectAllChildren(text));
    await member.me.read(member.hash);
    await seen(desk.log.locator('.own .tick.read'));
    assert.equal(await desk.page.evaluate(() => String(getSelection())), 'Select me');
  },
);

story(
  'canned answers are edited in a dialog, inserted by a slash, and shared by all admins',
  async (world) => {
    await mia.ask('PUT', 'canned', { canned: [{ shortcut: 'old', text: 'An old reply' }] });
    const member = await newCustomer('Hello');
    const desk = await InboxPage.at(world, { hash: member.hash });
    await desk.click('Settings', 'Manage replies');
    const box = desk.dialog('Replies');
    await box.getByRole('button', { name: 'Remove this reply' }).click();
    for (const [index, [shortcut, text]] of [
      ['Hello', 'Hello {{name}}, thank you!'],
      ['hours', 'We open at nine.'],
    ].entries()) {
      await box.getByRole('button', { name: 'Add a reply' }).click();
      await box.getByLabel('Shortcut').nth(index).fill(shortcut);
      await box.getByRole('textbox', { name: 'Reply' }).nth(index).fill(text);
    }
    await box.getByRole('button', { name: 'Save' }).click();
    await gone(box);
    assert.deepEqual((await tom.ask('GET', 'canned')).canned, [
      { shortcut: 'hello', text: 'Hello {{name}}, thank you!' },
      { shortcut: 'hours', text: 'We open at nine.' },
    ]);
    const offers = desk.inbox.getByRole('listbox', { name: 'Replies' });
    await desk.input.pressSequentially('Well. /h');
    await until(() => offers.getByRole('option').count(), 2);
    await desk.input.press('e');
    await until(() => offers.getByRole('option').count(), 1);
    await desk.press('Enter');
    await until(() => desk.input.inputValue(), `Well. Hello ${member.first}, thank you!`);
    await gone(offers);
    await desk.press('Enter');
    await member.me.sees(member.hash, ['Hello', `Well. Hello ${member.first}, thank you!`]);
    const toms = await InboxPage.at(world, { id: 'user_tom', hash: member.hash });
    await toms.click('Insert a reply');
    await toms.inbox.getByRole('option', { name: '/hours' }).click();
    await until(() => toms.input.inputValue(), 'We open at nine.');
  },
);

story(
  'a conversation is answered, and the next one opened, with the keyboard alone',
  async (world) => {
    const [first, second] = [
      await newCustomer('From the first'),
      await newCustomer('From the second'),
    ];
    const desk = await InboxPage.at(world);
    await seen(desk.row(second.hash));
    for (const [key, { hash }] of /** @type {const} */ ([
      ['j', second],
      ['j', first],
      ['k', second],
      ['j', first],
    ]))
      await desk.press(key).then(() => until(() => cursorHash(desk), hash));
    await desk.shows(['From the first']);
    await desk.press('Enter');
    await until(() => focused(desk), 'Message');
    for (const keys of ['Here', 'Shift+Enter', 'we', 'Enter'])
      await (keys.endsWith('Enter') ? desk.press(keys) : desk.page.keyboard.type(keys));
    await desk.shows(['From the first', 'Here\nwe']);
    await first.me.sees(first.hash, ['From the first', 'Here\nwe']);
    await gone(desk.log.locator('.pending'));
    for (const [key, at] of [
      ['ArrowUp', 'Edit message'],
      ['Escape', 'Message'],
      ['Escape', 'Conversations'],
    ]) {
      await desk.press(key);
      await until(() => focused(desk), at);
    }
    const { channels } = await mia.ask('GET', 'channels?order=waiting&limit=1');
    await desk.press('e');
    // The one who waits longest is next.
    await until(() => openHash(desk), channels[0].channel_hash);
    await until(
      async () => (await mia.ask('GET', `channels/${first.hash}`)).channel.status,
      'closed',
    );
    await until(() => desk.unread(first.hash), 0);
    await desk.press('r');
    await until(() => focused(desk), 'Message');
    await desk.press('Escape', 'Escape');
    await seen(desk.text('Choose a conversation'));
    await desk.press('/');
    await until(() => focused(desk), 'Search conversations');
    await desk.page.keyboard.type(first.id);
    await until(() => listedHashes(desk), [first.hash]);
    await desk.press('ArrowDown', 'Enter');
    await desk.shows(['From the first', 'Here\nwe']);
    await desk.press('Escape', '?');
    await seen(desk.dialog('Keyboard shortcuts'));
    await desk.press('Escape');
    await gone(desk.dialog('Keyboard shortcuts'));
    await desk.press('c');
    await seen(desk.dialog('New conversation'));
  },
);

story(
  'an admin who answers after another admin did is warned first, and keeps the text',
  async (world) => {
    const member = await newCustomer('Do you have it in blue?');
    const desk = await InboxPage.at(world, { hash: member.hash });
    const anyway = desk.button('Send anyway');
    const meanwhile = async (/** @type {string} */ mine, /** @type {string} */ toms) => {
      await desk.input.fill('');
      await desk.input.fill(mine);
      await tom.send(member.hash, toms);
      await seen(desk.message(toms), desk.log.getByText('Tom Staff').first());
      await desk.input.press('Enter');
      await seen(
        anyway,
        desk.thread
          .getByRole('alert')
          .getByText(`Tom Staff replied while you were writing: ${toms}`),
      );
      assert.equal(await desk.input.inputValue(), mine);
    };
    await meanwhile('Yes, we do', 'Only in green');
    await desk.click('Cancel');
    await gone(anyway);
    await until(() => desk.input.inputValue(), 'Yes, we do');
    await meanwhile('Yes, we do have it', 'And in red');
    // A click right after Enter is ignored.
    await until(async () => {
      if (await anyway.isVisible()) await anyway.click();
      return anyway.isVisible();
    }, false);
    await tom.sees(member.hash, [
      'Do you have it in blue?',
      'Only in green',
      'And in red',
      'Yes, we do have it',
    ]);
    await until(() => desk.input.inputValue(), '');
  },
);

story('two admins see who is looking and who is typing, and each answer once', async (world) => {
  const member = await newCustomer('Hello both');
  const mias = await InboxPage.at(world, { hash: member.hash });
  // Some seconds later: in the same second, the server drops a second `looking`.
  await until(() => mias.frames.some((frame) => frame.includes('looking')), true);
  await mias.page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 5_000;
  });
  const toms = await InboxPage.at(world, { id: 'user_tom', hash: member.hash });
  await seen(
    mias.thread.getByText('Tom Staff is looking at this conversation'),
    toms.thread.getByText('Mia Staff is looking at this conversation'),
  );
  await seen(mias.row(member.hash).filter({ hasText: 'Tom Staff looking' }));
  // It is shown for seconds only, so the wait starts first.
  await Promise.all([
    seen(
      mias.thread.getByText('Tom Staff is typing…'),
      mias.row(member.hash).getByText('Tom Staff is typing…'),
    ),
    toms.input.pressSequentially('From T'),
  ]);
  await mias.picture('two admins');
  await toms.say('From Tom');
  await seen(mias.log.locator('.admin', { hasText: 'From Tom' }).getByText('Tom Staff'));
  await gone(mias.thread.getByText('is typing…'));
  await until(
    () => mias.inbox.locator('.hidden[role=status]').textContent(),
    'Tom Staff: From Tom',
  );
  await mias.say('From Mia');
  for (const desk of [mias, toms]) await desk.shows(['Hello both', 'From Tom', 'From Mia']);
  assert.deepEqual(
    [
      await toms.log.locator('.own .text').allTextContents(),
      await toms.log.locator('.admin .text').allTextContents(),
    ],
    [['From Tom'], ['From Mia']],
  );
});

story('admins who open a conversation in the same second see each other', async (world) => {
  const member = await newCustomer('Hello both');
  const mias = await InboxPage.at(world, { hash: member.hash });
  await until(() => mias.frames.some((frame) => frame.includes('looking')), true);
  await mias.page.evaluate((then) => void (Date.now = () => then), Date.now());
  const toms = await InboxPage.at(world, { id: 'user_tom', hash: member.hash });
  await seen(mias.thread.getByText('Tom Staff is looking at this conversation'));
  await seen(toms.thread.getByText('Mia Staff is looking at this conversation'));
});

story('a message written offline is sent once, and missed messages appear', async (world) => {
  world.tolerate(/Failed to load resource|ERR_INTERNET_DISCONNECTED/);
  const [one, two] = [await newCustomer('Hello'), await newCustomer('Hi')];
  const desk = await InboxPage.at(world, { hash: one.hash, before: keepSockets });
  await goOffline(desk.page);
  await desk.input.fill('Written offline');
  await desk.input.press('Enter');
  await seen(
    desk.log.locator('.pending', { hasText: 'Written offline' }),
    desk.inbox.locator('.trouble').getByText('You are offline'),
  );
  await desk.picture('offline');
  await one.say('Missed');
  await two.say('Missed too');
  const three = await newCustomer('Somebody new');
  await desk.context.setOffline(false);
  await desk.shows(['Hello', 'Missed', 'Written offline']);
  await gone(desk.log.locator('.pending'), desk.inbox.locator('.trouble'));
  await one.me.sees(one.hash, ['Hello', 'Missed', 'Written offline']);
  await seen(desk.row(three.hash));
  await until(() => desk.unread(two.hash), 2);
  await totalsAgree(desk);
});

/** Makes the session of an open inbox expire on demand. @param {InboxPage} desk */
async function expiringSession(desk) {
  let isExpired = false;
  await desk.context.route('**/admin/chat/**', (route) =>
    isExpired
      ? route.fulfill({ status: 401, json: { type: 'unauthorized', message: 'Unauthorized' } })
      : route.fallback(),
  );
  return {
    expire: () => (isExpired = true),
    signInAgain: async () => {
      await seen(
        desk.signIn.getByText('Your session has expired. Sign in again to go on where you were.'),
      );
      await desk.picture('expired');
      isExpired = false;
      await desk.logIn('teapot');
      await gone(desk.signIn);
    },
  };
}

story(
  'after a new sign-in over the page, the draft is there and a refused message is sent once',
  async (world) => {
    world.tolerate(/Failed to load resource.*401/);
    const member = await newCustomer('Hello');
    const desk = await InboxPage.at(world, { hash: member.hash });
    const { expire, signInAgain } = await expiringSession(desk);
    await until(() => unreadOf(member.id), 0);
    await desk.input.fill('Sent too late');
    expire();
    await desk.input.press('Enter');
    await signInAgain();
    await member.me.sees(member.hash, ['Hello', 'Sent too late']);
    await gone(desk.log.locator('.pending'));
    await desk.input.fill('Half written');
    expire();
    await member.say('And another thing');
    await signInAgain();
    await desk.shows(['Hello', 'Sent too late', 'And another thing']);
    await until(() => desk.input.inputValue(), 'Half written');
  },
);

story(
  'messages that an expired session could not mark as read are marked after the sign-in',
  async (world) => {
    world.tolerate(/Failed to load resource.*401/);
    const member = await newCustomer('Hello');
    const desk = await InboxPage.at(world, { hash: member.hash });
    const { expire, signInAgain } = await expiringSession(desk);
    await until(() => unreadOf(member.id), 0);
    expire();
    await member.say('And another thing');
    await signInAgain();
    await until(() => desk.unread(member.hash), 0);
  },
);

story('a refused message can be sent again or discarded', async (world) => {
  world.tolerate(/Failed to load resource.*400/);
  const member = await newCustomer('Hello');
  const desk = await InboxPage.at(world, { hash: member.hash });
  let isRefused = true;
  await desk.context.route('**/admin/chat/messages/direct*', (route) =>
    route.request().method() === 'POST' && isRefused
      ? route.fulfill({ status: 400, json: { type: 'invalid_data', message: 'No' } })
      : route.fallback(),
  );
  for (const text of ['Keep me', 'Discard me']) {
    await desk.input.fill(text);
    await desk.input.press('Enter');
    await seen(desk.message(text).getByText('Not sent: No'));
  }
  isRefused = false;
  await desk.act('Keep me', 'Retry');
  await desk.act('Discard me', 'Discard');
  await desk.shows(['Hello', 'Keep me']);
  await member.me.sees(member.hash, ['Hello', 'Keep me']);
});

story(
  'a notification appears only if the page is not in front, and opens the conversation',
  async (world) => {
    const [one, two] = [await newCustomer('Hello'), await newCustomer('Hi')];
    const context = await world.browser();
    await context.grantPermissions(['local-network-access', 'notifications']);
    const before = () => {
      const notes = /** @type {any[]} */ (/** @type {any} */ (window).notes = []);
      const construct = (/** @type {any} */ _, /** @type {any[]} */ [title, { body, tag }]) =>
        notes[
          notes.push(Object.assign(new EventTarget(), { says: [title, body, tag], close() {} })) - 1
        ];
      window.Notification = new Proxy(Notification, { construct });
    };
    const desk = await InboxPage.at(world, { context, before });
    const notes = () =>
      desk.page.evaluate(() =>
        /** @type {any} */ (window).notes.map((/** @type {any} */ note) => note.says),
      );
    const desktop = desk.inbox.getByRole('switch', { name: 'Desktop notifications' });
    await seen(desk.row(one.hash));
    await desk.click('Settings', 'Test my alerts');
    await seen(desk.dialog('Settings').getByRole('status').filter({ hasText: /\w/ }));
    assert.deepEqual(await notes(), []);
    await desktop.click();
    await desk.click('Test my alerts');
    await seen(desk.dialog('Settings').getByText('A notification should have appeared.'));
    assert.deepEqual(await notes(), [
      ['Live chat', 'This is what a new message looks like.', 'test'],
    ]);
    await desk.press('Escape');
    await one.say('Before your eyes');
    await until(() => desk.unread(one.hash), 2);
    await desk.look(false);
    await two.say('Behind your back');
    await until(
      async () => (await notes()).slice(1),
      [[`${two.first} Customer`, 'Behind your back', two.hash]],
    );
    await desk.page.evaluate(() =>
      /** @type {any} */ (window).notes.at(-1).dispatchEvent(new Event('click')),
    );
    await desk.shows(['Hi', 'Behind your back']);
    await desk.page.reload();
    await desk.click('Settings');
    await until(() => desktop.isChecked(), true);
  },
);

/** The texts of users that are not plain text in the page. @param {InboxPage} desk */
const formattedTexts = ({ page }) =>
  page.evaluate(() => {
    const isText = (/** @type {Node} */ node) => node.nodeType === Node.TEXT_NODE;
    const hasOnly = (/** @type {Element} */ one, /** @type {string[]} */ ...names) =>
      one.getAttributeNames().every((name) => names.includes(name));
    const isLink = (/** @type {any} */ node) =>
      node.localName === 'a' &&
      /^https?:\/\//i.test(node.getAttribute('href')) &&
      hasOnly(node, 'href', 'rel', 'target') &&
      [...node.childNodes].every(isText);
    const isPlain = (/** @type {Element} */ one) =>
      hasOnly(one, 'class', 'dir', 'title', 'role') &&
      [...one.childNodes].every((node) => isText(node) || isLink(node));
    const isBubble = (/** @type {Element} */ one) =>
      hasOnly(one, 'class') &&
      one.childNodes.length === 1 &&
      one.firstElementChild?.className === 'text' &&
      isPlain(one.firstElementChild);
    const texts = [
      ...document.querySelectorAll(
        '.bubble, .hidden[role=status], .warning q, h2, .who-sub, .row-name, .row-preview',
      ),
    ];
    return texts
      .filter((one) => !(one.className === 'bubble' ? isBubble(one) : isPlain(one)))
      .map((one) => one.outerHTML.slice(0, 200));
  });

story('hostile messages stay text, from every sender', async (world) => {
  const hostile = payloads(130);
  const member = await newCustomer();
  const send = (/** @type {string} */ body) =>
    [member.me, mia, tom][hostile.indexOf(body) % 3].send(member.hash, body);
  for (const body of hostile.slice(0, 80)) await send(body);
  const desk = await InboxPage.at(world, { hash: member.hash });
  for (const body of hostile.slice(80)) await send(body);
  await until(async () => {
    await desk.log.evaluate((log) => (log.scrollTop = 0));
    return desk.log.getByRole('article').count();
  }, hostile.length);
  assert.deepEqual(await desk.bubbles(), hostile);
  await desk.input.fill('The answer');
  await tom.send(member.hash, hostile[0]);
  await until(
    () => desk.inbox.locator('.hidden[role=status]').textContent(),
    `Tom Staff: ${hostile[0]}`,
  );
  await desk.input.press('Enter');
  await until(() => desk.inbox.locator('.warning q').textContent(), hostile[0]);
  await desk.picture('hostile');
  assert.deepEqual(await formattedTexts(desk), []);
});

story('a link shows its address, even after characters that reverse the text', async (world) => {
  const address = 'https://evil.example/a';
  const member = await newCustomer();
  for (const before of ['\u202e', '\u2067', '\u202b', 'مرحبا ', '\u202d\u202e'])
    await member.me.send(member.hash, before + address);
  const desk = await InboxPage.at(world, { hash: member.hash });
  await until(() => desk.log.locator('.bubble a').evaluateAll(seenText), Array(5).fill(address));
});

story('hostile names of guests stay text', async (world) => {
  /** @type {Map<string, string>} */
  const given = new Map();
  for (const name of payloads(56).map((text) => text.slice(0, 60).replace(/\s+/g, ' ').trim())) {
    const me = guest((await anonymous.ask('POST', 'guest')).guest_id);
    const hash = await me.begin();
    given.set(hash, (await me.ask('PUT', 'profile', { first_name: name })).profile.first_name);
    await me.send(hash, name);
  }
  const desk = await InboxPage.at(world);
  const missing = new Map(given);
  await until(async () => {
    const names = await desk.rows.evaluateAll((all) =>
      all.map((row) => [
        row.getAttribute('data-channel'),
        row.querySelector('.row-name')?.textContent,
      ]),
    );
    for (const [hash, name] of names)
      if (name === given.get(String(hash))) missing.delete(String(hash));
    assert.deepEqual(await formattedTexts(desk), []);
    await desk.list.evaluate((list) => {
      const isLoading = list.querySelector('.skeleton') !== null;
      if (!isLoading) list.scrollTop += list.clientHeight / 2;
    });
    return [...missing.values()];
  }, []);
  await desk.list.evaluate((list) => (list.scrollTop = 0));
  const [hash, name] = /** @type {[string, string]} */ ([...given].at(-1));
  await desk.open(hash);
  await until(() => desk.thread.getByRole('heading').textContent(), name);
  assert.deepEqual(await formattedTexts(desk), []);
});

story('ten thousand conversations cost as much as ten', async (world) => {
  const COUNT = 10_000;
  const view = (/** @type {number} */ index) => {
    const [id, created_at] = [
      `cus_big${index}`,
      new Date(Date.now() - index * 60_000).toISOString(),
    ];
    const last_message = {
      id: `m${index}`,
      seq: 1,
      sender_id: id,
      sender_role: 'customer',
      body: `Message ${index}`,
      message_type: 'text',
      created_at,
    };
    return {
      channel_hash: `direct:admin:${id}`,
      created_at,
      last_message_at: created_at,
      last_message,
      customer: { id, role: 'customer', first_name: `Person ${index}` },
      unread_count: index % 2,
      last_seq: 1,
      members: [],
    };
  };
  const context = await world.browser();
  await context.route('**/admin/chat/channels?*', (route) => {
    const { searchParams } = new URL(route.request().url());
    const from = Number(searchParams.get('cursor') ?? 0);
    const channels = Array.from(
      { length: Math.min(COUNT - from, Number(searchParams.get('limit'))) },
      (_, index) => view(from + index),
    );
    return route.fulfill({
      json: {
        channels,
        count: COUNT,
        unread_count: COUNT / 2,
        next_cursor: from + channels.length < COUNT ? String(from + channels.length) : null,
      },
    });
  });
  const desk = await InboxPage.at(world, { context });
  await seen(desk.rows.first());
  await desk.page.waitForLoadState('networkidle');
  assert.equal(desk.asked().length, 2);
  assert.deepEqual(
    [await desk.rows.first().getAttribute('aria-setsize'), await desk.page.title()],
    ['10000', '(5000) Inbox'],
  );
  const state = () =>
    desk.list.evaluate((list) => {
      const at = [...list.querySelectorAll('[role=option]')].map((row) =>
        Number(row.getAttribute('aria-posinset')),
      );
      const { x, y, height } = list.getBoundingClientRect();
      const isFilled = [20, height - 20].every((down) =>
        document.elementFromPoint(x + 20, y + down)?.closest('.row:not(.skeleton)'),
      );
      return { nodes: list.querySelectorAll('.row').length, isFilled, at };
    });
  for (const share of [0, 0.002, 0.1, 0.05, 1]) {
    await desk.list.evaluate((list, part) => (list.scrollTop = list.scrollHeight * part), share);
    const { at } = await until(state, ({ nodes, isFilled }) => {
      assert.ok(nodes < 100, `${nodes} rows at ${share}`);
      return isFilled;
    });
    assert.deepEqual(
      at,
      at.map((_, index) => at[0] + index),
      'the nodes are in the order of the list',
    );
  }
  await seen(desk.row(`direct:admin:cus_big${COUNT - 1}`).getByText('Person 9999'));
  await desk.picture('ten thousand');
});

for (const [look, device] of /** @type {const} */ ([
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['on a phone', PHONE],
])) {
  story(`axe finds no violations, ${look}`, async (world) => {
    world.tolerate(/Failed to load resource.*400/);
    const member = await newCustomer('Hello, see https://teapots.example', 'Taken back');
    await mia.ask('PUT', 'canned', { canned: [{ shortcut: 'hours', text: 'We open at nine.' }] });
    const check = async (
      /** @type {InboxPage} */ desk,
      /** @type {string} */ state,
      /** @type {import('playwright-core').Locator[]} */ ...there
    ) => {
      await seen(...there);
      await desk.page.evaluate(() =>
        Promise.all(
          document
            .getAnimations()
            .filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity)
            .map(({ finished }) => finished.catch(() => {})),
        ),
      );
      await desk.picture(`${look} ${state}`);
      if (await desk.page.evaluate(() => !('axe' in window))) await desk.page.evaluate(axe.source);
      const { violations } = await desk.page.evaluate(() =>
        /** @type {any} */ (window).axe.run({ resultTypes: ['violations'] }),
      );
      assert.deepEqual(
        violations.map((/** @type {any} */ { id, nodes }) => [
          id,
          ...nodes.map((/** @type {any} */ node) => `${node.html} ${node.failureSummary}`),
        ]),
        [],
        state,
      );
    };
    const stranger = await InboxPage.at(world, { isSignedOut: true, device });
    await stranger.text('Use a token instead').click();
    await check(stranger, 'sign-in', stranger.signIn.getByLabel('Token of a Medusa user'));
    const desk = await InboxPage.at(world, { device });
    await check(desk, 'list', desk.row(member.hash));
    await desk.click('Settings');
    await check(desk, 'settings', desk.dialog('Settings'));
    await desk.click('Manage replies');
    await check(desk, 'replies', desk.dialog('Replies').getByLabel('Shortcut'));
    await desk.press('Escape');
    await desk.click('New conversation');
    await check(desk, 'new conversation', desk.dialog('New conversation'));
    await desk.press('Escape', '?');
    await check(desk, 'shortcuts', desk.dialog('Keyboard shortcuts'));
    await desk.press('Escape');

    await desk.open(member.hash);
    await seen(desk.message('Taken back'));
    await desk.context.route('**/admin/chat/messages/direct*', (route) =>
      route.request().postData()?.includes('Refused')
        ? route.fulfill({ status: 400, json: { type: 'invalid_data', message: 'No' } })
        : route.fallback(),
    );
    await member.me.remove((await member.me.messages(member.hash))[1].id);
    await mia.edit((await mia.send(member.hash, 'My answer')).id, 'My answer, mended');
    await member.me.read(member.hash);
    await tom.send(member.hash, 'Another admin’s answer');
    await tom.ask('POST', `messages/${member.hash}`, {
      body: 'Order #1042 was refunded.',
      type: 'system',
    });
    await member.me.ask('POST', `messages/${member.hash}`, {
      body: 'Thursday at two?',
      type: 'meeting',
    });
    // A message that arrives during writing would cause a warning, so it has to be there before.
    await seen(desk.log.locator('.theirs .meeting').first());
    await desk.input.fill('Refused');
    await desk.click('Send');
    await check(
      desk,
      'conversation',
      ...['.gone', '.own .tick.read', '.admin', '.system', '.theirs .meeting', '.failed'].map(
        (part) => desk.log.locator(part).first(),
      ),
    );
    await desk.input.fill('/h');
    await check(desk, 'offers', desk.inbox.getByRole('listbox', { name: 'Replies' }));
    await desk.input.fill('My next answer');
    await tom.send(member.hash, 'I was faster');
    await seen(desk.message('I was faster'));
    await desk.click('Send');
    await check(desk, 'stale', desk.button('Send anyway'));
    await desk.act('My answer', 'Delete');
    await check(desk, 'deleting', desk.dialog('Delete this message?'));
    await desk.dialog('Delete this message?').getByRole('button', { name: 'Keep' }).click();

    const { labels, version } = await mia.ask('GET', 'labels');
    const slug = `a${unique()}`.slice(0, 32);
    await mia.ask('PUT', 'labels', {
      labels: [...labels, { slug, name: 'Wholesale', color: '#7c3aed' }],
      version,
    });
    await mia.ask('PUT', `channels/${member.hash}`, { labels: [slug], assignee_id: 'user_tom' });
    await tom.ask('POST', `channels/${member.hash}/notes`, { body: 'Look, @Mia' });
    await mia.ask('PUT', `channels/${member.hash}`, { status: 'closed' });
    await desk.log.focus();
    if (!(await desk.details.isVisible())) await desk.press('d');
    await check(
      desk,
      'details',
      desk.details.getByText('Closed by Mia'),
      desk.log.locator('.note'),
    );
    if (device === PHONE) await desk.click('Close the details');
    for (const [key, name] of /** @type {const} */ ([
      ['s', 'Snooze'],
      ['l', 'Labels'],
      ['a', 'Assign'],
    ])) {
      if (device === PHONE && key === 'a') continue;
      await desk.log.focus();
      await desk.press(key);
      await check(desk, `menu ${name}`, desk.inbox.getByRole('menu', { name }));
      await desk.press('Escape');
    }
    await desk.log.focus();
    await desk.press('n');
    await check(desk, 'note', desk.inbox.getByRole('textbox', { name: 'Note', exact: true }));
    await desk.press('Control+k');
    await check(desk, 'palette', desk.dialog('Commands').getByRole('option').first());
    await desk.page.keyboard.type('nothing like it');
    await check(desk, 'palette without results', desk.dialog('Commands').getByRole('option'));
    if (device === PHONE) return;
    await desk.press('Escape', 'Escape', 'Escape', 'x');
    await check(desk, 'ticked', desk.inbox.getByRole('group', { name: 'Ticked conversations' }));
  });
}

story(
  'on a phone, list and conversation are two screens, and going back leads to the list',
  async (world) => {
    const member = await newCustomer('Hello from my phone');
    const desk = await InboxPage.at(world, { device: PHONE });
    const isList = async (/** @type {boolean} */ is) => {
      await seen(is ? desk.row(member.hash) : desk.message('from my phone'));
      assert.deepEqual(
        [
          await desk.list.isVisible(),
          await desk.thread.isVisible(),
          await desk.page.evaluate(() => document.documentElement.scrollWidth),
        ],
        [is, !is, 390],
      );
    };
    await isList(true);
    await desk.row(member.hash).tap();
    await isList(false);
    await desk.input.fill('One');
    await desk.press('Enter');
    await until(() => desk.input.inputValue(), 'One\n');
    await desk.button('Send').tap();
    await member.me.sees(member.hash, ['Hello from my phone', 'One\n']);
    await desk.button('Back to the list').tap();
    await isList(true);
    await desk.row(member.hash).tap();
    await isList(false);
    await desk.page.goBack();
    await isList(true);
  },
);

story('the inbox says that the chat is switched off', async (world) => {
  const server = spawn(required('CHAT_BIN'), ['--port', '0', '--memory'], {
    env: { ...process.env, CHAT_V1_ENABLED: 'false' },
  });
  try {
    let greeting = '';
    server.stdout.on('data', (part) => (greeting += part));
    const [, off] = /** @type {string[]} */ (
      await until(
        () => /runs at (\S+)/.exec(greeting),
        (found) => Boolean(found),
      )
    );
    for (const complaint of [new RegExp(`^another host: ${off}/`), /Failed to load resource.*400/])
      world.tolerate(complaint);
    const desk = await InboxPage.at(world, { chat: off });
    await seen(
      desk.inbox.locator('.list-frame').getByText('Chat is disabled'),
      desk.inbox.locator('.trouble').getByText('Chat is disabled'),
    );
    assert.equal(await desk.signIn.count(), 0);
    await desk.picture('switched off');
  } finally {
    server.kill();
  }
});
