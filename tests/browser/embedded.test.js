// @ts-check
/** The inbox inside another page, such as Medusa's dashboard; and sessions that end. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  CHAT,
  INBOX_TOKEN,
  InboxPage,
  customer,
  gone,
  introduce,
  seen,
  staff,
  story,
  token,
  until,
} from './support.js';

const DASHBOARD = 'http://localhost:9000';
const LIGHT = 'rgb(250, 250, 250)';
const DARK = 'rgb(24, 24, 27)';
const DAY_MS = 86_400_000;

await introduce(staff());

/** @typedef {import('./support.js').World} World */

/** A font in which an i is as wide as an m; undefined if this machine has none. */
function fontFile() {
  const query = ['-f', '%{file}', 'monospace:lang=en'];
  const { stdout } = spawnSync('fc-match', query, { encoding: 'utf8' });
  return /mono.*\.[to]tf$/i.test(stdout ?? '') ? readFileSync(stdout) : undefined;
}

/** @param {string} text Of a message from a new customer to the shop. */
async function newCustomer(text) {
  const member = customer();
  await member.me.begin();
  await member.me.send(member.hash, text);
  return member;
}

/** A page that stands in for the dashboard: it hands over what `answer` says. */
class Dashboard {
  /** @type {any[]} What the inbox has sent. */
  received = [];
  /** What the page responds with to `ready` and `expired`; null: nothing. @type {object | null} */
  answer;

  /** @param {import('playwright-core').Page} page @param {object | null} answer */
  constructor(page, answer) {
    this.page = page;
    this.answer = answer;
    this.desk = new InboxPage(page, page.frameLocator('[title=Inbox]'));
    this.root = this.desk.inbox.locator('html');
  }

  /**
   * @param {World} world
   * @param {object | null} answer
   * @param {{ hash?: string, origin?: string, before?: () => void,
   *   device?: import('playwright-core').BrowserContextOptions }} [options]
   */
  static async at(world, answer, { hash = '', origin = DASHBOARD, before, device } = {}) {
    world.tolerate(new RegExp(`^another host: ${origin}/`));
    const context = await world.browser(device);
    if (before) await context.addInitScript(before);
    const src = `${CHAT}/app/chat?embed=1${hash && `#${encodeURIComponent(hash)}`}`;
    const body = `<!doctype html><link rel="icon" href="data:,"><style>body{margin:0}</style>
      <iframe title="Inbox" src="${src}" width="1000" height="600"></iframe>
      <script>addEventListener('message', async ({ source, origin, data }) => {
        const answer = await hear(origin, data);
        if (answer) source.postMessage(answer, '${CHAT}');
      })</script>`;
    await context.route(`${origin}/app/orders`, (route) =>
      route.fulfill({ contentType: 'text/html', body }),
    );
    const page = await context.newPage();
    const dashboard = new Dashboard(page, answer);
    await page.exposeFunction('hear', (/** @type {string} */ origin, /** @type {any} */ data) => {
      assert.equal(origin, CHAT);
      dashboard.received.push(data);
      return /ready|expired/.test(data.type) ? dashboard.answer : null;
    });
    await page.goto(`${origin}/app/orders`);
    return dashboard;
  }

  /** @param {object} message */
  post = (message) =>
    this.page.evaluate(
      ([data, to]) => window.frames[0].postMessage(data, /** @type {any} */ (to)),
      [message, CHAT],
    );
  types = () => this.received.map(({ type }) => type);
  /** @param {string} type */
  last = (type) => this.received.findLast((message) => message.type === type);
  background = () => this.root.evaluate((html) => getComputedStyle(html).backgroundColor);
}

/** @param {object} [more] @param {number} [life] Of the token, in seconds. */
const handover = (more, life) => ({
  type: 'live-chat:token',
  token: token('user_mia', 'user', life),
  ...more,
});

