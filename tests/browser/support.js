// @ts-check
/**
 * The parts of the browser tests: a real Chromium, shops with the widget, the inbox, and callers of
 * the API.
 *
 * A test fails with any complaint of its pages: errors, warnings, violations of their policy,
 * dialogs, requests to other hosts.
 */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { chromium } from 'playwright-core';
import { LATER_ENGLISH } from '../../web/widget/later-texts.js';
import { textsFor } from '../../web/widget/texts.js';

/** What the panel says in English. */
export const SAYS = {
  ...LATER_ENGLISH,
  ...(await textsFor({ language: () => 'en', load: async () => {} })),
};
/** The chat under test: `local --memory --demo`, with limits that no test reaches. */
export const CHAT = required('CHAT_URL').replace(/\/$/, '');
export const CHAT_WS = CHAT.replace(/^http/, 'ws');
/** A shop on another origin: one of those that the local server allows. */
export const SHOP = 'http://localhost:8000';
/** The strictest policy of a page on the chat's own origin. */
export const STRICT =
  "default-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";
/** The strictest policy of a page on another origin. */
export const STRICT_ELSEWHERE = [
  "default-src 'self'",
  `script-src 'self' ${CHAT}`,
  `connect-src ${CHAT} ${CHAT_WS}`,
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const PICTURES =
  process.env.SCREENSHOTS ?? fileURLToPath(new URL('../../target/screenshots/', import.meta.url));
const FLAGS = [
  'no-sandbox',
  'disable-gpu',
  'disable-quic',
  'no-first-run',
  'disable-background-networking',
  'disable-component-update',
  'disable-sync',
];
/** Ends a wait that would never end. No result depends on it. */
const PATIENCE_MS = 120_000;
/** Ends a test that hangs. */
const STORY_LIMIT_MS = 900_000;
const DAY_S = 86_400;
const JWT_SECRET = 'supersecret';
/**
 * The status of a request whose tries took too long. It happens on a busy machine, and is asked
 * again.
 */
const BUSY = 503;

/**
 * @typedef {(request: import('node:http').IncomingMessage, response:
 * import('node:http').ServerResponse) => unknown} Answer
 */
/**
 * The responses of the shop on the other origin, by path. A path that ends in `/` covers all paths
 * below it.
 * @type {Map<string, Answer>}
 */
const answers = new Map();
const shop = createServer((request, response) => {
  const path = request.url ?? '';
  const answer =
    answers.get(path) ??
    [...answers].find(([known]) => known.endsWith('/') && path.startsWith(known))?.[1];
  if (answer) answer(request, response);
  else response.writeHead(404).end();
});
await new Promise((ready) => shop.listen(0, '127.0.0.1', () => ready(undefined)));
const { port } = /** @type {import('node:net').AddressInfo} */ (shop.address());

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    ...FLAGS.map((flag) => `--${flag}`),
    `--host-resolver-rules=MAP localhost:8000 127.0.0.1:${port}`,
  ],
});
after(async () => {
  await browser.close();
  shop.closeAllConnections();
  shop.close();
});

/**
 * A test with browsers of its own.
 * @param {string} name
 * @param {(world: World) => Promise<void>} run
 */
export function story(name, run) {
  test(name, { timeout: STORY_LIMIT_MS }, async () => {
    const world = new World();
    try {
      await run(world);
    } catch (error) {
      await Promise.all(
        world
          .pages()
          .map((page, index) => picture(page, `failed ${name} ${index}`).catch(() => {})),
      );
      const complaints = world.complaints.length
        ? `\nThe pages complained: ${world.complaints.join('\n')}`
        : '';
      throw Object.assign(/** @type {Error} */ (error), {
        message: `${/** @type {Error} */ (error).message}${complaints}`,
      });
    } finally {
      await world.end();
    }
    assert.deepEqual(world.complaints, [], 'the pages complained');
  });
}

