// @ts-check
/** What shoppers and staff say to each other through the widget, in a real browser. */

import assert from 'node:assert/strict';
import { SAYS, customer, guest, nobody, seenText, staff, story, token, until } from './support.js';

const mia = staff();
const tom = staff('user_tom');

/**
 * @typedef {import('./support.js').World} World
 * @typedef {import('./support.js').Shopper} Shopper
 * @typedef {import('./support.js').Visit} Visit
 */

/**
 * A customer before the open panel, and what the shop said before.
 * @param {World} world
 * @param {Visit & { history?: string[], isClosed?: boolean }} [visit]
 */
async function customerAt(world, { history = [], isClosed, ...visit } = {}) {
  const who = customer();
  await who.me.begin();
  for (const text of history) await mia.send(who.hash, text);
  const shopper = await world.shopper({ ...visit, attributes: { token: who.token } });
  if (!isClosed) await shopper.open();
  return { ...who, shopper };
}

/** Keeps hold of the page's sockets. */
function holdSockets() {
  const sockets = /** @type {WebSocket[]} */ (/** @type {any} */ (window).sockets = []);
  /** @type {any} */ (window).WebSocket = class extends WebSocket {
    /** @param {string | URL} url @param {string | string[]} [protocols] */
    constructor(url, protocols) {
      super(url, protocols);
      sockets.push(this);
    }
  };
}
/** @param {Shopper} shopper How many sockets were opened. */
const dropSockets = ({ page }) =>
  page.evaluate(
    () =>
      /** @type {any} */ (window).sockets.map((/** @type {WebSocket} */ socket) => socket.close())
        .length,
  );
/**
 * @param {Shopper} shopper
 * @param {number} least That so many were opened, and the last of them is open.
 */
const socketOpen = ({ page }, least) =>
  page.waitForFunction(
    (n) =>
      /** @type {any} */ (window).sockets.length >= n &&
      /** @type {any} */ (window).sockets.at(-1).readyState === 1,
    least,
  );

/** Keeps what the screen reader is told. @param {Shopper} shopper */
async function listen({ page }) {
  await page.locator('[aria-live=polite]').evaluate((region) => {
    const heard = /** @type {string[]} */ (/** @type {any} */ (window).heard = []);
    new MutationObserver((changes) =>
      changes.forEach(({ addedNodes }) =>
        addedNodes.forEach((node) => heard.push(node.textContent ?? '')),
      ),
    ).observe(region, { childList: true, subtree: true, characterData: true });
  });
  return () => page.evaluate(() => /** @type {any} */ (window).heard);
}

story(
  'a message crosses, its ticks follow, and answers are shown, changed and taken back in their place',
  async (world) => {
    const { shopper, me, hash } = await customerAt(world);
    await shopper.write('Do you ship to Norway?');
    await mia.sees(hash, ['Do you ship to Norway?']);
    const tick = (/** @type {string} */ name) =>
      shopper.message('Norway').getByRole('img', { name, exact: true }).waitFor();
    await tick(SAYS.sent);
    await mia.read(hash);
    await tick(SAYS.read);
    await (
      await world.socket('user_mia')
    )({ action: 'typing', channel_hash: hash });
    await shopper.part('typing', SAYS.typing.replace('{name}', SAYS.title)).waitFor();
    const answer = await mia.send(hash, 'We do.');
    await shopper.part('other', 'We do.').waitFor();
    await until(() => shopper.part('typing').textContent(), '');
    await until(async () => (await me.ask('GET', 'messages/unread-count')).unread_count, 0);
    await mia.edit(answer.id, 'We do, in three days.');
    await shopper.part('other', 'in three days').getByText(SAYS.edited).waitFor();
    await mia.send(hash, 'Anything else?');
    await shopper.shows(['Do you ship to Norway?', 'We do, in three days.', 'Anything else?']);
    await shopper.picture('conversation');
    await mia.remove(answer.id);
    await shopper.shows(['Do you ship to Norway?', SAYS.deleted, 'Anything else?']);
    assert.deepEqual(await shopper.part('day').allTextContents(), ['today']);
  },
);

