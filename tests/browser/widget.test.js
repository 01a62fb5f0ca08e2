// @ts-check
/** The widget in a real browser: members and staff write to each other. */

import assert from 'node:assert/strict';
import {
  SAYS,
  anonymous,
  customer,
  guest,
  introduce,
  keepSockets,
  seenText,
  staff,
  story,
  token,
  until,
  widgetWith,
} from './support.js';

const mia = staff();
const tom = staff('user_tom');
await introduce(mia, tom);

/**
 * @typedef {import('./support.js').World} World
 * @typedef {import('./support.js').WidgetPage} WidgetPage
 * @typedef {import('./support.js').Visit} Visit
 */

/**
 * A customer's page with the panel open, after these messages of the shop.
 * @param {World} world
 * @param {Visit & { history?: string[], isClosed?: boolean }} [visit]
 */
async function customerAt(world, { history = [], isClosed, ...visit } = {}) {
  const who = customer();
  await who.me.begin();
  for (const text of history) await mia.send(who.hash, text);
  const widget = await world.widget({ ...visit, attributes: { token: who.token } });
  if (!isClosed) await widget.open();
  return { ...who, widget };
}

/** Closes all sockets. Returns how many were opened. @param {WidgetPage} widget */
const dropSockets = ({ page }) =>
  page.evaluate(
    () =>
      /** @type {any} */ (window).sockets.map((/** @type {WebSocket} */ socket) => socket.close())
        .length,
  );
/**
 * Waits until so many sockets were opened, and the last of them is open.
 * @param {WidgetPage} widget @param {number} least
 */
const socketOpen = ({ page }, least) =>
  page.waitForFunction(
    (n) =>
      /** @type {any} */ (window).sockets.length >= n &&
      /** @type {any} */ (window).sockets.at(-1).readyState === 1,
    least,
  );

/** Collects what screen readers announce. @param {WidgetPage} widget */
async function announcements({ page }) {
  await page.locator('[aria-live=polite]').evaluate((region) => {
    const announced = /** @type {string[]} */ (/** @type {any} */ (window).announced = []);
    new MutationObserver((changes) =>
      changes.forEach(({ addedNodes }) =>
        addedNodes.forEach((node) => announced.push(node.textContent ?? '')),
      ),
    ).observe(region, { childList: true, subtree: true, characterData: true });
  });
  return () => page.evaluate(() => /** @type {any} */ (window).announced);
}

story('messages, ticks, typing, edits and deletions arrive on the other side', async (world) => {
  const { widget, me, hash } = await customerAt(world);
  await widget.write('Do you ship to Norway?');
  await mia.sees(hash, ['Do you ship to Norway?']);
  const tick = (/** @type {string} */ name) =>
    widget.message('Norway').getByRole('img', { name, exact: true }).waitFor();
  await tick(SAYS.sent);
  await mia.read(hash);
  await tick(SAYS.read);
  await (
    await world.socket('user_mia')
  )({ action: 'typing', channel_hash: hash });
  await widget.part('typing', SAYS.typing.replace('{name}', SAYS.title)).waitFor();
  const answer = await mia.send(hash, 'We do.');
  await widget.part('other', 'We do.').waitFor();
  await until(() => widget.part('typing').textContent(), '');
  await until(async () => (await me.ask('GET', 'messages/unread-count')).unread_count, 0);
  await mia.edit(answer.id, 'We do, in three days.');
  await widget.part('other', 'in three days').getByText(SAYS.edited).waitFor();
  await mia.send(hash, 'Anything else?');
  await widget.shows(['Do you ship to Norway?', 'We do, in three days.', 'Anything else?']);
  await widget.picture('conversation');
  await mia.remove(answer.id);
  await widget.shows(['Do you ship to Norway?', SAYS.deleted, 'Anything else?']);
  assert.deepEqual(await widget.part('day').allTextContents(), ['today']);
});

story('addresses of the web are links, and nothing else is', async (world) => {
  const text =
    'See https://teapots.example/a?b=1&c=2#d, (http://teapots.example). ' +
    'javascript:alert(1) data:text/html,x ftp://x.example www.x.example';
  const { widget } = await customerAt(world, { history: [text] });
  await widget.shows([text]);
  const links = widget.part('bubble').locator('a');
  assert.deepEqual(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href'))), [
    'https://teapots.example/a?b=1&c=2#d',
    'http://teapots.example',
  ]);
  for (const link of await links.all())
    assert.match(
      await link.evaluate((one) => `${one.getAttribute('target')} ${one.getAttribute('rel')}`),
      /^_blank noreferrer/,
    );
});