/**
 * @typedef {object} Visit
 * @property {Record<string, string>} [attributes] Of the element `<live-chat>`.
 * @property {string} [origin] `CHAT` or `SHOP`.
 * @property {string} [policy] The page's Content-Security-Policy.
 * @property {string} [lang] @property {string} [dir] Of the page.
 * @property {string} [style] Of the page.
 * @property {Record<string, string>} [storage] What `localStorage` holds from an earlier visit.
 * @property {Record<string, string>} [cookies] Of the page.
 * @property {string} [chat] The origin that the page loads the widget from.
 * @property {boolean} [isOff] Whether the chat is switched off: no button to wait for.
 * @property {() => void} [before] Runs in the page before its own scripts.
 * @property {import('playwright-core').BrowserContextOptions} [device]
 */

export class World {
  /** @type {string[]} */
  complaints = [];
  /** @type {import('playwright-core').BrowserContext[]} */
  #contexts = [];
  /** @type {RegExp[]} */
  #tolerated = [];

  /** Allows complaints that belong to this test. @param {RegExp} complaint */
  tolerate(complaint) {
    this.#tolerated.push(complaint);
  }

  /**
   * A new browser profile.
   * @param {import('playwright-core').BrowserContextOptions} [options]
   */
  async browser(options) {
    const context = await browser.newContext({
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      ...options,
    });
    this.#contexts.push(context);
    context.setDefaultTimeout(PATIENCE_MS);
    // A page that a test serves has no address, so it needs permission to connect to this machine.
    await context.grantPermissions(['local-network-access']);
    /** @param {string} text */
    const complain = (text) =>
      /favicon\.ico$/.test(text) ||
      text.includes(`the server responded with a status of ${BUSY} `) ||
      this.#tolerated.some((complaint) => complaint.test(text)) ||
      this.complaints.push(text);
    /** @param {string} url */
    const visited = (url) =>
      /^(data|blob):/.test(url) ||
      [CHAT, SHOP, CHAT_WS].includes(new URL(url).origin) ||
      complain(`another host: ${url}`);
    context.on('weberror', (error) =>
      complain(`page error: ${error.error().stack ?? error.error()}`),
    );
    context.on(
      'console',
      (entry) =>
        ['error', 'warning', 'assert'].includes(entry.type()) &&
        complain(`console: ${entry.text()} ${entry.location().url}`),
    );
    context.on('request', (request) => visited(request.url()));
    context.on('page', (page) => {
      page.on('websocket', (socket) => visited(socket.url()));
      page.on('crash', () => complain('crash'));
      page.on('dialog', (dialog) => {
        complain(`dialog: ${dialog.message()}`);
        dialog.dismiss().catch(() => {});
      });
    });
    // What disappears after 4 s ("Sure?") or 6 s (typing, a toast) stays long enough to be found on
    // a slow machine.
    await context.addInitScript(() => {
      const later = window.setTimeout;
      /** @type {any} */ (window).setTimeout = (
        /** @type {any} */ run,
        /** @type {number} */ ms,
        /** @type {any[]} */ ...given
      ) => later(run, ms === 4_000 || ms === 6_000 ? 20 * ms : ms, ...given);
    });
    await context.addInitScript(() => {
      document.addEventListener(
        'securitypolicyviolation',
        ({ violatedDirective, blockedURI, sample }) =>
          console.error(`policy: ${violatedDirective} ${blockedURI} ${sample}`),
      );
    });
    return context;
  }