story(
  'the inbox has the theme of the page around it, and the system’s without one',
  async (world) => {
    const dashboard = await Dashboard.at(world, handover({ scheme: 'dark', language: 'en' }), {
      device: { colorScheme: 'light' },
    });
    await seen(dashboard.desk.rows.first());
    await until(dashboard.background, DARK);
    await dashboard.desk.picture('dashboard dark');
    await dashboard.post({ type: 'live-chat:appearance', scheme: 'light' });
    await until(dashboard.background, LIGHT);
    await dashboard.post({ type: 'live-chat:appearance', scheme: 'purple' });
    await dashboard.page.emulateMedia({ colorScheme: 'dark' });
    await until(dashboard.background, DARK);
    // Only the page around the inbox has a say.
    await dashboard.root.evaluate(() =>
      window.postMessage({ type: 'live-chat:appearance', scheme: 'light' }, '*'),
    );
    await dashboard.post({ type: 'other:appearance', scheme: 'light' });
    assert.equal(await dashboard.background(), DARK);

    const plain = await Dashboard.at(world, handover(), { device: { colorScheme: 'dark' } });
    await seen(plain.desk.rows.first());
    assert.equal(await plain.background(), DARK);
    assert.deepEqual(plain.types(), ['live-chat:ready']);
  },
);

story('the inbox has the font of the page around it, which hands it over', async (world) => {
  world.tolerate(/OTS parsing error/);
  const dashboard = await Dashboard.at(world, handover());
  await seen(dashboard.desk.rows.first());
  const family = () => dashboard.root.evaluate((html) => getComputedStyle(html).fontFamily);
  const width = () =>
    dashboard.root.evaluate((html) => {
      const text = document.createElement('span');
      text.textContent = 'iiiiiiiiii';
      text.style.position = 'absolute';
      html.append(text);
      const pixels = text.getBoundingClientRect().width;
      text.remove();
      return pixels;
    });
  const [before, narrow] = [await family(), await width()];
  for (const font of ['Arial', null, { family: 7, faces: [] }, { family: 'Arial' }])
    await dashboard.post({ type: 'live-chat:appearance', font });
  assert.equal(await family(), before);
  // What is no font leaves the next family of the list.
  await dashboard.page.evaluate((to) => {
    const faces = [{ data: new ArrayBuffer(8) }, { data: 'no data' }];
    const font = { family: 'Shop "Sans"', faces };
    window.frames[0].postMessage({ type: 'live-chat:appearance', font }, to);
  }, /** @type {any} */ (CHAT));
  await until(family, (now) => now.startsWith('"Shop \\"Sans\\""'));
  const file = fontFile();
  if (!file) return;
  await dashboard.page.evaluate(
    ([base64, to]) => {
      const data = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0)).buffer;
      const font = { family: 'Dashboard Sans', faces: [{ weight: '400', style: 'normal', data }] };
      window.frames[0].postMessage({ type: 'live-chat:appearance', font }, /** @type {any} */ (to));
    },
    [file.toString('base64'), CHAT],
  );
  await until(width, (now) => now > 1.5 * narrow);
});

story('a new language of the page around keeps what is being written', async (world) => {
  const { hash } = await newCustomer('Do you ship to Crete?');
  const dashboard = await Dashboard.at(world, handover({ language: 'en' }), {
    hash,
    origin: CHAT,
  });
  const input = dashboard.desk.inbox.locator('textarea').last();
  const loads = () => dashboard.types().filter((type) => type === 'live-chat:ready').length;
  await input.fill('Yes, by boat');
  await until(
    () => dashboard.root.evaluate(() => JSON.stringify({ ...sessionStorage })),
    (kept) => kept.includes('Yes, by boat'),
  );
  // These are not other languages.
  for (const language of ['en-US', 'not a language', 7, null])
    await dashboard.post({ type: 'live-chat:appearance', language });
  assert.equal(loads(), 1);
  dashboard.answer = handover({ language: 'de' });
  await dashboard.post({ type: 'live-chat:appearance', language: 'de' });
  await until(loads, 2);
  await until(() => dashboard.root.getAttribute('lang'), 'de');
  await seen(dashboard.desk.inbox.getByRole('listbox', { name: 'Unterhaltungen' }));
  await until(() => input.inputValue(), 'Yes, by boat');
  assert.equal(loads(), 2);
});