story('a link shows its target, even after characters that reverse text', async (world) => {
  const address = 'https://evil.example/a';
  const texts = [
    '\u202e',
    '\u202e\u202e',
    '\u2067',
    '\u202b',
    'مرحبا ',
    '\u200f',
    '\u202d\u202e',
  ].map((before) => before + address);
  const { widget } = await customerAt(world, { history: texts });
  await widget.shows(texts);
  assert.deepEqual(
    await widget.part('bubble').locator('a').evaluateAll(seenText),
    texts.map(() => address),
  );
});

story(
  'the button counts messages while the panel is closed, and none once it is open',
  async (world) => {
    const { widget, hash } = await customerAt(world, { isClosed: true });
    const counts = await widget.events('live-chat-unread');
    await widget.open();
    await widget.say('Hello');
    await widget.close();
    await mia.send(hash, 'One');
    await mia.send(hash, 'Two');
    await until(() => widget.badge.textContent(), '2');
    assert.equal(await widget.launcher.getAttribute('aria-label'), 'Chat: 2');
    await widget.picture('unread');
    await widget.open();
    await until(() => widget.badge.textContent(), '');
    assert.equal(await widget.launcher.getAttribute('aria-label'), 'Chat');
    assert.deepEqual((await counts()).slice(-2), [{ count: 2 }, { count: 0 }]);
  },
);

story('opening the panel creates no guest; the first character creates one', async (world) => {
  const slow = await world.widget();
  await slow.open();
  await slow.close();
  await slow.open();
  await slow.page.waitForLoadState('networkidle');
  const posts = (/** @type {WidgetPage} */ { requests }) =>
    requests.filter(({ method }) => method === 'POST').map(({ path }) => path);
  assert.deepEqual([posts(slow), await slow.stored()], [[], {}]);
  await slow.input.press('H');

  const fast = await world.widget();
  await fast.open();
  await fast.page.keyboard.type('Is it in stock?');
  await fast.page.keyboard.press('Enter');
  await mia.sees(await fast.guestHash(), ['Is it in stock?']);
  for (const one of [slow, fast]) {
    await one.guestHash();
    assert.deepEqual(
      posts(one).filter((path) => /guest$|channels$/.test(path)),
      ['/store/chat/guest', '/store/chat/channels'],
    );
  }
});

story('two tabs of one browser are one guest, whichever of them writes first', async (world) => {
  const one = await world.widget();
  const two = await one.anotherTab();
  await Promise.all([one.open(), two.open()]);
  await one.say('From the first tab');
  await two.write('From the second tab');
  const texts = ['From the first tab', 'From the second tab'];
  await Promise.all([one.shows(texts), two.shows(texts), mia.sees(await one.guestHash(), texts)]);
});

story('two tabs that start at the same moment are one guest', async (world) => {
  const one = await world.widget();
  const two = await one.anotherTab();
  await Promise.all([one.open(), two.open()]);
  await Promise.all([one.write('a'), two.write('b')]);
  await Promise.all(
    [one, two].map((tab) => until(async () => (await tab.bubbles()).sort(), ['a', 'b'])),
  );
  await one.guestHash();
});

story(
  'a guest who logs in keeps the conversation; logging out removes all traces',
  async (world) => {
    const widget = await world.widget({ before: keepFollowers });
    await widget.open();
    await widget.say('As a guest');
    const secret = await widget.secret();
    const hash = await widget.guestHash();
    const ada = customer();
    await widget.call('identify', { token: ada.token });
    await widget.shows(['As a guest']);
    await widget.write('As Ada');
    await mia.sees(hash, ['As a guest', 'As Ada']);
    await mia.send(hash, 'Hello Ada');
    await widget.shows(['As a guest', 'As Ada', 'Hello Ada']);
    assert.ok(!JSON.stringify(await widget.stored()).includes(secret), 'the secret is gone');
    await assert.rejects(guest(secret).ask('GET', 'channels'), /401|Unauthorized/);
    const { channels } = await mia.ask('GET', `channels?search=${ada.id}`);
    assert.deepEqual(
      channels.map((/** @type {any} */ channel) => [channel.customer.id, channel.customer.role]),
      [[ada.id, 'customer']],
    );

    await widget.input.fill('A secret that was not sent');
    await widget.call('logout');
    assert.deepEqual(
      Object.keys(await widget.stored()).filter((key) => key.startsWith('live-chat:')),
      [],
    );
    await widget.open();
    assert.deepEqual([await widget.bubbles(), await widget.input.inputValue()], [[], '']);
    await widget.write('Somebody else');
    await widget.shows(['Somebody else']);
    assert.notEqual(await widget.guestHash(), hash);
    const isOver = () =>
      widget.page.evaluate(() =>
        /** @type {any} */ (window).followers.map((/** @type {AbortSignal} */ one) => one.aborted),
      );
    await until(isOver, [true, true, false]);
  },
);