  /** Opens a page with the widget. @param {Visit} [visit] */
  async widget({ origin = CHAT, storage = {}, cookies = {}, before, device, isOff, ...page } = {}) {
    const pairs = (/** @type {Record<string, string>} */ given) =>
      Object.entries(given).map(([name, value]) => ({ name, value }));
    const context = await this.browser({
      ...device,
      storageState: { cookies: [], origins: [{ origin, localStorage: pairs(storage) }] },
    });
    await context.addCookies(pairs(cookies).map((cookie) => ({ ...cookie, url: origin })));
    if (before) await context.addInitScript(before);
    const path = `/shop-${unique()}`;
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      ...(page.policy && { 'content-security-policy': page.policy }),
    };
    const body = hostPage(page);
    if (origin === CHAT)
      await context.route(CHAT + path, (route) => route.fulfill({ headers, body }));
    else answers.set(path, (_, response) => response.writeHead(200, headers).end(body));
    return WidgetPage.at(context, origin + path, !isOff);
  }

  /**
   * Opens a socket of an admin, in a page of its own.
   * @param {string} id
   * @returns {Promise<(frame: object) => Promise<void>>} A function that sends a frame.
   */
  async socket(id) {
    const given = await staff(id).ask('POST', 'realtime/ticket');
    const page = await (await this.browser()).newPage();
    await page.goto(`${CHAT}/health`);
    await page.evaluate(({ url, ticket }) => {
      const socket = new WebSocket(url, ['chat.v1', `t.${ticket}`]);
      Object.assign(window, { socket });
      return new Promise((open) => (socket.onopen = () => open(undefined)));
    }, given);
    return (frame) =>
      page.evaluate((text) => /** @type {any} */ (window).socket.send(text), JSON.stringify(frame));
  }

  pages() {
    return this.#contexts.flatMap((context) => context.pages());
  }

  async end() {
    await Promise.all(this.#contexts.map((context) => context.close()));
  }
}

/** What a shop without settings says. */
const AVAILABILITY = {
  open: true,
  next_open_at: null,
  online: false,
  reply_time: null,
  greeting: {},
  quick_replies: {},
  ask_email: 'away',
  staff: [],
};

/**
 * A page with the widget of a shop that says this: whether it is open, for example. Stories share
 * one shop, so none of them changes its settings for the others.
 * @param {World} world @param {object} availability @param {Visit} [visit]
 */
export async function widgetWith(world, availability, visit) {
  const widget = await world.widget(visit);
  await widget.context.route('**/store/chat/availability', (route) =>
    route.fulfill({ json: { availability: { ...AVAILABILITY, ...availability } } }),
  );
  return widget;
}

/** A page with the widget. Selectors reach into its shadow root. */
export class WidgetPage {
  /** @type {{ method: string, path: string, url: string }[]} All but the page itself. */
  requests = [];

  /** @param {import('playwright-core').Page} page */
  constructor(page) {
    this.page = page;
    this.context = page.context();
    this.launcher = this.part('launcher');
    this.badge = this.part('badge');
    this.panel = this.part('panel');
    this.input = this.part('input');
    this.notice = this.part('notice');
    this.list = this.part('list');
    page.on('request', (request) => {
      const url = request.url();
      if (!request.isNavigationRequest())
        this.requests.push({ method: request.method(), path: new URL(url).pathname, url });
    });
  }

  /**
   * @param {import('playwright-core').BrowserContext} context
   * @param {string} url
   * @param {boolean} [isOn] Whether to wait for the button.
   */
  static async at(context, url, isOn = true) {
    const widget = new WidgetPage(await context.newPage());
    await widget.page.goto(url);
    if (isOn) await widget.launcher.waitFor();
    return widget;
  }

  /** Opens the same page in another tab of the same browser. */
  anotherTab = () => WidgetPage.at(this.context, this.page.url());

  /** @param {string} part @param {string} [hasText] */
  part = (part, hasText) => this.page.locator(`[part~=${part}]`).filter({ hasText });
  message = (/** @type {string} */ text) => this.part('message', text);
  button = (/** @type {string} */ name) => this.panel.getByRole('button', { name, exact: true });

  async open() {
    await this.launcher.click();
    await this.panel.waitFor();
  }

  async close() {
    await this.button(SAYS.close).click();
    await this.panel.waitFor({ state: 'hidden' });
  }

  /** Sends a message. @param {string} text */
  async write(text) {
    await this.input.fill(text);
    await this.input.press('Enter');
    await this.message(text).last().waitFor();
  }

  /** Sends a message, and waits until the server has it. @param {string} text */
  async say(text) {
    await this.write(text);
    await this.settled();
  }

