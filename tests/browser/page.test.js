// @ts-check
/** The widget in the page around it: small, harmless, accessible, in every language. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import axe from 'axe-core';
import { payloads } from './payloads.js';
import {
  CHAT,
  CHAT_WS,
  SAYS,
  SHOP,
  STRICT,
  STRICT_ELSEWHERE,
  anonymous,
  customer,
  guest,
  required,
  serve,
  staff,
  story,
  token,
  unique,
  until,
} from './support.js';

const mia = staff();
const TEXTS = new URL('../../web/widget/texts/', import.meta.url);
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const DARK = ':root { color-scheme: dark; background: #111; color: #eee }';

/**
 * Fetches a file without decoding it.
 * @param {string} url
 * @param {Record<string, string>} headers
 * @returns {Promise<{ status?: number, headers: import('node:http').IncomingHttpHeaders, bytes:
 * number }>}
 */
const raw = (url, headers) =>
  new Promise((resolve, reject) => {
    get(url, { headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk) => (bytes += chunk.length));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, bytes }),
      );
    }).on('error', reject);
  });

/** The secret of a guest who has an unread message. */
async function returningGuest() {
  const { guest_id } = await anonymous.ask('POST', 'guest');
  await mia.send(await guest(guest_id).begin(), 'Are you still there?');
  return guest_id;
}