/** Keeps the signals that end what each session listens to in its page. */
function keepFollowers() {
  const followers = /** @type {any[]} */ (/** @type {any} */ (window).followers = []);
  const add = document.addEventListener;
  document.addEventListener = (/** @type {any} */ ...given) => {
    if (given[0] === 'freeze') followers.push(given[2].signal);
    add.apply(document, given);
  };
}

story(
  'logging in with a closed panel claims the guest’s conversation, opens nothing',
  async (world) => {
    const { guest_id } = await anonymous.ask('POST', 'guest');
    const hash = await guest(guest_id).begin();
    await mia.send(hash, 'Hello guest');
    const ada = customer();
    const widget = await world.widget({ storage: { 'live-chat:guest': guest_id } });
    await widget.call('identify', { token: ada.token });
    await until(
      async () =>
        (await ada.me.ask('GET', 'channels')).channels.map(
          (/** @type {any} */ channel) => channel.channel_hash,
        ),
      [hash],
    );
    await until(() => widget.badge.textContent(), '1');
    assert.ok(!(await widget.panel.isVisible()));
    await widget.open();
    await widget.shows(['Hello guest']);
  },
);

story('logging out removes all traces where the panel was never opened, too', async (world) => {
  world.tolerate(/Failed to load resource/);
  const { widget, hash } = await customerAt(world, {
    device: { viewport: { width: 600, height: 800 } },
  });
  await widget.context.route(`**/store/chat/messages/${encodeURIComponent(hash)}`, (route) =>
    route.abort(),
  );
  await widget.write('Not sent before the next page');
  await widget.input.fill('Half written');
  await widget.page.reload();
  await widget.call('logout');
  assert.deepEqual(await widget.stored(), {});
  await widget.open();
  assert.equal(await widget.input.inputValue(), '');
});

story('messages written offline are sent once, in order; missed ones appear', async (world) => {
  world.tolerate(/Failed to load resource|ERR_INTERNET_DISCONNECTED/);
  const { widget, hash } = await customerAt(world, { before: keepSockets, history: ['Hello'] });
  await socketOpen(widget, 1);
  await widget.context.setOffline(true);
  await dropSockets(widget);
  for (const text of ['one', 'two', 'three']) await widget.write(text);
  assert.equal(await widget.part('pending').count(), 3);
  await widget.notice.getByText(SAYS.offline).waitFor();
  await widget.picture('offline');
  await mia.send(hash, 'missed 1');
  await mia.send(hash, 'missed 2');
  await widget.context.setOffline(false);
  const all = ['Hello', 'missed 1', 'missed 2', 'one', 'two', 'three'];
  await widget.shows(all);
  await widget.settled();
  await until(() => widget.notice.textContent(), '');
  await mia.sees(hash, all);
});

story('a broken socket is replaced, and no message is missed', async (world) => {
  const { widget, hash } = await customerAt(world, { before: keepSockets, history: ['Hello'] });
  await socketOpen(widget, 1);
  const before = await dropSockets(widget);
  await mia.send(hash, 'missed');
  await widget.shows(['Hello', 'missed']);
  await socketOpen(widget, before + 1);
  await mia.send(hash, 'live');
  await widget.shows(['Hello', 'missed', 'live']);
});

story('unsent messages and the draft survive a reload; nothing is sent twice', async (world) => {
  world.tolerate(/Failed to load resource/);
  const { widget, hash } = await customerAt(world);
  const messages = `**/store/chat/messages/${encodeURIComponent(hash)}`;
  await widget.context.route(messages, async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    // It arrives; its response does not.
    if (route.request().postData()?.includes('arrives')) await route.fetch();
    return route.abort();
  });
  await widget.write('arrives');
  await widget.write('waits');
  await widget.input.fill('half');
  await mia.sees(hash, ['arrives']);
  await widget.page.reload();
  await widget.shows(['arrives', 'waits']);
  assert.equal(await widget.input.inputValue(), 'half');
  await widget.context.unroute(messages);
  await widget.settled();
  await mia.sees(hash, ['arrives', 'waits']);
  await widget.shows(['arrives', 'waits']);
  assert.equal(await widget.input.inputValue(), 'half');
});

story('the input is as high as its text, also after a reload', async (world) => {
  const { widget } = await customerAt(world);
  const cut = () => widget.input.evaluate((input) => input.scrollHeight - input.clientHeight);
  assert.equal(await cut(), 0);
  await widget.input.fill('one\ntwo\nthree');
  assert.equal(await cut(), 0);
  await widget.page.reload();
  await widget.input.waitFor();
  assert.deepEqual([await widget.input.inputValue(), await cut()], ['one\ntwo\nthree', 0]);
});