  /** Waits until no message is pending. */
  settled = () => until(() => this.part('pending').count(), 0);
  /** The texts of the conversation, in order. */
  bubbles = () => this.part('bubble').allTextContents();
  /** Waits until the conversation has exactly these texts. @param {string[]} texts */
  shows = (texts) => until(() => this.bubbles(), texts);

  /**
   * Calls a method of the element.
   * @param {'open' | 'close' | 'identify' | 'logout'} method
   * @param {any[]} values
   */
  call(method, ...values) {
    return this.page.evaluate(
      ([name, args]) => /** @type {any} */ (document.querySelector('live-chat'))[name](...args),
      /** @type {const} */ ([method, values]),
    );
  }

  /**
   * Collects the element's events from now on.
   * @param {string} name
   * @returns {Promise<() => Promise<any[]>>} A function that returns their details.
   */
  async events(name) {
    await this.page.evaluate((type) => {
      const kept = /** @type {any} */ ((window.kept ??= {})[type] = /** @type {any[]} */ ([]));
      document.addEventListener(type, (event) =>
        kept.push(/** @type {CustomEvent} */ (event).detail),
      );
    }, name);
    return () => this.page.evaluate((type) => /** @type {any} */ (window).kept[type], name);
  }

  /**
   * @param {'localStorage' | 'sessionStorage'} [where]
   * @returns {Promise<Record<string, string>>}
   */
  stored = (where = 'localStorage') => this.page.evaluate((name) => ({ ...window[name] }), where);
  /** Waits for the guest's secret. @returns {Promise<string>} */
  secret = () =>
    until(
      async () => (await this.stored())['live-chat:guest'],
      (secret) => Boolean(secret),
    );

  /** The hash of the guest's only conversation. @returns {Promise<string>} */
  async guestHash() {
    const me = guest(await this.secret());
    const { channels } = await until(
      () => me.ask('GET', 'channels'),
      (answer) => answer.count > 0,
    );
    assert.equal(channels.length, 1);
    return channels[0].channel_hash;
  }

  /** The focused element: its part, or its text. */
  focus() {
    return this.page.evaluate(() => {
      let at = document.activeElement;
      while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
      return at?.getAttribute('part') || at?.textContent || at?.localName;
    });
  }

  /**
   * @param {import('playwright-core').Locator} of
   * @param {string} name
   * @returns {Promise<string>}
   */
  style = (of, name) =>
    of.evaluate((element, property) => getComputedStyle(element).getPropertyValue(property), name);
  picture = (/** @type {string} */ name) => picture(this.page, name);
}

