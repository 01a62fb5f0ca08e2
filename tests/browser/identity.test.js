// @ts-check
/** Who is here: logins that fail, change or come late; failing storage and loading; the page. */

import assert from 'node:assert/strict';
import { CHAT, SAYS, anonymous, customer, guest, staff, story, token, until } from './support.js';

const mia = staff();

/** A guest with a conversation in which the shop has written. */
async function knownGuest() {
  const { guest_id } = await anonymous.ask('POST', 'guest');
  const hash = await guest(guest_id).begin();
  await mia.send(hash, 'Hello guest');
  return { hash, secret: guest_id, storage: { 'live-chat:guest': guest_id } };
}

/** Waits until the customer has exactly this conversation. @param {any} who @param {string} hash */
const has = (who, hash) =>
  until(
    async () =>
      (await who.me.ask('GET', 'channels')).channels.map(
        (/** @type {any} */ channel) => channel.channel_hash,
      ),
    [hash],
  );

/**
 * Sets attributes of the element; null removes one.
 * @param {import('./support.js').WidgetPage} widget @param {Record<string, string | null>} values
 */
const set = (widget, values) =>
  widget.page.evaluate((all) => {
    const chat = /** @type {HTMLElement} */ (document.querySelector('live-chat'));
    for (const [name, value] of Object.entries(all))
      if (value === null) chat.removeAttribute(name);
      else chat.setAttribute(name, value);
  }, values);

for (const how of ['attribute', 'property', 'identify', 'getToken', 'reload'])
  story(`a guest survives an expired token at load; a new one comes by ${how}`, async (world) => {
    world.tolerate(/Failed to load resource.*401/);
    const { hash, secret, storage } = await knownGuest();
    const ada = customer();
    const widget = await world.widget({
      storage,
      attributes: { token: token(ada.id, 'customer', -1) },
    });
    await widget.open();
    await widget.notice.getByText(SAYS.expired).waitFor();
    assert.equal((await widget.stored())['live-chat:guest'], secret);
    if (how === 'attribute') await set(widget, { token: ada.token });
    else if (how === 'identify') await widget.call('identify', { token: ada.token });
    else if (how === 'reload') {
      await widget.page.reload();
      await widget.notice.getByText(SAYS.expired).waitFor();
      await set(widget, { token: ada.token });
    } else
      await widget.page.evaluate(
        ([name, jwt]) => {
          const chat = /** @type {any} */ (document.querySelector('live-chat'));
          if (name === 'property') chat.token = jwt;
          else chat.getToken = async () => jwt;
        },
        [how, ada.token],
      );
    await widget.shows(['Hello guest']);
    await has(ada, hash);
    await until(async () => (await widget.stored())['live-chat:guest'], undefined);
    await until(() => widget.notice.textContent(), '');
  });

for (const [what, answer] of /** @type {const} */ ([
  ['is switched off', { status: 400, json: { type: 'not_allowed', message: 'Chat is disabled' } }],
  ['fails', { status: 500, json: { type: 'unknown_error' } }],
  ['is too busy', { status: 429, headers: { 'retry-after': '1' }, body: '' }],
  ['is hidden by a proxy that refuses', { status: 401, body: '<h1>Who are you?</h1>' }],
  ['is hidden by a proxy that forbids', { status: 403, body: 'No' }],
]))
  story(`a guest survives a login while the chat ${what}`, async (world) => {
    world.tolerate(/Failed to load resource/);
    const { hash, secret, storage } = await knownGuest();
    const ada = customer();
    const widget = await world.widget({ storage });
    await widget.context.route('**/store/chat/**', (route) =>
      route.request().method() === 'OPTIONS' ? route.fallback() : route.fulfill(answer),
    );
    const tried = widget.page.waitForResponse(/guest\/claim$/);
    await widget.call('identify', { token: ada.token });
    await tried;
    await widget.open();
    await widget.page.reload();
    await widget.launcher.waitFor();
    assert.equal((await widget.stored())['live-chat:guest'], secret);
    await widget.context.unroute('**/store/chat/**');
    await widget.call('identify', { token: ada.token });
    await has(ada, hash);
    await until(async () => (await widget.stored())['live-chat:guest'], undefined);
  });