story('a message that is refused can be tried again, or discarded', async (world) => {
  world.tolerate(/Failed to load resource.*400/);
  const { widget, hash } = await customerAt(world);
  let isRefused = true;
  await widget.context.route(`**/store/chat/messages/${encodeURIComponent(hash)}`, (route) =>
    route.request().method() === 'POST' && isRefused
      ? route.fulfill({ status: 400, json: { type: 'invalid_data', message: 'No' } })
      : route.fallback(),
  );
  for (const text of ['Keep me', 'Discard me']) await widget.write(text);
  for (const text of ['Keep me', 'Discard me'])
    await widget.message(text).getByText(SAYS.failed).waitFor();
  await widget.picture('not-sent');
  isRefused = false;
  await widget.message('Keep me').getByRole('button', { name: SAYS.retry }).click();
  await widget.message('Keep me').getByRole('img', { name: SAYS.sent }).waitFor();
  await widget.message('Discard me').getByRole('button', { name: SAYS.remove }).click();
  await widget.shows(['Keep me']);
  await mia.sees(hash, ['Keep me']);
  await until(async () => Object.keys(await widget.stored()), []);
});

story('own messages are edited and deleted by mouse', async (world) => {
  const { widget, hash } = await customerAt(world, { history: ['Not yours'] });
  await widget.say('Helo');
  await widget.input.fill('a draft');
  const action = async (/** @type {string} */ name) => {
    await widget.part('own').hover();
    await widget.part('own').getByRole('button', { name }).click();
  };
  await action(SAYS.edit);
  assert.equal(await widget.input.inputValue(), 'Helo');
  await widget.picture('editing');
  await widget.write('Hello');
  await mia.sees(hash, ['Not yours', 'Hello']);
  assert.equal(await widget.input.inputValue(), 'a draft');
  await widget.part('own').getByText(SAYS.edited).waitFor();
  await action(SAYS.remove);
  await widget.part('own').getByText(SAYS.sure).waitFor();
  await mia.sees(hash, ['Not yours', 'Hello']);
  await action(SAYS.sure);
  await widget.shows(['Not yours', SAYS.deleted]);
  await mia.sees(hash, ['Not yours']);
  assert.equal(
    await widget.panel
      .getByRole('button', { name: new RegExp(`${SAYS.edit}|${SAYS.remove}`) })
      .count(),
    0,
  );
});

story('the keyboard is enough to write, edit, delete and close', async (world) => {
  const { widget, hash } = await customerAt(world, { isClosed: true });
  const press = async (/** @type {string[]} */ ...keys) => {
    for (const key of keys) await widget.page.keyboard.press(key);
  };
  await press('Tab');
  assert.equal(await widget.focus(), 'launcher');
  await press('Enter');
  await until(() => widget.focus(), 'input');
  await widget.page.keyboard.type('two');
  await press('Shift+Enter');
  await widget.page.keyboard.type('lines');
  await press('Enter');
  await mia.sees(hash, ['two\nlines']);
  await widget.settled();
  await press('Shift+Tab', 'Shift+Tab');
  assert.equal(await widget.focus(), SAYS.edit);
  await press('Enter');
  assert.deepEqual(
    [await widget.focus(), await widget.input.inputValue()],
    ['input', 'two\nlines'],
  );
  await press('Escape');
  assert.deepEqual(
    [await widget.focus(), await widget.input.inputValue(), await widget.panel.isVisible()],
    ['input', '', true],
  );
  await press('Shift+Tab', 'Shift+Tab', 'Enter', 'ControlOrMeta+A');
  await widget.page.keyboard.type('one');
  await press('Enter');
  await mia.sees(hash, ['one']);
  await widget.part('own').getByText(SAYS.edited).waitFor();
  await press('Shift+Tab');
  assert.equal(await widget.focus(), SAYS.remove);
  await press('Enter', 'Enter');
  await widget.shows([SAYS.deleted]);
  await mia.sees(hash, []);
  assert.notEqual(await widget.focus(), 'body', 'the focus stays in the panel');
  await press('Escape');
  await widget.panel.waitFor({ state: 'hidden' });
  assert.equal(await widget.focus(), 'launcher');
});

/**
 * Has the mouse down on an element while the row is drawn again.
 * @param {WidgetPage} widget
 * @param {import('playwright-core').Locator} target
 * @param {() => Promise<unknown>} redraw
 */
async function pressThrough({ page }, target, redraw) {
  await target.hover();
  await page.mouse.down();
  await redraw();
  await page.mouse.up();
}