/** A caller of the API. */
class Caller {
  /**
   * @param {'store' | 'admin'} scope
   * @param {Record<string, string>} headers
   * @param {string} [id]
   */
  constructor(scope, headers, id = '') {
    this.id = id;
    this.scope = scope;
    this.headers = headers;
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async ask(method, path, body) {
    for (const end = Date.now() + PATIENCE_MS; ; await pause(100)) {
      const response = await fetch(`${CHAT}/${this.scope}/chat/${path}`, {
        method,
        headers: this.headers,
        body: body && JSON.stringify(body),
      });
      const answer = await response.json();
      if (response.status === BUSY && Date.now() < end) continue;
      assert.equal(response.status, 200, `${method} ${path}: ${JSON.stringify(answer)}`);
      return answer;
    }
  }

  /** @param {string} hash @param {string} body */
  send = async (hash, body) =>
    (await this.ask('POST', `messages/${hash}`, { body, client_message_id: unique() })).message;
  /** @param {string} id @param {string} body */
  edit = (id, body) => this.ask('PUT', `messages/id/${id}`, { body });
  /** @param {string} id */
  remove = (id) => this.ask('DELETE', `messages/id/${id}`);
  /** @param {string} hash */
  read = (hash) => this.ask('PUT', `channels/${hash}/read`, {});
  /** @param {string} hash @returns {Promise<any[]>} */
  messages = async (hash) => (await this.ask('GET', `messages/${hash}?limit=100`)).messages;
  /** Waits until exactly these texts are stored. @param {string} hash @param {string[]} texts */
  sees = (hash, texts) =>
    until(async () => (await this.messages(hash)).map(({ body }) => body), texts);
  /** Opens a conversation. @param {string} [admin_id] @returns {Promise<string>} Its hash. */
  begin = async (admin_id) =>
    (await this.ask('POST', 'channels', { admin_id })).channel.channel_hash;
}

export const anonymous = new Caller('store', {});
/** @param {string} [id] */
export const staff = (id = 'user_mia') => new Caller('admin', bearer(token(id, 'user')), id);
/** @param {string} secret */
export const guest = (secret) => new Caller('store', { 'x-guest-id-for-live-chat': secret });

/** Waits until the directory knows the names of these admins. @param {Caller[]} admins */
export async function introduce(...admins) {
  for (const admin of admins) await admin.ask('PUT', 'profile', {});
  const isKnown = (/** @type {any[]} */ known) =>
    admins.every(({ id }) => known.some((one) => one.id === id && one.first_name));
  await until(async () => (await admins[0].ask('GET', 'staff')).staff, isKnown);
}

/** A new customer, and the hash that their conversation with the shop will have. */
export function customer() {
  const id = `cus_${unique()}`;
  return {
    id,
    token: token(id),
    me: new Caller('store', bearer(token(id)), id),
    hash: `direct:admin:${id}`,
  };
}

/**
 * A token as Medusa signs it.
 * @param {string} id
 * @param {'customer' | 'user'} [kind]
 * @param {number} [life] In seconds from now.
 */
export function token(id, kind = 'customer', life = DAY_S) {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    actor_id: id,
    actor_type: kind,
    auth_identity_id: `authid_${id}`,
    app_metadata: {},
    user_metadata: {},
    iat: now - 60,
    exp: now + life,
  };
  const text = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${createHmac('sha256', JWT_SECRET).update(text).digest('base64url')}`;
}

/**
 * Sets the responses of the shop on the other origin below a path.
 * @param {string} path Ends in `/`.
 * @param {Answer} answer
 */
export function serve(path, answer) {
  answers.set(path, answer);
}

/**
 * Polls a value until it equals `wanted` or passes that check; fails after two minutes.
 * @template T
 * @param {() => T | Promise<T>} read
 * @param {T | ((value: T) => boolean)} wanted The value, or a check of it.
 * @returns {Promise<T>}
 */
export async function until(read, wanted) {
  const isSo =
    typeof wanted === 'function'
      ? /** @type {(value: T) => boolean} */ (wanted)
      : (/** @type {T} */ value) => isDeepStrictEqual(value, wanted);
  for (const end = Date.now() + PATIENCE_MS; ; await pause(25)) {
    const value = await read();
    if (isSo(value)) return value;
    if (Date.now() < end) continue;
    if (typeof wanted !== 'function') assert.deepEqual(value, wanted);
    assert.fail(`never so: ${wanted}, but ${JSON.stringify(value)}`);
  }
}

let count = 0;
/** A name that is new in this run and in others on the same server. */
export const unique = () => `${process.pid.toString(36)}${Date.now().toString(36)}${count++}`;

/** @param {string} name Of a variable without which the tests fail: none is skipped silently. */
export function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`Set ${name}: these tests need it`);
  return value;
}

/** @param {string} jwt */
const bearer = (jwt) => ({ authorization: `Bearer ${jwt}` });

/** @param {import('playwright-core').Page} page @param {string} name */
async function picture(page, name) {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}/${name.replace(/[^\w]+/g, '-').slice(0, 80)}.png` });
}

const PARAGRAPH = '<p>Stoneware, thrown by hand. Poured without a drip.</p>';