story('a guest of another customer is given up, and the customer can write', async (world) => {
  world.tolerate(/Failed to load resource.*401/);
  const { secret, storage } = await knownGuest();
  const [ada, bea] = [customer(), customer()];
  const claimed = await fetch(`${CHAT}/store/chat/guest/claim`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ada.token}`, 'x-guest-id-for-live-chat': secret },
  });
  assert.equal(claimed.status, 200);
  const widget = await world.widget({ storage, attributes: { token: bea.token } });
  await widget.open();
  await widget.say('As Bea');
  await mia.sees(bea.hash, ['As Bea']);
  await until(async () => (await widget.stored())['live-chat:guest'], undefined);
});

for (const [what, attributes, getToken] of /** @type {const} */ ([
  ['token=""', { token: '' }, undefined],
  ['customer="false"', { customer: 'false' }, undefined],
  ['getToken that gives null', {}, 'null'],
  ['getToken that gives undefined', {}, 'undefined'],
  ['getToken that gives ""', {}, 'empty'],
]))
  story(`${what} means a guest`, async (world) => {
    const widget = await world.widget({ attributes });
    if (getToken)
      await widget.page.evaluate((given) => {
        /** @type {any} */ (document.querySelector('live-chat')).getToken = async () =>
          ({ null: null, undefined, empty: '' })[given];
      }, getToken);
    await widget.open();
    await widget.say('As a guest');
    await mia.sees(await widget.guestHash(), ['As a guest']);
    assert.equal(await widget.notice.textContent(), '');
  });

for (const fails of ['throws', 'rejects'])
  story(`a getToken that ${fails} loses nothing, and is said`, async (world) => {
    const ada = customer();
    await ada.me.begin();
    const widget = await world.widget();
    await widget.page.evaluate(
      ([how, jwt]) => {
        const shop = /** @type {any} */ (window);
        shop.works = false;
        shop.chat = document.querySelector('live-chat');
        shop.chat.getToken = () => {
          if (shop.works) return jwt;
          if (how === 'throws') throw new Error('shop');
          return Promise.reject(new Error('shop'));
        };
      },
      [fails, ada.token],
    );
    await widget.open();
    await widget.input.fill('Kept');
    await widget.input.press('Enter');
    await widget.notice.getByText(SAYS.unsure).waitFor();
    assert.equal(await widget.input.inputValue(), 'Kept');
    await widget.page.evaluate(() => /** @type {any} */ (window.works = true));
    await mia.sees(ada.hash, ['Kept']);
    await until(() => widget.notice.textContent(), '');
  });

story('without its token the customer’s conversation leaves the screen at once', async (world) => {
  world.tolerate(/WebSocket/);
  const ada = customer();
  await ada.me.begin();
  await mia.send(ada.hash, 'For Ada');
  const widget = await world.widget({ attributes: { token: ada.token } });
  await widget.open();
  await widget.shows(['For Ada']);
  await set(widget, { token: null });
  await widget.shows([]);
  await until(() => widget.badge.textContent(), '');
  const bea = customer();
  await bea.me.begin();
  await mia.send(bea.hash, 'For Bea');
  await set(widget, { token: bea.token });
  await widget.shows(['For Bea']);
  await set(widget, { token: ada.token });
  await widget.shows(['For Ada']);
});

story('other tabs follow a login: no second guest', async (world) => {
  world.tolerate(/Failed to load resource.*401|WebSocket/);
  const ada = customer();
  const one = await world.widget();
  await one.open();
  await one.say('As a guest');
  const hash = await one.guestHash();
  const two = await one.anotherTab();
  await two.open();
  await two.shows(['As a guest']);
  await one.call('identify', { token: ada.token });
  await has(ada, hash);
  await two.notice.getByText(SAYS.expired).waitFor();
  await two.shows([]);
  await two.input.fill('Who am I?');
  await two.input.press('Enter');
  await two.notice.getByText(SAYS.expired).waitFor();
  assert.equal((await two.stored())['live-chat:guest'], undefined);
  await two.call('identify', { token: ada.token });
  await two.shows(['As a guest']);
  assert.equal(await two.input.inputValue(), 'Who am I?');
});

story('other tabs follow a logout, and a new guest', async (world) => {
  world.tolerate(/Failed to load resource.*401|WebSocket/);
  const ada = customer();
  await ada.me.begin();
  await mia.send(ada.hash, 'For Ada');
  const one = await world.widget({ attributes: { token: ada.token } });
  const two = await one.anotherTab();
  for (const tab of [one, two]) {
    await tab.open();
    await tab.shows(['For Ada']);
  }
  await one.call('logout');
  await two.panel.waitFor({ state: 'hidden' });
  await two.open();
  await two.shows([]);
  await one.open();
  await one.say('Somebody else');
  await two.shows(['Somebody else']);
});

for (const storage of ['full', 'denied', 'null'])
  story(`with storage that is ${storage} a visitor is one guest, and can write`, async (world) => {
    const widget = await world.widget({
      before: {
        full: () => {
          Storage.prototype.setItem = () => {
            throw new DOMException('full', 'QuotaExceededError');
          };
        },
        denied: () => {
          for (const name of ['localStorage', 'sessionStorage'])
            Object.defineProperty(window, name, {
              get: () => {
                throw new DOMException('denied', 'SecurityError');
              },
            });
        },
        null: () => {
          for (const name of ['localStorage', 'sessionStorage'])
            Object.defineProperty(window, name, { value: null });
        },
      }[storage],
    });
    await widget.open();
    await widget.page.keyboard.type('One');
    await widget.page.keyboard.press('Enter');
    await widget.message('One').waitFor();
    await widget.say('Two');
    assert.equal(widget.requests.filter(({ path }) => path.endsWith('/guest')).length, 1);
    await widget.shows(['One', 'Two']);
  });

story('unread messages are counted where storage is denied', async (world) => {
  const ada = customer();
  await ada.me.begin();
  await mia.send(ada.hash, 'For Ada');
  const widget = await world.widget({
    attributes: { token: ada.token },
    before: () =>
      Object.defineProperty(window, 'localStorage', {
        get: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      }),
  });
  await until(() => widget.badge.textContent(), '1');
});

for (const how of ['abort', '503'])
  story(`a panel that fails to load (${how}) opens with the next click`, async (world) => {
    world.tolerate(/Failed to load resource|dynamically imported/);
    const widget = await world.widget();
    await widget.context.route('**/chat/assets/**', (route) =>
      how === 'abort' ? route.abort() : route.fulfill({ status: 503, body: '' }),
    );
    await widget.launcher.click();
    await widget.badge.getByText('Offline').waitFor();
    assert.equal(await widget.launcher.getAttribute('aria-label'), 'Chat: Offline');
    await widget.context.unroute('**/chat/assets/**');
    await widget.open();
    await widget.say('Hello');
    await until(() => widget.badge.textContent(), '');
  });

story('a panel that failed to load opens once the browser is online', async (world) => {
  world.tolerate(/Failed to load resource|ERR_INTERNET_DISCONNECTED|dynamically imported/);
  const widget = await world.widget();
  await widget.context.setOffline(true);
  await widget.launcher.click();
  await widget.badge.getByText('Offline').waitFor();
  await widget.context.setOffline(false);
  await widget.panel.waitFor();
});

story('the button is busy while the panel loads', async (world) => {
  const widget = await world.widget();
  let go = () => {};
  await widget.context.route('**/panel.js*', async (route) => {
    await new Promise((resolve) => (go = () => resolve(undefined)));
    await route.fallback();
  });
  await widget.launcher.click();
  await until(() => widget.launcher.getAttribute('aria-busy'), 'true');
  assert.equal(await widget.style(widget.launcher, 'outline-style'), 'dotted');
  go();
  await widget.panel.waitFor();
  await until(() => widget.launcher.getAttribute('aria-busy'), 'false');
});

story('the list of conversations that fails to load opens with the next click', async (world) => {
  world.tolerate(/Failed to load resource/);
  const ada = customer();
  await ada.me.begin();
  await ada.me.begin('user_mia');
  const widget = await world.widget({ attributes: { token: ada.token } });
  await widget.open();
  await widget.context.route('**/channels.js*', (route) => route.abort());
  await widget.button(SAYS.all).click();
  await widget.notice.getByText(SAYS.offline).waitFor();
  await widget.context.unroute('**/channels.js*');
  await widget.button(SAYS.all).click();
  await widget.list.waitFor();
});

story('offline is said, and taken back, without a message', async (world) => {
  world.tolerate(/Failed to load resource|ERR_INTERNET_DISCONNECTED/);
  const widget = await world.widget();
  await widget.open();
  await widget.context.setOffline(true);
  await widget.notice.getByText(SAYS.offline).waitFor();
  await widget.context.setOffline(false);
  await until(() => widget.notice.textContent(), '');
});

story('sends that fail are said while the socket stays open', async (world) => {
  world.tolerate(/Failed to load resource/);
  const widget = await world.widget();
  await widget.open();
  await widget.say('Before');
  const sends = '**/store/chat/messages/direct*';
  await widget.context.route(sends, (route) =>
    route.request().method() === 'POST' ? route.fulfill({ status: 503 }) : route.fallback(),
  );
  await widget.write('During');
  await widget.notice.getByText(SAYS.offline).waitFor();
  await widget.context.unroute(sends);
  await widget.settled();
  await until(() => widget.notice.textContent(), '');
});

story('over the limit the shopper reads why', async (world) => {
  world.tolerate(/Failed to load resource/);
  const widget = await world.widget();
  await widget.open();
  await widget.say('Before');
  const sends = '**/store/chat/messages/direct*';
  let isOver = true;
  await widget.context.route(sends, (route) =>
    route.request().method() === 'POST' && isOver
      ? route.fulfill({
          status: 429,
          headers: { 'retry-after': '1', 'access-control-expose-headers': 'retry-after' },
          json: { type: 'too_many_requests' },
        })
      : route.fallback(),
  );
  await widget.write('Too fast');
  await widget.notice.getByText(SAYS.limit).waitFor();
  isOver = false;
  await widget.settled();
  await until(() => widget.notice.textContent(), '');
});

story('keys and files stay in the chat', async (world) => {
  const widget = await world.widget();
  await widget.page.evaluate(() => {
    const shop = /** @type {any} */ (window);
    shop.got = [];
    for (const name of ['keydown', 'keypress', 'keyup', 'drop', 'dragover'])
      document.addEventListener(name, (event) => shop.got.push(event.type));
  });
  const got = () => widget.page.evaluate(() => /** @type {any} */ (window).got);
  await widget.open();
  await widget.page.keyboard.type('Is the teapot 1/2 litre?');
  assert.equal(await widget.input.inputValue(), 'Is the teapot 1/2 litre?');
  assert.deepEqual(await got(), []);
  for (const part of ['input', 'log', 'header', 'launcher']) {
    const prevented = await widget.part(part).evaluate((element) =>
      ['dragover', 'drop'].map((type) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['x'], 'x.png'));
        const event = new DragEvent(type, {
          dataTransfer,
          bubbles: true,
          composed: true,
          cancelable: true,
        });
        return !element.dispatchEvent(event);
      }),
    );
    assert.deepEqual([part, ...prevented], [part, true, true]);
  }
  await widget.input.focus();
  await widget.page.keyboard.press('Escape');
  await widget.panel.waitFor({ state: 'hidden' });
  assert.deepEqual(await got(), []);
});

story('the script may be loaded twice', async (world) => {
  const widget = await world.widget();
  await widget.page.evaluate(
    (src) =>
      new Promise((loaded) =>
        document.head.append(
          Object.assign(document.createElement('script'), {
            type: 'module',
            src,
            onload: loaded,
          }),
        ),
      ),
    `${CHAT}/chat/widget.js?v=2`,
  );
  await widget.open();
  await widget.say('Hello');
});

story(
  'a tag that is removed leaves the memory; one that is moved keeps its draft',
  async (world) => {
    const widget = await world.widget();
    await widget.open();
    await widget.input.fill('A draft');
    await widget.page.evaluate(() => {
      const chat = /** @type {HTMLElement} */ (document.querySelector('live-chat'));
      document.querySelector('main')?.prepend(chat);
    });
    assert.ok(await widget.panel.isVisible());
    assert.equal(await widget.input.inputValue(), 'A draft');
    const session = await widget.context.newCDPSession(widget.page);
    await widget.page.evaluate(async () => {
      const shop = /** @type {any} */ (window);
      shop.old = [];
      for (let i = 0; i < 5; i++) {
        const before = /** @type {any} */ (document.querySelector('live-chat'));
        before.replaceWith(document.createElement('live-chat'));
        shop.old.push(new WeakRef(before));
        const now = /** @type {any} */ (document.querySelector('live-chat'));
        while (!now.shadowRoot.querySelector('[part=panel]:not([hidden])'))
          await new Promise((later) => setTimeout(later, 10));
      }
    });
    await until(async () => {
      await session.send('HeapProfiler.collectGarbage');
      return widget.page.evaluate(
        () =>
          // The browser itself remembers the one that was clicked.
          /** @type {any} */ (window).old
            .slice(1)
            .filter((/** @type {WeakRef<any>} */ one) => one.deref()).length,
      );
    }, 0);
  },
);

story('the language follows the page without a reload', async (world) => {
  const widget = await world.widget();
  await widget.open();
  await widget.input.fill('A draft');
  await widget.page.evaluate(() => (document.documentElement.lang = 'ar'));
  await until(() => widget.panel.getAttribute('dir'), 'rtl');
  assert.ok(await widget.panel.isVisible());
  assert.equal(await widget.input.inputValue(), 'A draft');
  await widget.close().catch(() => {});
});

for (const style of [
  'transform: translateZ(0)',
  'filter: blur(0)',
  'contain: strict; block-size: 10px',
  'overflow: hidden; block-size: 10px; position: relative; transform: scale(0.5)',
])
  story(`the widget has its place inside an element with ${style}`, async (world) => {
    const widget = await world.widget();
    await widget.page.evaluate((css) => {
      const wrapper = document.createElement('div');
      wrapper.style.cssText = css;
      document.body.append(wrapper);
      wrapper.append(/** @type {Element} */ (document.querySelector('live-chat')));
    }, style);
    const box = async () => {
      const { x, y, width, height } = /** @type {any} */ (await widget.launcher.boundingBox());
      return [x + width, y + height];
    };
    await until(box, [1260, 700]);
    await widget.open();
    await widget.say('Hello');
  });

story('a link to #live-chat opens the panel, as often as it is followed', async (world) => {
  const widget = await world.widget();
  for (const hash of ['#live-chat', '#live-chat', '#live-chat=abc']) {
    await widget.page.evaluate((to) => (location.hash = to), hash);
    await widget.panel.waitFor();
    await widget.close();
  }
  await widget.page.goto(`${widget.page.url().split('#')[0]}#other`);
  assert.ok(!(await widget.panel.isVisible()));
});

story('the panel opens the conversation with the unread answer', async (world) => {
  const ada = customer();
  await ada.me.begin();
  const mias = await ada.me.begin('user_mia');
  await mia.send(mias, 'Seen');
  await ada.me.read(mias);
  await mia.send(ada.hash, 'Unread');
  await ada.me.send(mias, 'The newest');
  const widget = await world.widget({ attributes: { token: ada.token, admin: 'user_mia' } });
  await widget.open();
  await widget.shows(['Unread']);
});