story('a click that spans a redraw of its row is not lost', async (world) => {
  world.tolerate(/Failed to load resource.*400/);
  const history = Array.from({ length: 15 }, (_, index) => `Message ${index}`);
  const { widget, hash, me } = await customerAt(world, { history });
  await widget.say('Mine');
  const own = widget.part('own');
  await own.hover();
  await pressThrough(widget, own.getByRole('button', { name: SAYS.edit }), async () => {
    await mia.read(hash);
    await own.getByRole('img', { name: SAYS.read }).waitFor();
  });
  await widget.part('editing').waitFor();
  assert.equal(await widget.input.inputValue(), 'Mine');
  await widget.input.press('Escape');

  await own.hover();
  await own.getByRole('button', { name: SAYS.remove }).click();
  await pressThrough(widget, own.getByRole('button', { name: SAYS.sure }), async () => {
    const { id } = (await mia.messages(hash)).pop();
    await me.edit(id, 'Mien');
    await widget.message('Mien').getByText(SAYS.edited).waitFor();
  });
  await widget.shows([...history, SAYS.deleted]);

  await widget.context.route(`**/store/chat/messages/${encodeURIComponent(hash)}`, (route) =>
    route.request().postData()?.includes('Refused')
      ? route.fulfill({ status: 400, json: { type: 'invalid_data', message: 'No' } })
      : route.fallback(),
  );
  await widget.write('Refused');
  const discard = widget.message('Refused').getByRole('button', { name: SAYS.remove });
  await pressThrough(widget, discard, async () => {
    await mia.send(hash, 'Meanwhile');
    await widget.part('other', 'Meanwhile').waitFor();
  });
  await widget.shows([...history, SAYS.deleted, 'Meanwhile']);
});

story('a redraw keeps the focus, the hover and the selection of a row', async (world) => {
  const { widget, hash, me } = await customerAt(world, {
    history: ['See https://teapots.example/one today'],
  });
  await widget.say('Mine');
  const theirs = widget.part('other', 'See');
  await theirs.locator('a').evaluate((link) => {
    const [before, , after] = /** @type {any} */ (link.parentNode).childNodes;
    getSelection()?.setBaseAndExtent(before, 1, after, 3);
    Object.assign(window, { link });
  });
  const selected = () => widget.page.evaluate(() => String(getSelection()));
  const before = await selected();
  assert.match(before, /^ee https/);
  const own = widget.message('Mine');
  const button = own.getByRole('button', { name: SAYS.edit });
  await own.hover();
  await button.focus();
  await mia.send(hash, 'The group goes on');
  await widget.part('other', 'goes on').waitFor();
  await mia.read(hash);
  await own.getByRole('img', { name: SAYS.read }).waitFor();
  assert.equal(await widget.focus(), SAYS.edit);
  const [, mine] = await mia.messages(hash);
  await me.edit(mine.id, 'Mine, changed');
  await own.getByText(SAYS.edited).waitFor();
  assert.equal(await widget.focus(), SAYS.edit);
  assert.equal(await widget.style(own.locator('[part~=actions]'), 'opacity'), '1');
  assert.equal(await selected(), before);
  const [first] = await mia.messages(hash);
  await mia.edit(first.id, 'See https://teapots.example/one tomorrow');
  await theirs.getByText('tomorrow').waitFor();
  assert.ok(
    await theirs
      .locator('a')
      .evaluate((link) => link === /** @type {any} */ (window).link && link.isConnected),
    'the link is still the same',
  );
});

story('a long paste is kept whole, and is not sent until it fits', async (world) => {
  const { widget, hash } = await customerAt(world);
  const tooLong = `${'🫖'.repeat(5_000)} The question?`;
  await widget.input.fill(tooLong);
  await widget.part('over', SAYS.over.replace('{count}', '14')).waitFor();
  await widget.input.press('Enter');
  assert.equal(await widget.input.inputValue(), tooLong);
  await widget.input.fill('🫖'.repeat(5_000));
  await until(() => widget.part('over').textContent(), '');
  await widget.input.press('Enter');
  await mia.sees(hash, ['🫖'.repeat(5_000)]);
  await widget.input.fill('\u200b \u2060');
  await widget.input.press('Enter');
  await widget.say('End');
  await mia.sees(hash, ['🫖'.repeat(5_000), 'End']);
  await widget.part('own', 'End').hover();
  await widget.part('own', 'End').getByRole('button', { name: SAYS.edit }).click();
  await widget.input.fill('x'.repeat(5_001));
  await widget.part('over', SAYS.over.replace('{count}', '1')).waitFor();
  await widget.input.press('Enter');
  await widget.part('editing').waitFor();
});