for (const who of ['an unknown person', 'a returning guest', 'a customer']) {
  story(`before the first click ${who} costs the page nothing but the button`, async (world) => {
    const storage =
      who === 'a returning guest' ? { 'live-chat:guest': await returningGuest() } : undefined;
    const widget = await world.widget({
      storage,
      origin: SHOP,
      policy: STRICT_ELSEWHERE,
      attributes: who === 'a customer' ? { token: customer().token } : {},
      before: () => {
        Object.assign(window, { shift: 0 });
        new PerformanceObserver((list) =>
          list
            .getEntries()
            .forEach(
              (entry) => /** @type {any} */ (window.shift += /** @type {any} */ (entry).value),
            ),
        ).observe({ type: 'layout-shift', buffered: true });
      },
    });
    if (storage) await until(() => widget.badge.textContent(), '1');
    await widget.page.waitForLoadState('networkidle');
    assert.equal(await widget.launcher.getAttribute('aria-label'), storage ? 'Chat: 1' : 'Chat');
    const asked = widget.requests
      .filter(({ method }) => method !== 'OPTIONS')
      .map(({ url }) => url);
    const count = `${CHAT}/store/chat/messages/unread-count`;
    const look = `${CHAT}/chat/assets/version/look.js`;
    assert.deepEqual(
      asked.map((url) => url.replace(/assets\/[0-9a-f]{8}\//, 'assets/version/')),
      [`${CHAT}/chat/widget.js`, ...(who === 'an unknown person' ? [] : [look, count])],
    );
    assert.deepEqual(
      [
        await widget.context.cookies(),
        await widget.stored(),
        await widget.stored('sessionStorage'),
      ],
      [[], storage ?? {}, {}],
    );
    const shift = () =>
      widget.page.evaluate(() => /** @type {number} */ (/** @type {any} */ (window).shift));
    assert.equal(await shift(), 0);
    await widget.page.evaluate(() => (document.body.style.paddingTop = '200px'));
    await until(shift, (sum) => sum > 0);
  });
}

story(
  'the button is 2 kB, everything up to a sent message 13 kB; files are cached',
  async (world) => {
    const widget = await world.widget();
    await widget.open();
    await widget.say('Hello');
    const urls = widget.requests
      .map(({ url }) => url)
      .filter((url) => new URL(url).pathname.startsWith('/chat/'))
      // It follows a moment after the panel has opened, whether or not somebody writes.
      .filter((url) => !url.endsWith('/later.js'));
    assert.equal(urls.length, 2);
    const sizes = async (/** @type {string} */ encoding) => {
      const files = await Promise.all(urls.map((url) => raw(url, { 'accept-encoding': encoding })));
      for (const { headers } of files) assert.equal(headers['content-encoding'], encoding);
      const bytes = files.map((file) => file.bytes);
      console.log(
        `${encoding}: launcher ${bytes[0]}, panel ${bytes[1]}, sum ${bytes[0] + bytes[1]} bytes`,
      );
      return { bytes, files };
    };
    await sizes('br');
    const { bytes, files } = await sizes('gzip');
    assert.ok(bytes[0] <= 2_000 && bytes[0] + bytes[1] <= 13_000, `${bytes}`);
    assert.deepEqual(
      files.map(({ headers }) => headers['cache-control']),
      ['no-cache', 'public, max-age=31536000, immutable'],
    );
    const { etag = '' } = files[0].headers;
    assert.equal(
      (await raw(urls[0], { 'accept-encoding': 'gzip', 'if-none-match': etag })).status,
      304,
    );
    assert.equal(
      (await raw(urls[0], { 'accept-encoding': 'gzip', 'if-none-match': '"another"' })).status,
      200,
    );
  },
);

story('a story fails with each thing that its page does wrong', async (world) => {
  const { page } = await world.widget({ policy: STRICT });
  await page
    .evaluate(() => {
      alert('a dialog');
      document.body.append(
        Object.assign(document.createElement('script'), { textContent: 'inline' }),
        Object.assign(new Image(), { src: 'https://elsewhere.example/a.png' }),
      );
    })
    .catch(() => {});
  await page
    .evaluate(
      () =>
        void setTimeout(() =>
          document.body.append(
            Object.assign(new Image(), { src: 'https://elsewhere.example/a.png' }),
          ),
        ),
    )
    .catch(() => {});
  await page.evaluate(() => void setTimeout(() => (document.body.innerHTML = '<i>')));
  const wanted = [
    'dialog: a dialog',
    'another host: https://elsewhere.example',
    'policy: img-src',
    'policy: require-trusted-types-for',
    'page error: TypeError',
  ];
  await until(
    () => wanted.filter((text) => !world.complaints.some((one) => one.includes(text))),
    (missing) => (missing.length === 1 && missing[0] === wanted[1]) || !missing.length,
  );
  world.complaints.length = 0;
});

for (const [where, origin, policy] of [
  ['the chat’s own origin', CHAT, STRICT],
  ['another origin', SHOP, STRICT_ELSEWHERE],
]) {
  story(`a strict policy on ${where} is kept through a whole conversation`, async (world) => {
    const who = customer();
    const mias = await who.me.begin('user_mia');
    await who.me.begin();
    const widget = await world.widget({ origin, policy, attributes: { token: who.token } });
    await widget.open();
    await widget.say('See https://teapots.example');
    await widget.button(SAYS.all).click();
    await widget.list.getByText(SAYS.title).click();
    await mia.send(who.hash, 'Hello');
    await mia.send(mias, 'Hello');
    await widget.part('other').waitFor();
    await widget.say('Mine');
    await widget.message('Mine').hover();
    await widget.message('Mine').getByRole('button', { name: SAYS.remove }).click();
    await widget.message('Mine').getByRole('button', { name: SAYS.sure }).click();
    await widget.part('gone').waitFor();
    await widget.close();
  });
}

story('500 hostile messages are shown as their text', async (world) => {
  const who = customer();
  await who.me.begin();
  const hostile = payloads(500);
  const send = (/** @type {string} */ body, /** @type {number} */ index) =>
    (index % 2 ? who.me : mia).send(who.hash, body);
  for (const [index, body] of hostile.slice(0, 450).entries()) await send(body, index);
  const widget = await world.widget({ policy: STRICT, attributes: { token: who.token } });
  await widget.open();
  await widget.part('bubble').first().waitFor();
  for (const [index, body] of hostile.slice(450).entries()) await send(body, index);
  await until(async () => {
    await widget.part('log').evaluate((log) => (log.scrollTop = 0));
    return widget.part('bubble').count();
  }, 500);
  await widget.picture('hostile');
  assert.deepEqual(await widget.bubbles(), hostile);
  const wrong = await widget.page.evaluate(() => {
    const root = /** @type {ShadowRoot} */ (document.querySelector('live-chat')?.shadowRoot);
    const isText = (/** @type {Node} */ node) => node.nodeType === Node.TEXT_NODE;
    /** @param {Element} element @param {string[]} names */
    const hasOnly = (element, ...names) =>
      element.getAttributeNames().every((name) => names.includes(name));
    const isLink = (/** @type {any} */ node) =>
      node.localName === 'a' &&
      /^https?:\/\//i.test(node.getAttribute('href')) &&
      hasOnly(node, 'href', 'rel', 'target') &&
      [...node.childNodes].every(isText);
    const isPlain = (/** @type {Element} */ one) =>
      hasOnly(one, 'class', 'dir', 'part') &&
      [...one.childNodes].every((node) => isText(node) || isLink(node));
    return [...root.querySelectorAll('[part~=bubble], [aria-live=polite] > *')]
      .filter((one) => !isPlain(one))
      .map((one) => one.outerHTML.slice(0, 200));
  });
  assert.deepEqual(wrong, []);
});

story('hostile names are shown as their text', async (world) => {
  const names = payloads(36).map((one) => one.slice(0, 60).replace(/\s+/g, ' ').trim());
  // A person may have twenty conversations at most.
  for (const some of [names.slice(0, 18), names.slice(18)]) {
    const secret = await returningGuest();
    await guest(secret).ask('PUT', 'profile', { first_name: some[0], last_name: some[1] });
    for (const name of some) {
      const admin = staff(`user_${unique()}`);
      await admin.ask('PUT', 'profile', { first_name: name, last_name: 'Staff' });
      await admin.send(await guest(secret).begin(admin.id), 'Hello');
    }
    const widget = await world.widget({ policy: STRICT, storage: { 'live-chat:guest': secret } });
    await widget.open();
    await widget.button(SAYS.all).click();
    const listed = async () => (await widget.list.locator('[part=name]').allTextContents()).sort();
    await until(listed, [...some, SAYS.title].sort());
    await widget.list.getByText(some[0], { exact: true }).click();
    await until(() => widget.part('title').textContent(), some[0]);
    assert.equal(await widget.page.locator('[part=list] [part=name] *, [part=title] *').count(), 0);
  }
});

story(
  'a shop’s own proxy knows the customer by a cookie, and no token enters the page',
  async (world) => {
    const who = customer();
    serve('/proxy/', async (request, response) => {
      const id = /session=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
      const headers = { ...(id && { authorization: `Bearer ${token(id)}` }) };
      const body = (await text(request)) || undefined;
      const answer = await fetch(CHAT + request.url?.slice('/proxy'.length), {
        method: request.method,
        headers,
        body,
      });
      response
        .writeHead(answer.status, { 'content-type': 'application/json' })
        .end(await answer.text());
    });
    const policy = `default-src 'self'; script-src ${CHAT}; connect-src 'self' ${CHAT_WS}`;
    const widget = await world.widget({
      origin: SHOP,
      policy,
      attributes: { api: '/proxy', customer: '' },
      cookies: { session: who.id },
    });
    const credentials = new Set();
    widget.page.on('request', (request) =>
      credentials.add(
        request.headers().authorization ?? request.headers()['x-guest-id-for-live-chat'],
      ),
    );
    await widget.open();
    await widget.write('Through the proxy');
    await mia.sees(who.hash, ['Through the proxy']);
    await mia.send(who.hash, 'And back');
    await widget.shows(['Through the proxy', 'And back']);
    assert.deepEqual([[...credentials], await widget.stored()], [[undefined], {}]);
    assert.doesNotMatch(await widget.page.content(), /eyJ/);
  },
);

story(
  'on a phone the panel fills the screen above the keyboard; the page stays put',
  async (world) => {
    const who = customer();
    await who.me.begin();
    for (let i = 1; i <= 30; i++)
      await mia.send(
        who.hash,
        `Message ${i} of thirty, long enough for two lines of a small screen.`,
      );
    const widget = await world.widget({ device: PHONE, attributes: { token: who.token } });
    await widget.page.evaluate(() => scrollTo(0, 300));
    const behind = () =>
      widget.page.evaluate(() => [
        scrollY,
        document.documentElement.scrollWidth,
        document.querySelector('h1')?.getBoundingClientRect().y,
      ]);
    const before = await behind();
    await widget.launcher.tap();
    await widget.message('Message 30').waitFor();
    const box = () =>
      widget.panel.evaluate((panel) => {
        const { x, y, width, height } = panel.getBoundingClientRect();
        return { x, y, width, height };
      });
    await until(box, { x: 0, y: 0, width: 390, height: 844 });
    assert.ok(parseFloat(await widget.style(widget.input, 'font-size')) >= 16);
    await widget.picture('phone');
    const hidden = () =>
      widget.message('Message 30').evaluate((message) => {
        const inside = /** @type {HTMLElement} */ (
          message.closest('[part=log]')
        ).getBoundingClientRect();
        const { top, bottom } = message.getBoundingClientRect();
        return Math.max(0, inside.top - top, bottom - inside.bottom);
      });
    assert.equal(await hidden(), 0);
    await widget.page.evaluate(() => {
      const view = /** @type {VisualViewport} */ (visualViewport);
      for (const [name, value] of Object.entries({ height: 500, offsetTop: 20 }))
        Object.defineProperty(view, name, { configurable: true, get: () => value });
      view.dispatchEvent(new Event('resize'));
    });
    await until(box, { x: 0, y: 20, width: 390, height: 500 });
    await until(hidden, 0);
    await widget.picture('phone-keyboard');
    await widget.input.fill('One');
    await widget.input.press('Enter');
    assert.equal(await widget.input.inputValue(), 'One\n', 'a phone’s Enter begins a line');
    assert.deepEqual(await behind(), before);
    await widget.button(SAYS.send).tap();
    await widget.settled();
    await widget.button(SAYS.close).tap();
    await widget.panel.waitFor({ state: 'hidden' });
    assert.deepEqual(await behind(), before);
  },
);

story(
  'on a right-to-left page all is mirrored, but each message has its own direction',
  async (world) => {
    const who = customer();
    await who.me.begin();
    for (const said of ['Hello, in English.', 'مرحبا']) await mia.send(who.hash, said);
    const widget = await world.widget({
      lang: 'ar',
      dir: 'rtl',
      attributes: { token: who.token },
    });
    await widget.open();
    await widget.write('Mine');
    const middle = async (/** @type {import('playwright-core').Locator} */ of) =>
      of.evaluate((element) => {
        const { x, width } = element.getBoundingClientRect();
        return x + width / 2;
      });
    const [launcher, panel, own, other] = await Promise.all(
      [
        widget.launcher,
        widget.panel,
        widget.part('own').last().locator('[part~=bubble]'),
        widget.message('Hello').locator('[part~=bubble]'),
      ].map(middle),
    );
    await widget.picture('rtl');
    assert.ok(launcher < 640 && own < panel && panel < other, `${[launcher, own, panel, other]}`);
    const directions = await Promise.all(
      [widget.panel, widget.part('bubble', 'English'), widget.part('bubble', 'مرحبا')].map((of) =>
        widget.style(of, 'direction'),
      ),
    );
    assert.deepEqual(directions, ['rtl', 'ltr', 'rtl']);
  },
);

story('the panel speaks the page’s language, and loads no other', async (world) => {
  const { texts } = await import(new URL('de.js', TEXTS).href);
  const widget = await world.widget({ lang: 'de-AT' });
  await widget.open();
  await widget.picture('german');
  assert.deepEqual(
    [await widget.input.getAttribute('placeholder'), await widget.part('greeting').textContent()],
    [texts.placeholder, texts.greeting],
  );
  const loaded = widget.requests.map(({ path }) => path).filter((path) => path.includes('texts'));
  assert.deepEqual(
    loaded.map((path) => path.split('/').at(-1)),
    ['texts-de.js'],
  );
});

story('each language says everything that English says', async () => {
  assert.deepEqual(
    readdirSync(TEXTS).sort(),
    ['ar', 'de', 'es', 'fr', 'it', 'ja', 'nl', 'pl', 'pt'].map((lang) => `${lang}.js`),
  );
  for (const file of readdirSync(TEXTS)) {
    const { texts } = await import(new URL(file, TEXTS).href);
    const lang = file.slice(0, 2);
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(SAYS).sort(), file);
    assert.deepEqual([texts.lang, texts.dir], [lang, lang === 'ar' ? 'rtl' : 'ltr']);
    for (const [key, said] of Object.entries(SAYS))
      assert.deepEqual(texts[key].match(/{\w+}/g), said.match(/{\w+}/g), `${file} ${key}`);
  }
});

for (const [look, style, device] of /** @type {const} */ ([
  ['in light', '', {}],
  ['in the dark', DARK, {}],
  ['on a phone', '', PHONE],
])) {
  story(`axe finds no violations ${look}`, async (world) => {
    world.tolerate(/Failed to load resource.*400/);
    const who = customer();
    await who.me.begin();
    const mias = await who.me.begin('user_mia');
    const widget = await world.widget({
      style,
      device,
      attributes: { token: who.token, admin: 'admin' },
    });
    const check = async (/** @type {string} */ state) => {
      await widget.picture(`${look}-${state}`);
      await widget.page.evaluate(axe.source);
      const { violations } = await widget.page.evaluate(() =>
        /** @type {any} */ (window).axe.run(),
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
    await check('closed');
    await widget.open();
    await widget.panel.evaluate((panel) =>
      Promise.all(panel.getAnimations().map((animation) => animation.finished)),
    );
    await check('empty');
    await mia.send(mias, 'Hello from Mia');
    await widget.context.route('**/store/chat/messages/direct*', (route) =>
      route.request().postData()?.includes('Refused')
        ? route.fulfill({ status: 400, json: { type: 'invalid_data' } })
        : route.fallback(),
    );
    const send = async (/** @type {string} */ said) => {
      await widget.input.fill(said);
      await widget.button(SAYS.send).click();
      await widget.message(said).waitFor();
    };
    for (const said of ['Hello https://teapots.example', 'Refused', 'Taken back']) await send(said);
    await widget.settled();
    for (const { id, body } of await who.me.messages(who.hash))
      if (body === 'Taken back') await who.me.remove(id);
    await mia.send(who.hash, 'An answer');
    await widget.message('An answer').waitFor();
    await widget.part('failed').waitFor();
    await widget.part('gone').waitFor();
    await check('conversation');
    await widget.button(SAYS.all).click();
    await widget.list.waitFor();
    await check('list');
  });
}

story('nothing moves, with and without reduced motion', async (world) => {
  const moving = async (/** @type {'reduce' | 'no-preference'} */ reducedMotion) => {
    const widget = await world.widget({ device: { reducedMotion } });
    await widget.open();
    return widget.page
      .locator('live-chat')
      .evaluate(({ shadowRoot }) =>
        [...(shadowRoot?.querySelectorAll('*') ?? [])]
          .map((one) => getComputedStyle(one))
          .some(
            (style) => style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0,
          ),
      );
  };
  assert.deepEqual([await moving('no-preference'), await moving('reduce')], [false, false]);
});

story('the page sets the colours, the font, and dark or light', async (world) => {
  const look = async (/** @type {string} */ style) => {
    const widget = await world.widget({ style });
    await widget.open();
    return [
      await widget.style(widget.button(SAYS.send), 'background-color'),
      await widget.style(widget.input, 'font-family'),
      await widget.style(widget.panel, 'background-color'),
    ];
  };
  const [[, , light], [, , dark], own] = [
    await look(''),
    await look(DARK),
    await look('live-chat { --accent: rgb(200, 0, 80) } body { font-family: Teapot, serif }'),
  ];
  assert.deepEqual(own, ['rgb(200, 0, 80)', 'Teapot, serif', light]);
  assert.deepEqual([light, dark], ['rgb(255, 255, 255)', 'rgb(28, 28, 31)']);
});

story('a chat that is switched off leaves an empty script, and no button', async (world) => {
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
    assert.match(await (await fetch(`${off}/chat/widget.js`)).text(), /^\/\/.*\n$/);
    world.tolerate(new RegExp(`^another host: ${off}/chat/widget.js$`));
    const widget = await world.widget({ origin: SHOP, chat: off, isOff: true });
    await widget.page.waitForLoadState('networkidle');
    assert.deepEqual(
      widget.requests.map(({ url }) => url),
      [`${off}/chat/widget.js`],
    );
    assert.deepEqual(
      await widget.page.evaluate(() => [
        customElements.get('live-chat'),
        document.querySelector('live-chat')?.shadowRoot,
      ]),
      [undefined, null],
    );
  } finally {
    server.kill();
  }
});