/** @param {Visit} page */
function hostPage({ attributes = {}, lang = 'en', dir = 'ltr', style = '', chat = CHAT }) {
  const given = Object.entries(attributes).map(
    ([name, value]) => ` ${name}="${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`,
  );
  return `<!doctype html>
<html lang="${lang}" dir="${dir}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A shop</title>
${style && `<style>${style}</style>`}
<script type="module" src="${chat}/chat/widget.js"></script>
<body>
<main><h1>Teapots</h1>${PARAGRAPH.repeat(40)}</main>
<live-chat${given.join('')}></live-chat>
</body>
</html>`;
}

/** The key of the inbox's token in `sessionStorage`. */
export const INBOX_TOKEN = 'chat-inbox:token';

/**
 * @typedef {object} Desk
 * @property {string} [id] Of the admin.
 * @property {string} [hash] Of the conversation that is opened first.
 * @property {boolean} [isSignedOut]
 * @property {() => void} [before] Runs in the page before its own scripts.
 * @property {string} [chat] The origin of the inbox.
 * @property {import('playwright-core').BrowserContext} [context] An existing browser profile.
 * @property {import('playwright-core').BrowserContextOptions} [device]
 */

/** A page with the inbox. */
export class InboxPage {
  /** @type {string[]} All URLs that were requested. */
  urls = [];
  /** @type {string[]} All frames that its sockets sent. */
  frames = [];

  /**
   * @param {import('playwright-core').Page} page
   * @param {import('playwright-core').Page | import('playwright-core').FrameLocator} [inbox] Its
   *   frame, if it is embedded in the page.
   */
  constructor(page, inbox = page) {
    this.page = page;
    this.context = page.context();
    this.inbox = inbox;
    this.list = inbox.getByRole('listbox', { name: 'Conversations' });
    this.rows = this.list.getByRole('option');
    this.search = inbox.getByRole('searchbox', { name: 'Search conversations' });
    this.thread = inbox.getByRole('region', { name: 'Conversation' });
    this.details = inbox.getByRole('complementary', { name: 'Details' });
    this.log = this.thread.getByRole('log', { name: 'Messages' });
    this.input = inbox.getByRole('textbox', { name: 'Message', exact: true });
    this.signIn = inbox.getByRole('dialog', { name: 'Sign in' });
    page.on('request', (request) => this.urls.push(request.url()));
    page.on('websocket', (socket) => {
      this.urls.push(socket.url());
      socket.on('framesent', ({ payload }) => this.frames.push(String(payload)));
    });
  }