story('reading the past keeps its place while a message is refused', async (world) => {
  world.tolerate(/Failed to load resource.*400/);
  const history = Array.from({ length: 60 }, (_, index) => `Message ${index}`);
  const { widget, hash } = await customerAt(world, { history });
  await widget.context.route(`**/store/chat/messages/${encodeURIComponent(hash)}`, (route) =>
    route.request().method() === 'POST'
      ? route.fulfill({ status: 400, json: { type: 'invalid_data', message: 'No' } })
      : route.fallback(),
  );
  await widget.write('Refused');
  await widget.part('failed').waitFor();
  const scrolled = () =>
    widget.part('log').evaluate(
      (log) =>
        new Promise((resolve) => {
          // The widget learns of it by the event.
          log.addEventListener('scroll', () => resolve(log.scrollTop), { once: true });
          log.scrollTop = 300;
        }),
    );
  await until(scrolled, 300);
  await mia.send(hash, 'Meanwhile');
  await widget.part('other', 'Meanwhile').waitFor();
  assert.equal(await widget.part('log').evaluate((log) => log.scrollTop), 300);
  assert.equal(await widget.notice.textContent(), '', 'only the message says it');
});

story('a draft stays with its conversation, also after a reload', async (world) => {
  const { widget, turnTo } = await twoConversations(world);
  await widget.input.fill('For Tom');
  await turnTo(SAYS.title);
  await until(() => widget.input.inputValue(), '');
  await widget.input.fill('For the shop');
  await turnTo('Tom');
  await until(() => widget.input.inputValue(), 'For Tom');
  await widget.page.reload();
  await widget.message('Tom 3').waitFor();
  await until(() => widget.input.inputValue(), 'For Tom');
  await turnTo(SAYS.title);
  await until(() => widget.input.inputValue(), 'For the shop');
});

story('who answers has a name and a face, and a group of messages one sender', async (world) => {
  const { widget, hash } = await customerAt(world, { isClosed: true });
  const toms = (await mia.send(hash, 'One of Mia'), await tom.send(hash, 'One of Tom'));
  await mia.ask('POST', `messages/${hash}`, { body: 'A note', type: 'system' });
  const named = (/** @type {any} */ message) => ({
    ...message,
    sender:
      message.sender_id === toms.sender_id
        ? { id: 'user_tom', first_name: 'Émile', avatar_url: null }
        : { id: 'user_mia', first_name: 'Mia', avatar_url: null },
  });
  await widget.context.route('**/store/chat/messages/direct*', async (route) => {
    const response = await route.fetch();
    const page = await response.json();
    await route.fulfill({ response, json: { ...page, messages: page.messages.map(named) } });
  });
  await widget.open();
  await widget.shows(['One of Mia', 'One of Tom', 'A note']);
  assert.deepEqual(await widget.part('name').allTextContents(), ['Mia', 'Émile']);
  assert.deepEqual(await widget.part('log').locator('[part=face]').allTextContents(), ['M', 'É']);
  await widget.picture('faces');
});

story('days follow the calendar, and change at midnight', async (world) => {
  // A day later the socket is replaced.
  world.tolerate(/WebSocket/);
  const { widget } = await customerAt(world, { history: ['Today’s'], isClosed: true });
  const day = () => widget.part('day').allTextContents();
  await widget.page.clock.install({ time: Date.now() });
  await widget.open();
  await until(day, ['today']);
  await widget.page.clock.fastForward(86_400_000);
  await until(day, ['yesterday']);
});

for (const [lang, time] of [
  ['en', /\d (AM|PM)$/],
  ['en-GB', /^\d\d:\d\d$/],
  ['en_GB', /\d (AM|PM)$/],
])
  story(`times are those of the page’s region: ${lang}`, async (world) => {
    const { widget } = await customerAt(world, { history: ['Hi'], lang: String(lang) });
    assert.match((await widget.part('meta').textContent()) ?? '', /** @type {RegExp} */ (time));
  });

story('the panel follows the page’s language', async (world) => {
  const { widget } = await customerAt(world, { history: ['Hi'] });
  await widget.close();
  await widget.page.evaluate(() => (document.documentElement.lang = 'ar'));
  await widget.launcher.click();
  await until(() => widget.panel.getAttribute('dir'), 'rtl');
  assert.notEqual(await widget.input.getAttribute('placeholder'), SAYS.placeholder);
});

story('the page’s inherited styles change nothing but the font', async (world) => {
  const style =
    '* { text-transform: uppercase; letter-spacing: 3px } ' +
    'body { user-select: none; text-align: center; white-space: nowrap; font-style: italic }';
  const { widget } = await customerAt(world, { history: ['Code SPRING-iIl1'], style });
  const bubble = widget.part('bubble', 'SPRING');
  await bubble.evaluate((one) => getSelection()?.selectAllChildren(one));
  assert.equal(await widget.page.evaluate(() => String(getSelection())), 'Code SPRING-iIl1');
  const styles = ['letter-spacing', 'text-transform', 'text-align', 'font-style', 'user-select'];
  assert.deepEqual(await Promise.all(styles.map((name) => widget.style(bubble, name))), [
    'normal',
    'none',
    'start',
    'normal',
    'text',
  ]);
});