story('the page around learns what is open and unread, and opens a conversation', async (world) => {
  const [ada, bob] = [await newCustomer('First'), await newCustomer('Second')];
  const dashboard = await Dashboard.at(world, handover({ scheme: 'light' }), { hash: ada.hash });
  await seen(dashboard.desk.message('First'));
  await until(() => dashboard.last('live-chat:opened')?.hash, ada.hash);
  await dashboard.post({ type: 'live-chat:open', hash: bob.hash });
  await seen(dashboard.desk.message('Second'));
  await until(() => dashboard.last('live-chat:opened')?.hash, bob.hash);
  await dashboard.post({ type: 'live-chat:open', hash: '' });
  await until(() => dashboard.last('live-chat:opened')?.hash, '');
  const unread = async () =>
    (await staff().ask('GET', 'messages/unread-count')).unread_count ===
    dashboard.last('live-chat:unread')?.count;
  await until(unread, true);
  const { count } = dashboard.last('live-chat:unread');
  await ada.me.send(ada.hash, 'Third');
  await until(() => dashboard.last('live-chat:unread').count > count, true);
  await until(unread, true);
});

for (const [name, shift] of /** @type {const} */ ([
  ['fast', DAY_MS + 3_600_000],
  ['slow', -DAY_MS - 3_600_000],
])) {
  story(`a computer whose clock is ${name} keeps its session`, async (world) => {
    const before = `const real = Date; const ahead = ${shift};
      globalThis.Date = class extends real {
        constructor(...given) { super(...(given.length ? given : [real.now() + ahead])); }
        static now() { return real.now() + ahead; }
      };`;
    const context = await world.browser();
    await context.addInitScript(before);
    const desk = await InboxPage.at(world, { context });
    await seen(desk.rows.first());
    assert.equal(await desk.signIn.count(), 0);

    const dashboard = await Dashboard.at(world, handover(), {
      before: /** @type {any} */ ({ content: before }),
    });
    await seen(dashboard.desk.rows.first());
    assert.equal(await dashboard.desk.signIn.count(), 0);
  });

  story(`a token is renewed before it ends, with a clock that is ${name}`, async (world) => {
    const before = `const now = Date.now; Date.now = () => now() + ${shift};`;
    const dashboard = await Dashboard.at(world, handover({}, 25), {
      origin: CHAT,
      before: /** @type {any} */ ({ content: before }),
    });
    await seen(dashboard.desk.rows.first());
    dashboard.answer = handover();
    await until(() => dashboard.types().length, 2);
    const kept = () =>
      dashboard.root.evaluate((_, key) => sessionStorage.getItem(key), INBOX_TOKEN);
    await until(kept, JSON.stringify(/** @type {any} */ (dashboard.answer).token));
    assert.deepEqual(dashboard.types(), ['live-chat:ready', 'live-chat:ready']);
    assert.equal(await dashboard.desk.signIn.count(), 0);
  });
}

story('a session that ends is noticed at once, without a message', async (world) => {
  world.tolerate(/Failed to load resource.*401/);
  const desk = await InboxPage.at(world, { isSignedOut: true });
  await desk.text('Use a token instead').click();
  await desk.signIn.getByLabel('Token of a Medusa user').fill(token('user_mia', 'user', 6));
  await desk.signIn.locator('details').getByRole('button', { name: 'Sign in' }).click();
  await seen(desk.rows.first());
  await seen(desk.signIn.getByText('Your session has expired.'));
});