story('addresses of the web are links, and nothing else is', async (world) => {
  const text =
    'See https://teapots.example/a?b=1&c=2#d, (http://teapots.example). javascript:alert(1) data:text/html,x ftp://x.example www.x.example';
  const { shopper } = await customerAt(world, { history: [text] });
  await shopper.shows([text]);
  const links = shopper.part('bubble').locator('a');
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

story('a link is seen where it leads, whatever turns around the text before it', async (world) => {
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
  const { shopper } = await customerAt(world, { history: texts });
  await shopper.shows(texts);
  assert.deepEqual(
    await shopper.part('bubble').locator('a').evaluateAll(seenText),
    texts.map(() => address),
  );
});

story(
  'the button counts what comes in while the panel is closed, and nothing once it is open',
  async (world) => {
    const { shopper, hash } = await customerAt(world, { isClosed: true });
    const counts = await shopper.events('live-chat-unread');
    await shopper.open();
    await shopper.say('Hello');
    await shopper.close();
    await mia.send(hash, 'One');
    await mia.send(hash, 'Two');
    await until(() => shopper.badge.textContent(), '2');
    assert.equal(await shopper.launcher.getAttribute('aria-label'), 'Chat: 2');
    await shopper.picture('unread');
    await shopper.open();
    await until(() => shopper.badge.textContent(), '');
    assert.equal(await shopper.launcher.getAttribute('aria-label'), 'Chat');
    assert.deepEqual((await counts()).slice(-2), [{ count: 2 }, { count: 0 }]);
  },
);

story(
  'looking makes no guest; the first character does, once, however fast one types',
  async (world) => {
    const slow = await world.shopper();
    await slow.open();
    await slow.close();
    await slow.open();
    await slow.page.waitForLoadState('networkidle');
    const posts = (/** @type {Shopper} */ { requests }) =>
      requests.filter(({ method }) => method === 'POST').map(({ path }) => path);
    assert.deepEqual([posts(slow), await slow.stored()], [[], {}]);
    await slow.input.press('H');

    const fast = await world.shopper();
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
  },
);

story('two tabs of one browser are one guest, whichever of them writes first', async (world) => {
  const one = await world.shopper();
  const two = await one.anotherTab();
  await Promise.all([one.open(), two.open()]);
  await one.say('From the first tab');
  await two.write('From the second tab');
  const said = ['From the first tab', 'From the second tab'];
  await Promise.all([one.shows(said), two.shows(said), mia.sees(await one.guestHash(), said)]);
});

story('two tabs that begin at the same moment are one guest', async (world) => {
  const one = await world.shopper();
  const two = await one.anotherTab();
  await Promise.all([one.open(), two.open()]);
  await Promise.all([one.write('a'), two.write('b')]);
  await Promise.all(
    [one, two].map((tab) => until(async () => (await tab.bubbles()).sort(), ['a', 'b'])),
  );
  await one.guestHash();
});

story(
  'a guest who logs in goes on in the same thread, and logging out leaves nothing of theirs',
  async (world) => {
    const shopper = await world.shopper();
    await shopper.open();
    await shopper.say('As a guest');
    const secret = await shopper.secret();
    const hash = await shopper.guestHash();
    const ada = customer();
    await shopper.call('identify', { token: ada.token });
    await shopper.shows(['As a guest']);
    await shopper.write('As Ada');
    await mia.sees(hash, ['As a guest', 'As Ada']);
    await mia.send(hash, 'Hello Ada');
    await shopper.shows(['As a guest', 'As Ada', 'Hello Ada']);
    assert.ok(!JSON.stringify(await shopper.stored()).includes(secret), 'the secret is gone');
    await assert.rejects(guest(secret).ask('GET', 'channels'), /401|Unauthorized/);
    const { channels } = await mia.ask('GET', `channels?search=${ada.id}`);
    assert.deepEqual(
      channels.map((/** @type {any} */ channel) => [channel.customer.id, channel.customer.role]),
      [[ada.id, 'customer']],
    );

    await shopper.input.fill('A secret that was not sent');
    await shopper.call('logout');
    assert.deepEqual(
      Object.keys(await shopper.stored()).filter((key) => key.startsWith('live-chat:')),
      [],
    );
    await shopper.open();
    assert.deepEqual([await shopper.bubbles(), await shopper.input.inputValue()], [[], '']);
    await shopper.write('Somebody else');
    await shopper.shows(['Somebody else']);
    assert.notEqual(await shopper.guestHash(), hash);
  },
);

story(
  'logging in where the panel is closed makes the guest’s conversation theirs, and opens nothing',
  async (world) => {
    const { guest_id } = await nobody.ask('POST', 'guest');
    const hash = await guest(guest_id).begin();
    await mia.send(hash, 'Hello guest');
    const ada = customer();
    const shopper = await world.shopper({ storage: { 'live-chat:guest': guest_id } });
    await shopper.call('identify', { token: ada.token });
    await until(
      async () =>
        (await ada.me.ask('GET', 'channels')).channels.map(
          (/** @type {any} */ channel) => channel.channel_hash,
        ),
      [hash],
    );
    await until(() => shopper.badge.textContent(), '1');
    assert.ok(!(await shopper.panel.isVisible()));
    await shopper.open();
    await shopper.shows(['Hello guest']);
  },
);

story(
  'logging out leaves nothing on a page where the panel was never opened either',
  async (world) => {
    world.tolerate(/Failed to load resource/);
    const { shopper, hash } = await customerAt(world, {
      device: { viewport: { width: 600, height: 800 } },
    });
    await shopper.context.route(`**/store/chat/messages/${encodeURIComponent(hash)}`, (route) =>
      route.abort(),
    );
    await shopper.write('Not sent before the next page');
    await shopper.input.fill('Half written');
    await shopper.page.reload();
    await shopper.call('logout');
    assert.deepEqual(await shopper.stored(), {});
    await shopper.open();
    assert.equal(await shopper.input.inputValue(), '');
  },
);

story(
  'what is written offline is sent once and in order, and what was missed is there',
  async (world) => {
    world.tolerate(/Failed to load resource|ERR_INTERNET_DISCONNECTED/);
    const { shopper, hash } = await customerAt(world, { before: holdSockets, history: ['Hello'] });
    await socketOpen(shopper, 1);
    await shopper.context.setOffline(true);
    await dropSockets(shopper);
    for (const text of ['one', 'two', 'three']) await shopper.write(text);
    assert.equal(await shopper.part('pending').count(), 3);
    await shopper.notice.getByText(SAYS.offline).waitFor();
    await shopper.picture('offline');
    await mia.send(hash, 'missed 1');
    await mia.send(hash, 'missed 2');
    await shopper.context.setOffline(false);
    const all = ['Hello', 'missed 1', 'missed 2', 'one', 'two', 'three'];
    await shopper.shows(all);
    await shopper.settled();
    await until(() => shopper.notice.textContent(), '');
    await mia.sees(hash, all);
  },
);

story('a socket that breaks is replaced, and nothing is missed meanwhile', async (world) => {
  const { shopper, hash } = await customerAt(world, { before: holdSockets, history: ['Hello'] });
  await socketOpen(shopper, 1);
  const before = await dropSockets(shopper);
  await mia.send(hash, 'missed');
  await shopper.shows(['Hello', 'missed']);
  await socketOpen(shopper, before + 1);
  await mia.send(hash, 'live');
  await shopper.shows(['Hello', 'missed', 'live']);
});

story(
  'an unsent message and a half-written one survive a reload, and an answer that got lost sends nothing twice',
  async (world) => {
    world.tolerate(/Failed to load resource/);
    const { shopper, hash } = await customerAt(world);
    const messages = `**/store/chat/messages/${encodeURIComponent(hash)}`;
    await shopper.context.route(messages, async (route) => {
      if (route.request().method() !== 'POST') return route.fallback();
      // It arrives; its answer does not.
      if (route.request().postData()?.includes('arrives')) await route.fetch();
      return route.abort();
    });
    await shopper.write('arrives');
    await shopper.write('waits');
    await shopper.input.fill('half');
    await mia.sees(hash, ['arrives']);
    await shopper.page.reload();
    await shopper.shows(['arrives', 'waits']);
    assert.equal(await shopper.input.inputValue(), 'half');
    await shopper.context.unroute(messages);
    await shopper.settled();
    await mia.sees(hash, ['arrives', 'waits']);
    await shopper.shows(['arrives', 'waits']);
    assert.equal(await shopper.input.inputValue(), 'half');
  },
);

story(
  'all that one has written can be seen: nothing yet, and several lines after a reload',
  async (world) => {
    const { shopper } = await customerAt(world);
    const cut = () => shopper.input.evaluate((input) => input.scrollHeight - input.clientHeight);
    assert.equal(await cut(), 0);
    await shopper.input.fill('one\ntwo\nthree');
    assert.equal(await cut(), 0);
    await shopper.page.reload();
    await shopper.input.waitFor();
    assert.deepEqual([await shopper.input.inputValue(), await cut()], ['one\ntwo\nthree', 0]);
  },
);

story('a message that is refused can be tried again, or discarded', async (world) => {
  world.tolerate(/Failed to load resource.*400/);
  const { shopper, hash } = await customerAt(world);
  let isRefused = true;
  await shopper.context.route(`**/store/chat/messages/${encodeURIComponent(hash)}`, (route) =>
    route.request().method() === 'POST' && isRefused
      ? route.fulfill({ status: 400, json: { type: 'invalid_data', message: 'No' } })
      : route.fallback(),
  );
  for (const text of ['Keep me', 'Discard me']) await shopper.write(text);
  for (const text of ['Keep me', 'Discard me'])
    await shopper.message(text).getByText(SAYS.failed).waitFor();
  await shopper.picture('not-sent');
  isRefused = false;
  await shopper.message('Keep me').getByRole('button', { name: SAYS.retry }).click();
  await shopper.message('Keep me').getByRole('img', { name: SAYS.sent }).waitFor();
  await shopper.message('Discard me').getByRole('button', { name: SAYS.remove }).click();
  await shopper.shows(['Keep me']);
  await mia.sees(hash, ['Keep me']);
  await until(async () => Object.keys(await shopper.stored()), []);
});

story('one changes and deletes own messages by mouse', async (world) => {
  const { shopper, hash } = await customerAt(world, { history: ['Not yours'] });
  await shopper.say('Helo');
  await shopper.input.fill('a draft');
  const action = async (/** @type {string} */ name) => {
    await shopper.part('own').hover();
    await shopper.part('own').getByRole('button', { name }).click();
  };
  await action(SAYS.edit);
  assert.equal(await shopper.input.inputValue(), 'Helo');
  await shopper.picture('editing');
  await shopper.write('Hello');
  await mia.sees(hash, ['Not yours', 'Hello']);
  assert.equal(await shopper.input.inputValue(), 'a draft');
  await shopper.part('own').getByText(SAYS.edited).waitFor();
  await action(SAYS.remove);
  await shopper.part('own').getByText(SAYS.sure).waitFor();
  await mia.sees(hash, ['Not yours', 'Hello']);
  await action(SAYS.sure);
  await shopper.shows(['Not yours', SAYS.deleted]);
  await mia.sees(hash, ['Not yours']);
  assert.equal(
    await shopper.panel
      .getByRole('button', { name: new RegExp(`${SAYS.edit}|${SAYS.remove}`) })
      .count(),
    0,
  );
});

story('the keyboard is enough: for writing, changing, deleting, and leaving', async (world) => {
  const { shopper, hash } = await customerAt(world, { isClosed: true });
  const press = async (/** @type {string[]} */ ...keys) => {
    for (const key of keys) await shopper.page.keyboard.press(key);
  };
  await press('Tab');
  assert.equal(await shopper.focus(), 'launcher');
  await press('Enter');
  await until(() => shopper.focus(), 'input');
  await shopper.page.keyboard.type('two');
  await press('Shift+Enter');
  await shopper.page.keyboard.type('lines');
  await press('Enter');
  await mia.sees(hash, ['two\nlines']);
  await shopper.settled();
  await press('Shift+Tab', 'Shift+Tab');
  assert.equal(await shopper.focus(), SAYS.edit);
  await press('Enter');
  assert.deepEqual(
    [await shopper.focus(), await shopper.input.inputValue()],
    ['input', 'two\nlines'],
  );
  await press('Escape');
  assert.deepEqual(
    [await shopper.focus(), await shopper.input.inputValue(), await shopper.panel.isVisible()],
    ['input', '', true],
  );
  await press('Shift+Tab', 'Shift+Tab', 'Enter', 'ControlOrMeta+A');
  await shopper.page.keyboard.type('one');
  await press('Enter');
  await mia.sees(hash, ['one']);
  await shopper.part('own').getByText(SAYS.edited).waitFor();
  await press('Shift+Tab');
  assert.equal(await shopper.focus(), SAYS.remove);
  await press('Enter', 'Enter');
  await shopper.shows([SAYS.deleted]);
  await mia.sees(hash, []);
  assert.notEqual(await shopper.focus(), 'body', 'the focus stays in the panel');
  await press('Escape');
  await shopper.panel.waitFor({ state: 'hidden' });
  assert.equal(await shopper.focus(), 'launcher');
});

story('Tab stays in the panel, both ways', async (world) => {
  const { shopper } = await customerAt(world, { history: ['See https://teapots.example'] });
  await shopper.say('Mine');
  for (const key of ['Tab', 'Shift+Tab']) {
    await shopper.input.focus();
    const seen = new Set();
    for (let i = 0; i < 14; i++) {
      await shopper.page.keyboard.press(key);
      seen.add(await shopper.focus());
    }
    assert.deepEqual(
      [...seen].sort(),
      [SAYS.remove, SAYS.edit, 'https://teapots.example', 'icon', 'input', 'log', 'send'],
      key,
    );
  }
});

story(
  'a screen reader says each incoming message once: not one’s own, not the past, not again after a break',
  async (world) => {
    const { shopper, hash } = await customerAt(world, {
      before: holdSockets,
      history: ['The past'],
    });
    const heard = await listen(shopper);
    await shopper.shows(['The past']);
    await shopper.say('Mine');
    const answer = await mia.send(hash, 'First');
    await shopper.shows(['The past', 'Mine', 'First']);
    const before = await dropSockets(shopper);
    await mia.send(hash, 'Second');
    await socketOpen(shopper, before + 1);
    await mia.edit(answer.id, 'First, changed');
    await mia.send(hash, 'Third');
    await shopper.shows(['The past', 'Mine', 'First, changed', 'Second', 'Third']);
    await shopper.close();
    await shopper.open();
    assert.deepEqual(
      await heard(),
      ['First', 'Second', 'Third'].map((text) => `${SAYS.title}: ${text}`),
    );
    await shopper.panel
      .getByRole('log', { name: SAYS.title })
      .and(shopper.page.locator('[aria-live=off]'))
      .waitFor();
    await shopper.page.getByRole('dialog', { name: SAYS.title }).waitFor();
  },
);

/** A customer who has one conversation with the shop, and one with Tom. @param {World} world */
async function twoConversations(world) {
  const who = customer();
  const toms = await who.me.begin('user_tom');
  await who.me.begin();
  await mia.send(who.hash, 'From the shop');
  for (const text of ['Tom 1', 'Tom 2', 'Tom 3']) await tom.send(toms, text);
  const shopper = await world.shopper({ before: holdSockets, attributes: { token: who.token } });
  await until(() => shopper.badge.textContent(), '4');
  await shopper.open();
  await until(() => shopper.badge.textContent(), '1');
  const turnTo = async (/** @type {string} */ name) => {
    await shopper.button(SAYS.all).click();
    await shopper.list.getByText(name).click();
  };
  return { ...who, toms, shopper, turnTo };
}

story(
  'several conversations stand in a list with what is unread, and none of them is read out when one turns to it',
  async (world) => {
    const { shopper, toms, turnTo } = await twoConversations(world);
    const heard = await listen(shopper);
    await shopper.button(SAYS.all).click();
    await until(
      () => shopper.list.locator('button').allInnerTexts(),
      ['Tom Staff\n\nTom 3', `${SAYS.title} (1)\n\nFrom the shop`],
    );
    await shopper.picture('list');
    await shopper.list.getByText(SAYS.title).click();
    await shopper.shows(['From the shop']);
    await until(() => shopper.badge.textContent(), '');
    await turnTo('Tom Staff');
    await shopper.shows(['Tom 1', 'Tom 2', 'Tom 3']);
    assert.deepEqual(await heard(), []);
    await tom.send(toms, 'Tom 4');
    await until(heard, ['Tom Staff: Tom 4']);
  },
);

story('what came in elsewhere during a break is counted after it', async (world) => {
  const { shopper, hash, turnTo } = await twoConversations(world);
  await turnTo(SAYS.title);
  await until(() => shopper.badge.textContent(), '');
  await turnTo('Tom Staff');
  await socketOpen(shopper, 1);
  await shopper.context.route('**/realtime/ticket', (route) => route.abort());
  world.tolerate(/Failed to load resource/);
  await dropSockets(shopper);
  await mia.send(hash, 'Are you there?');
  await shopper.context.unroute('**/realtime/ticket');
  await until(() => shopper.badge.textContent(), '1');
});

story('the list of conversations keeps Tab, and Escape leaves it', async (world) => {
  const { shopper } = await twoConversations(world);
  await shopper.button(SAYS.all).click();
  await shopper.list.waitFor();
  for (let i = 0; i < 4; i++) {
    const isInside = await shopper.list.evaluate((list) =>
      list.contains(/** @type {ShadowRoot} */ (list.getRootNode()).activeElement),
    );
    assert.ok(isInside, 'what the list covers gets no focus');
    await shopper.page.keyboard.press('Tab');
  }
  await shopper.page.keyboard.press('Escape');
  await shopper.list.waitFor({ state: 'detached' });
  assert.ok(await shopper.panel.isVisible());
});

story(
  'whom the shop names is written to, and her name stands above once it is known',
  async (world) => {
    const shopper = await world.shopper({
      attributes: { admin: 'user_mia', heading: 'The Teapot Shop' },
    });
    await shopper.open();
    assert.equal(await shopper.part('title').textContent(), 'The Teapot Shop');
    await shopper.say('Hello Mia');
    assert.match(await shopper.guestHash(), /:user_mia$/);
    await until(() => shopper.part('title').textContent(), 'Mia Staff');
    await shopper.page.getByRole('dialog', { name: 'Mia Staff' }).waitFor();
  },
);

story('the shop’s usual time to reply stands above', async (world) => {
  const shopper = await world.shopper();
  await shopper.context.route('**/store/chat/reply-time', (route) =>
    route.fulfill({ json: { reply_time: { median_seconds: 250 } } }),
  );
  await shopper.open();
  await until(
    () => shopper.part('subtitle').textContent(),
    SAYS.replies.replace('{time}', '4 minutes'),
  );
});

story('getToken is asked anew for each request', async (world) => {
  const who = customer();
  const shopper = await world.shopper();
  await shopper.page.evaluate((jwt) => {
    const counted = /** @type {any} */ (window);
    counted.asked = 0;
    const getToken = async () => {
      counted.asked++;
      return jwt;
    };
    return /** @type {any} */ (document.querySelector('live-chat')).identify({ getToken });
  }, who.token);
  await shopper.open();
  await shopper.say('Hello');
  const api = () =>
    shopper.requests.filter(
      ({ method, path }) => method !== 'OPTIONS' && path.startsWith('/store/'),
    ).length;
  await until(
    async () => (await shopper.page.evaluate(() => /** @type {any} */ (window).asked)) - api(),
    0,
  );
  assert.ok(api() >= 4);
});

story(
  'a token that has expired asks to log in again, and after that one goes on',
  async (world) => {
    world.tolerate(/Failed to load resource.*401/);
    const who = customer();
    await who.me.begin();
    await mia.send(who.hash, 'Welcome');
    const shopper = await world.shopper({ attributes: { token: token(who.id, 'customer', -1) } });
    const told = await shopper.events('live-chat-unauthorized');
    await shopper.open();
    await shopper.notice.getByText(SAYS.expired).waitFor();
    assert.notDeepEqual(await told(), []);
    await shopper.picture('expired');
    await shopper.input.fill('Still here');
    await shopper.call('identify', { token: who.token });
    await shopper.shows(['Welcome']);
    await until(() => shopper.notice.textContent(), '');
    assert.equal(await shopper.input.inputValue(), 'Still here');
    await shopper.input.press('Enter');
    await mia.sees(who.hash, ['Welcome', 'Still here']);
  },
);

story(
  'a token that expires while one writes asks to log in again, and what was written is sent after that',
  async (world) => {
    world.tolerate(/Failed to load resource.*401/);
    const { shopper, id, hash } = await customerAt(world);
    await shopper.say('Before');
    // The client's second look after it opened is past: only the refusal can tell.
    await until(
      () => shopper.requests.filter(({ path }) => path.endsWith('/events')).length,
      (asked) => asked >= 2,
    );
    await shopper.page.evaluate(
      (jwt) => document.querySelector('live-chat')?.setAttribute('token', jwt),
      token(id, 'customer', -1),
    );
    const told = await shopper.events('live-chat-unauthorized');
    await shopper.write('After');
    await shopper.notice.getByText(SAYS.expired).waitFor();
    assert.notDeepEqual(await told(), []);
    await shopper.call('identify', { token: token(id) });
    await mia.sees(hash, ['Before', 'After']);
    await shopper.shows(['Before', 'After']);
  },
);