story('a low window is filled, and nothing is printed', async (world) => {
  const { widget } = await customerAt(world, { device: { viewport: { width: 900, height: 420 } } });
  const box = () => widget.panel.evaluate((panel) => panel.getBoundingClientRect().toJSON());
  await until(box, ({ x, y, width, height }) => !x && !y && width === 900 && height === 420);
  await widget.page.emulateMedia({ media: 'print' });
  assert.equal(await widget.style(widget.page.locator('live-chat'), 'display'), 'none');
});

story('Tab stays in the panel, both ways', async (world) => {
  const { widget } = await customerAt(world, { history: ['See https://teapots.example'] });
  await widget.say('Mine');
  for (const key of ['Tab', 'Shift+Tab']) {
    await widget.input.focus();
    const seen = new Set();
    for (let i = 0; i < 14; i++) {
      await widget.page.keyboard.press(key);
      seen.add(await widget.focus());
    }
    assert.deepEqual(
      [...seen].sort(),
      [SAYS.remove, SAYS.edit, 'attach', 'https://teapots.example', 'icon', 'input', 'log', 'send'],
      key,
    );
  }
});

story('screen readers announce each incoming message once, and no others', async (world) => {
  const { widget, hash } = await customerAt(world, {
    before: keepSockets,
    history: ['The past'],
  });
  const announced = await announcements(widget);
  await widget.shows(['The past']);
  await widget.say('Mine');
  const answer = await mia.send(hash, 'First');
  await widget.shows(['The past', 'Mine', 'First']);
  /** @type {(now?: unknown) => void} */
  let release = () => {};
  const held = new Promise((resolve) => (release = resolve));
  await widget.context.route('**/events?*', (route) => held.then(() => route.fallback()));
  const before = await dropSockets(widget);
  await mia.send(hash, 'Second');
  await socketOpen(widget, before + 1);
  await mia.edit(answer.id, 'First, changed');
  await mia.send(hash, 'Third');
  // The push of the third is faster than the log, which has the second.
  await widget.shows(['The past', 'Mine', 'First, changed', 'Third']);
  release();
  await widget.shows(['The past', 'Mine', 'First, changed', 'Second', 'Third']);
  await widget.close();
  await widget.open();
  assert.deepEqual(
    await announced(),
    ['First', 'Second', 'Third'].map((text) => `${SAYS.title}: ${text}`),
  );
  await widget.panel
    .getByRole('log', { name: SAYS.title })
    .and(widget.page.locator('[aria-live=off]'))
    .waitFor();
  await widget.page.getByRole('dialog', { name: SAYS.title }).waitFor();
});

/** A customer with one conversation with the shop, and one with Tom. @param {World} world */
async function twoConversations(world) {
  const who = customer();
  const toms = await who.me.begin('user_tom');
  await who.me.begin();
  await mia.send(who.hash, 'From the shop');
  for (const text of ['Tom 1', 'Tom 2', 'Tom 3']) await tom.send(toms, text);
  const widget = await world.widget({ before: keepSockets, attributes: { token: who.token } });
  await until(() => widget.badge.textContent(), '4');
  await widget.open();
  await until(() => widget.badge.textContent(), '1');
  const turnTo = async (/** @type {string} */ name) => {
    await widget.button(SAYS.all).click();
    await widget.list.getByText(name, { exact: true }).click();
  };
  return { ...who, toms, widget, turnTo };
}

story(
  'conversations are listed with unread counts; opening one announces nothing',
  async (world) => {
    const { widget, toms, turnTo } = await twoConversations(world);
    const announced = await announcements(widget);
    await widget.button(SAYS.all).click();
    await until(
      async () =>
        Promise.all(
          (await widget.part('channel').all()).map((row) =>
            row.locator('[part=name], [part=preview], [part=count]').allTextContents(),
          ),
        ),
      [
        ['Tom', 'Tom 3'],
        [SAYS.title, 'From the shop', '1'],
      ],
    );
    assert.equal(await widget.list.locator('time').count(), 2);
    await widget.picture('list');
    await widget.list.getByText(SAYS.title).click();
    await widget.shows(['From the shop']);
    await until(() => widget.badge.textContent(), '');
    await turnTo('Tom');
    await widget.shows(['Tom 1', 'Tom 2', 'Tom 3']);
    assert.deepEqual(await announced(), []);
    await tom.send(toms, 'Tom 4');
    await until(announced, ['Tom: Tom 4']);
  },
);