story('who is logged out of Medusa logs in again, and goes on without a reload', async (world) => {
  world.tolerate(/Failed to load resource.*401/);
  const { hash } = await newCustomer('Are you there?');
  const dashboard = await Dashboard.at(world, handover({ scheme: 'light' }), { hash });
  const { desk } = dashboard;
  await seen(desk.input);
  await desk.input.fill('Almost');
  const url = `${DASHBOARD}/app/login`;
  await dashboard.post({ type: 'live-chat:signed-out', url });
  await seen(desk.signIn.getByText('You are logged out of Medusa.'));
  const link = desk.signIn.getByRole('link', { name: 'Log in to Medusa' });
  assert.equal(await link.getAttribute('href'), url);
  await desk.picture('dashboard logged out');
  await dashboard.post({ type: 'live-chat:signed-out', url });
  await dashboard.post(handover());
  await gone(desk.signIn);
  await until(() => desk.input.inputValue(), 'Almost');
  await desk.say('Almost there.');
  assert.equal(dashboard.types().filter((type) => type === 'live-chat:ready').length, 1);
  // A link to another site is none.
  for (const elsewhere of ['https://evil.example/app/login', 'javascript:alert(1)', 7, '//a b']) {
    await dashboard.post({ type: 'live-chat:signed-out', url: elsewhere });
    await seen(desk.signIn.getByText('You are logged out of Medusa.'));
    for (const href of await desk.signIn
      .getByRole('link')
      .evaluateAll((all) => all.map((one) => /** @type {HTMLAnchorElement} */ (one).href)))
      assert.equal(new URL(href).origin, DASHBOARD);
    await dashboard.post(handover());
    await gone(desk.signIn);
  }
});

story('a sign-in that fails on the way to Medusa says what to set', async (world) => {
  world.tolerate(/Failed to load resource/);
  const desk = await InboxPage.at(world, { isSignedOut: true });
  const problem = desk.signIn.getByRole('alert');
  const answers = { login: /** @type {any} */ (null), health: /** @type {any} */ (null) };
  for (const [path, name] of /** @type {const} */ ([
    ['**/auth/user/emailpass', 'login'],
    ['**/health', 'health'],
  ]))
    await desk.page.route(path, (route) =>
      answers[name] ? route.fulfill(answers[name]) : route.abort('failed'),
    );
  await desk.logIn('teapot');
  await seen(problem.getByText('cannot be reached'), problem.getByText('MEDUSA_URL'));
  answers.health = { body: 'OK' };
  await desk.logIn('teapot');
  await seen(problem.getByText(`Its AUTH_CORS must name ${CHAT}.`));
  answers.login = { status: 404, contentType: 'text/html', body: '<h1>Not found</h1>' };
  await desk.logIn('teapot');
  await seen(problem.getByText('There is no Medusa at'), problem.getByText('MEDUSA_URL'));
  answers.login = { status: 200, contentType: 'text/html', body: '<h1>Our shop</h1>' };
  await desk.logIn('teapot');
  await seen(problem.getByText('(status 200)'));
  answers.login = { status: 503, json: { message: 'Maintenance' } };
  await desk.logIn('teapot');
  await seen(problem.getByText('status 503'));
});

story('a file dropped on the inbox inside the dashboard leaves no page', async (world) => {
  const member = await newCustomer('Hello');
  const { desk, page } = await Dashboard.at(world, handover(), { hash: member.hash });
  await seen(desk.input);
  const urls = () => [desk.context.pages().length, ...page.frames().map((frame) => frame.url())];
  const before = urls();
  const session = await desk.context.newCDPSession(page);
  const data = { items: [], files: [fileURLToPath(import.meta.url)], dragOperationsMask: 1 };
  for (const place of [desk.list, desk.log, desk.input, desk.inbox.locator('.side-head')]) {
    const { x = 0, y = 0, width = 0, height = 0 } = (await place.boundingBox()) ?? {};
    const at = { x: x + width / 2, y: y + height / 2 };
    for (const type of /** @type {const} */ (['dragEnter', 'dragOver', 'drop']))
      await session.send('Input.dispatchDragEvent', { type, ...at, data });
  }
  await desk.say('Still here');
  assert.deepEqual(urls(), before);
});