  /** @param {World} world @param {Desk} [desk] */
  static async at(
    world,
    { id = 'user_mia', hash, isSignedOut, before, chat = CHAT, context, device } = {},
  ) {
    context ??= await world.browser(device);
    if (before) await context.addInitScript(before);
    const desk = new InboxPage(await context.newPage());
    if (!isSignedOut) {
      await desk.page.goto(`${chat}/health`);
      await desk.page.evaluate(
        ([key, jwt]) => sessionStorage.setItem(key, JSON.stringify(jwt)),
        [INBOX_TOKEN, token(id, 'user')],
      );
      desk.urls.length = 0;
    }
    await desk.page.goto(`${chat}/app/chat${hash ? `#${encodeURIComponent(hash)}` : ''}`);
    if (hash) await seen(desk.input);
    return desk;
  }

  /** The API's paths and queries that were requested. @param {string} [ending] */
  asked = (ending = '') =>
    this.urls
      .map((url) => new URL(url))
      .filter(({ pathname }) => pathname.startsWith('/admin/') && pathname.endsWith(ending))
      .map(({ pathname, search }) => pathname + search);
  /** From now on the server says that the shop does not answer. @param {World} world */
  withoutShop = (world) => {
    world.tolerate(/503 .*\/chat\/shop\//);
    const json = { type: 'unavailable', message: 'The shop does not answer, try again' };
    return this.page.route('**/admin/chat/shop/**', (route) =>
      route.fulfill({ status: 503, json }),
    );
  };
  row = (/** @type {string} */ hash) => this.inbox.locator(`[data-channel="${hash}"]`);
  /** @param {string} hash @returns {Promise<number>} */
  unread = async (hash) =>
    Number(
      (
        await this.row(hash)
          .locator('[data-unread]')
          .evaluateAll((all) => all.map((badge) => badge.getAttribute('data-unread')))
      )[0] ?? 0,
    );
  message = (/** @type {string} */ text) => this.log.getByRole('article').filter({ hasText: text });
  text = (/** @type {string} */ text) => this.inbox.getByText(text).first();
  button = (/** @type {string} */ name) => this.inbox.getByRole('button', { name, exact: true });
  /** @param {string[]} names Of buttons, one after another. */
  click = async (...names) => {
    for (const name of names) await this.button(name).click();
  };
  dialog = (/** @type {string} */ name) => this.inbox.getByRole('dialog', { name });
  /** The texts of the conversation, in order. */
  bubbles = () => this.log.locator('.bubble').allTextContents();
  /** Waits until the conversation has exactly these texts. @param {string[]} texts */
  shows = (texts) => until(() => this.bubbles(), texts);

  /** @param {string} hash */
  async open(hash) {
    await this.row(hash).click();
    await until(() => this.row(hash).getAttribute('aria-selected'), 'true');
    await seen(this.input);
  }

  /** Sends a message, and waits until the server has it. @param {string} text */
  async say(text) {
    await this.input.fill(text);
    await this.input.press('Enter');
    await seen(this.message(text).last());
    await until(() => this.log.locator('.pending').count(), 0);
  }

  /** Clicks an action of a message. @param {string} text @param {string} name */
  async act(text, name) {
    await this.message(text).hover();
    await this.message(text).getByRole('button', { name }).click();
  }

  /** @param {string} password */
  async logIn(password) {
    await this.signIn.getByLabel('Email').fill('user_mia@staff.example');
    await this.signIn.getByLabel('Password').fill(password);
    await this.signIn.getByLabel('Password').press('Enter');
  }

  /** @param {string[]} keys */
  async press(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Moves the window's focus to the page, or away from it. @param {boolean} isHere */
  look = (isHere) =>
    this.page.evaluate((is) => {
      document.hasFocus = () => is;
      dispatchEvent(new Event(is ? 'focus' : 'blur'));
    }, isHere);
  picture = (/** @type {string} */ name) => picture(this.page, `inbox ${name}`);
}

/** Waits until all of these can be seen. @param {import('playwright-core').Locator[]} all */
export const seen = (...all) => Promise.all(all.map((one) => one.waitFor()));
/** Waits until none of these can be seen. @param {import('playwright-core').Locator[]} all */
export const gone = (...all) => Promise.all(all.map((one) => one.waitFor({ state: 'hidden' })));

/** Collects the page's sockets: the `before` of a page that will be disconnected. */
export function keepSockets() {
  const sockets = /** @type {WebSocket[]} */ (/** @type {any} */ (window).sockets = []);
  window.WebSocket = new Proxy(WebSocket, {
    construct: (Socket, given) => sockets[sockets.push(Reflect.construct(Socket, given)) - 1],
  });
}

/**
 * Disconnects a page with `keepSockets`, once it is connected.
 * @param {import('playwright-core').Page} page
 */
export async function goOffline(page) {
  await page.waitForFunction(() => /** @type {any} */ (window).sockets.at(-1)?.readyState === 1);
  await page.context().setOffline(true);
  await page.evaluate(
    () =>
      /** @type {any} */ (window).sockets.map((/** @type {WebSocket} */ socket) => socket.close())
        .length,
  );
}

/**
 * Each element's text in the order in which it is displayed, from left to right and from top to
 * bottom. For `evaluateAll`. @param {Element[]} elements @returns {string[]}
 */
export const seenText = (elements) =>
  elements.map((element) => {
    const node = /** @type {Text} */ (element.firstChild);
    const signs = [...node.data].map((sign, at) => {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const { left, top } = range.getBoundingClientRect();
      return { sign, left, top };
    });
    return signs
      .sort((a, b) => a.top - b.top || a.left - b.left)
      .map(({ sign }) => sign)
      .join('');
  });