story('messages that arrive elsewhere during a break are counted after it', async (world) => {
  const { widget, hash, turnTo } = await twoConversations(world);
  await turnTo(SAYS.title);
  await until(() => widget.badge.textContent(), '');
  await turnTo('Tom');
  await socketOpen(widget, 1);
  await widget.context.route('**/realtime/ticket', (route) => route.abort());
  world.tolerate(/Failed to load resource/);
  await dropSockets(widget);
  await mia.send(hash, 'Are you there?');
  await widget.context.unroute('**/realtime/ticket');
  await until(() => widget.badge.textContent(), '1');
});

story('the list of conversations keeps Tab, and Escape leaves it', async (world) => {
  const { widget } = await twoConversations(world);
  await widget.button(SAYS.all).click();
  await widget.list.waitFor();
  for (let i = 0; i < 4; i++) {
    const isInside = await widget.list.evaluate((list) =>
      list.contains(/** @type {ShadowRoot} */ (list.getRootNode()).activeElement),
    );
    assert.ok(isInside, 'the focus never enters what the list covers');
    await widget.page.keyboard.press('Tab');
  }
  await widget.page.keyboard.press('Escape');
  await widget.list.waitFor({ state: 'detached' });
  assert.ok(await widget.panel.isVisible());
});

story('the shop chooses the admin, whose name becomes the title', async (world) => {
  const widget = await world.widget({
    attributes: { admin: 'user_mia', heading: 'The Teapot Shop' },
  });
  await widget.open();
  assert.equal(await widget.part('title').textContent(), 'The Teapot Shop');
  await widget.say('Hello Mia');
  assert.match(await widget.guestHash(), /:user_mia$/);
  await until(() => widget.part('title').textContent(), 'Mia');
  await widget.page.getByRole('dialog', { name: 'Mia' }).waitFor();
});

story('the shop’s usual reply time is shown', async (world) => {
  const widget = await widgetWith(world, { reply_time: { median_seconds: 250, measured: 20 } });
  await widget.open();
  await until(
    () => widget.part('subtitle').textContent(),
    SAYS.replies.replace('{time}', '4 minutes'),
  );
});

story('getToken is called for each request', async (world) => {
  const who = customer();
  const widget = await world.widget();
  await widget.page.evaluate((jwt) => {
    const counted = /** @type {any} */ (window);
    counted.asked = 0;
    const getToken = async () => {
      counted.asked++;
      return jwt;
    };
    return /** @type {any} */ (document.querySelector('live-chat')).identify({ getToken });
  }, who.token);
  await widget.open();
  await widget.say('Hello');
  const api = () =>
    widget.requests.filter(({ method, path }) => method !== 'OPTIONS' && path.startsWith('/store/'))
      .length;
  await until(
    async () => (await widget.page.evaluate(() => /** @type {any} */ (window).asked)) - api(),
    0,
  );
  assert.ok(api() >= 4);
});

story('an expired token asks for a new login, which continues the chat', async (world) => {
  world.tolerate(/Failed to load resource.*401/);
  const who = customer();
  await who.me.begin();
  await mia.send(who.hash, 'Welcome');
  const widget = await world.widget({ attributes: { token: token(who.id, 'customer', -1) } });
  const unauthorized = await widget.events('live-chat-unauthorized');
  await widget.open();
  await widget.notice.getByText(SAYS.expired).waitFor();
  assert.notDeepEqual(await unauthorized(), []);
  await widget.picture('expired');
  await widget.input.fill('Still here');
  await widget.call('identify', { token: who.token });
  await widget.shows(['Welcome']);
  await until(() => widget.notice.textContent(), '');
  assert.equal(await widget.input.inputValue(), 'Still here');
  await widget.input.press('Enter');
  await mia.sees(who.hash, ['Welcome', 'Still here']);
});

story(
  'a token that expires while writing asks for a login, then the message is sent',
  async (world) => {
    world.tolerate(/Failed to load resource.*401/);
    const { widget, id, hash } = await customerAt(world);
    await widget.say('Before');
    // The client's second read after its open is over: only a refused request shows the expiry.
    await until(
      () => widget.requests.filter(({ path }) => path.endsWith('/events')).length,
      (asked) => asked >= 2,
    );
    await widget.page.evaluate(
      (jwt) => document.querySelector('live-chat')?.setAttribute('token', jwt),
      token(id, 'customer', -1),
    );
    const unauthorized = await widget.events('live-chat-unauthorized');
    await widget.write('After');
    await widget.notice.getByText(SAYS.expired).waitFor();
    assert.notDeepEqual(await unauthorized(), []);
    await widget.call('identify', { token: token(id) });
    await mia.sees(hash, ['Before', 'After']);
    await widget.shows(['Before', 'After']);
  },
);
