// @ts-check
/** The inbox speaks one language at a time. */

import assert from 'node:assert/strict';
import { texts as ENGLISH } from '../../web/inbox/texts.js';
import { texts as GERMAN } from '../../web/inbox/texts/de.js';
import {
  InboxPage,
  anonymous,
  customer,
  gone,
  guest,
  introduce,
  keepSockets,
  seen,
  staff,
  story,
  until,
} from './support.js';

const mia = staff();
const tom = staff('user_tom');
await introduce(mia, tom);

/** Letters in the place of each word: a text that was not translated stands out. */
const CYRILLIC = 'ж';
/** @param {unknown} text @returns {any} */
const foreign = (text) =>
  typeof text === 'string'
    ? text.replace(/\{\w+\}|\p{L}/gu, (found) => (found.length > 1 ? found : CYRILLIC))
    : Object.fromEntries(Object.entries(/** @type {object} */ (text)).map(translated));
/** @param {[string, unknown]} entry */
const translated = ([key, text]) => [key, foreign(text)];

/**
 * Collects each Latin word that the page shows or reads out, once the page is in its language. Runs
 * in the page before its own scripts.
 * @param {string[]} hashes Of the test's own conversations: others may have any words.
 */
function collectWords(hashes) {
  const found = /** @type {Set<string>} */ (/** @type {any} */ (window).words = new Set());
  const names = ['aria-label', 'title', 'placeholder', 'alt'];
  const read = (/** @type {string | null} */ text) => {
    if (document.documentElement.lang !== 'ru') return;
    // Ids, parts of them in the names of guests, avatars with their first letters, the names of
    // admins, which pushes carry, and the shop's name.
    const rest = text
      ?.replace(/\b(cus|user|guest|direct)[_:][\w:]*|^ж+ \w{4}\b|^[A-Z]{2}$/g, '')
      .replace(/\b(Mia|Tom)( Staff)?\b|^The Teapot Shop$/g, '');
    for (const [word] of rest?.matchAll(/\p{Script=Latin}{2,}/gu) ?? [])
      found.add(`${word}: ${text}`);
  };
  const isOwn = (/** @type {Node} */ node) => {
    const element = node instanceof Element ? node : node.parentElement;
    const row = /** @type {HTMLElement | null | undefined} */ (element?.closest('[data-channel]'));
    return !row || hashes.includes(String(row.dataset.channel));
  };
  const look = (/** @type {Node} */ node) => {
    if (!isOwn(node)) return;
    if (node instanceof Text) read(node.data);
    if (!(node instanceof Element) || node.matches('script, style')) return;
    for (const name of names) read(node.getAttribute(name));
    node.childNodes.forEach(look);
  };
  new MutationObserver((changes) => {
    for (const { target, addedNodes, attributeName } of changes)
      if (attributeName)
        isOwn(target) && read(/** @type {Element} */ (target).getAttribute(attributeName));
      else if (addedNodes.length) addedNodes.forEach(look);
      else look(target);
  }).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: names,
  });
  const construct = (/** @type {any} */ _, /** @type {any[]} */ [title, { body, tag }]) => {
    if (['test', ...hashes].includes(tag)) [title, body].forEach(read);
    return new EventTarget();
  };
  window.Notification = new Proxy(Notification, { construct });
}

/**
 * A page whose texts have no Latin letters, for people whose names and messages have none either.
 * @param {import('./support.js').World} world @param {string[]} hashes
 * @param {import('./support.js').Desk} [options]
 */
async function foreignDesk(world, hashes, options) {
  const context = await world.browser({ locale: 'de-DE' });
  await context.grantPermissions(['local-network-access', 'notifications']);
  await context.addInitScript(collectWords, hashes);
  await context.route('**/admin/chat/**', async (route) => {
    // The last requests end with the page.
    const response = await route.fetch().catch(() => null);
    const text = await response?.text().catch(() => '');
    if (!response || !text) return;
    // What people have written has no words.
    const json = JSON.parse(text, (key, value) => {
      if (key === 'by_label') return {};
      if (/^(body|first_name|name)$/.test(key)) return '1';
      return /^(last_name|email)$/.test(key) ? null : value;
    });
    await route.fulfill({ response, json }).catch(() => {});
  });
  await context.route('**/admin/chat/canned', (route) =>
    route.fulfill({ json: { canned: [{ shortcut: '1', text: '{{name}}' }] } }),
  );
  const texts = { ...foreign(GERMAN), lang: 'ru', dir: 'ltr' };
  await context.route('**/inbox-texts-de.js', (route) =>
    route.fulfill({
      contentType: 'text/javascript',
      body: `export const texts = ${JSON.stringify(texts)}`,
    }),
  );
  const desk = await InboxPage.at(world, { ...options, context });
  desk.list = desk.inbox.locator('.list');
  desk.input = desk.inbox.locator('.composer textarea');
  desk.log = desk.inbox.locator('.log');
  /** @returns {Promise<string[]>} */
  const words = () => desk.page.evaluate(() => [.../** @type {any} */ (window).words]);
  return { desk, words };
}

for (const [locale, lang, clock, day] of /** @type {const} */ ([
  ['en-US', 'en', '2:05 PM', 'Mar 5, 2024'],
  ['en-GB', 'en', '14:05', '5 Mar 2024'],
  ['de-DE', 'de', '14:05', '5. März 2024'],
  ['de-AT', 'de', '14:05', '5. März 2024'],
  ['fr-CA', 'fr', '14 h 05', '5 mars 2024'],
  ['es-MX', 'es', '2:05 p.m.', '5 mar 2024'],
  ['sv-SE', 'en', '14:05', '5 Mar 2024'],
  ['ar-EG', 'en', '2:05 PM', 'Mar 5, 2024'],
  ['ja-JP', 'en', '14:05', 'Mar 5, 2024'],
])) {
  story(`a browser in ${locale} has words in ${lang}, and clocks of its region`, async (world) => {
    const person = customer();
    await person.me.begin();
    const { id } = await person.me.send(person.hash, '1');
    const context = await world.browser({ locale });
    const then = '2024-03-05T13:05:00.000Z';
    for (const path of ['**/admin/chat/channels?*', '**/admin/chat/messages/direct*'])
      await context.route(path, async (route) => {
        const text = await (await route.fetch()).text();
        const json = JSON.parse(text, (key, value) =>
          /^(last_message_at|created_at|unanswered_since)$/.test(key) && value ? then : value,
        );
        await route.fulfill({ json });
      });
    const desk = await InboxPage.at(world, { context });
    await seen(desk.inbox.locator(`[data-channel="${person.hash}"] .row-time`));
    const { texts } =
      lang === 'en' ? { texts: ENGLISH } : await import(`../../web/inbox/texts/${lang}.js`);
    const shown = {
      html: await desk.page.locator('html').getAttribute('lang'),
      title: (await desk.page.title()).replace(/^\(\d+\) /, ''),
      search: await desk.inbox.locator('[type=search]').getAttribute('placeholder'),
      day: (await desk.row(person.hash).locator('.row-time').textContent())?.replace(/\s/g, ' '),
    };
    assert.deepEqual(shown, { html: lang, title: texts.title, search: texts.search, day });
    await desk.row(person.hash).click();
    const time = desk.inbox.locator(`[data-message="${id}"] time`);
    await seen(time);
    assert.equal((await time.textContent())?.replace(/\s/g, ' '), clock);
    await desk.picture(`in ${locale}`);
    const loaded = desk.urls.filter((url) => /texts-\w+\.js/.test(url));
    assert.equal(loaded.length, lang === 'en' ? 0 : 1, 'no language is loaded for nothing');
  });
}

story('the address names the language, and English replaces one that is missing', async (world) => {
  world.tolerate(/Failed to load resource.*404/);
  const lang = async (/** @type {InboxPage} */ { page }, /** @type {string} */ query) => {
    await page.goto(new URL(`/app/chat?${query}`, page.url()).href);
    await seen(page.locator('.inbox'));
    return page.evaluate(() => [document.documentElement.lang, document.title]);
  };
  const context = await world.browser({ locale: 'fr-FR' });
  const desk = await InboxPage.at(world, { context });
  assert.equal((await lang(desk, 'lang=de-AT'))[0], 'de');
  assert.equal((await lang(desk, 'lang=en'))[0], 'en');
  assert.equal((await lang(desk, 'lang=sv'))[0], 'fr');
  let tries = 0;
  await context.route('**/inbox-texts-es.js*', (route) =>
    ++tries === 1 ? route.fulfill({ status: 404 }) : route.fallback(),
  );
  assert.equal((await lang(desk, 'lang=es'))[0], 'es');
  await context.route('**/inbox-texts-es.js*', (route) => route.fulfill({ status: 404 }));
  assert.equal((await lang(desk, 'lang=es'))[0], 'en');
});

story('no word of another language is seen or read out: signing in', async (world) => {
  world.tolerate(/Failed to load resource.*(40[01]|404)/);
  const { desk, words } = await foreignDesk(world, [], { isSignedOut: true });
  const form = desk.inbox.locator('.signin');
  await form.locator('[type=password]').fill('coffee');
  await form.locator('[type=email]').fill('user_mia@staff.example');
  await form.locator('button').first().click();
  await until(
    () => form.locator('.problem').textContent(),
    (text) => text !== '',
  );
  await form.locator('summary').click();
  for (const token of ['nonsense', 'a.eyJhY3Rvcl90eXBlIjoidXNlciJ9.c']) {
    await form.locator('textarea').fill(token);
    await form.locator('details button').click();
  }
  await desk.picture('foreign sign-in');
  await desk.page.evaluate(() => dispatchEvent(new Event('offline')));
  assert.deepEqual(await words(), []);
});

story('no word of another language is seen or read out: the list', async (world) => {
  world.tolerate(/Failed to load resource.*(400|404|500)/);
  const me = guest((await anonymous.ask('POST', 'guest')).guest_id);
  const hash = await me.begin();
  const person = customer();
  await person.me.begin();
  await person.me.begin('user_tom');
  await person.me.send(person.hash, '1');
  await me.send(hash, '2');
  await tom.send(hash, '3');
  const { desk, words } = await foreignDesk(world, [
    hash,
    person.hash,
    `direct:${person.id}:user_tom`,
  ]);
  await seen(desk.row(hash));
  const send = await world.socket('user_tom');
  await send({ action: 'typing', channel_hash: hash });
  await seen(desk.row(hash).locator('.typing'));
  const search = desk.inbox.locator('[type=search]');
  for (const term of ['0', '000000', person.id]) {
    await search.fill(term);
    await until(
      () => desk.inbox.locator('.search-hint').textContent(),
      (text) => Boolean(text?.match(term === '0' ? /\D/ : term === '000000' ? /^0/ : /^[1-9]/)),
    );
  }
  await search.fill('');
  await desk.inbox.locator('.side-head .icon-button').click();
  const problem = desk.inbox.locator('dialog .problem');
  for (const [id, shown] of [
    ['', /./],
    ['user_1', /./],
    ['1', /^[^_]+$/],
    ['guest_000', /guest_000/],
  ]) {
    await desk.inbox.locator('#customer-id').fill(String(id));
    await desk.inbox.locator('dialog .primary').click();
    await until(
      () => problem.textContent(),
      (text) => Boolean(text?.match(shown)),
    );
  }
  await desk.press('Escape', '?');
  await seen(desk.inbox.locator('dialog dl'));
  await desk.press('Escape');
  await desk.inbox.locator('.face-button').click();
  const [test, replies] = [
    desk.inbox.locator('.settings .alerts button'),
    desk.inbox.locator('.settings .item').nth(1),
  ];
  await desk.inbox.locator('#sound').uncheck();
  await test.click();
  await desk.inbox.locator('#sound').check();
  await desk.inbox.locator('#desktop').check();
  await test.click();
  await desk.picture('foreign settings');
  await desk.inbox.locator('.settings .item').first().click();
  await seen(desk.inbox.locator('dialog.shop-settings'));
  await desk.picture('foreign shop settings');
  await desk.press('Escape');
  await gone(desk.inbox.locator('dialog.shop-settings'));
  await desk.inbox.locator('.face-button').click();
  await replies.click();
  await seen(desk.inbox.locator('dialog .replies'));
  await desk.inbox.locator('dialog footer button').first().click();
  await desk.press('Escape');
  await desk.look(false);
  await person.me.send(person.hash, '4');
  await until(
    () => desk.unread(person.hash),
    (count) => count > 1,
  );
  await desk.context.route('**/admin/chat/**', (route) =>
    route.fulfill({ status: 500, json: { type: 'unknown_error', message: 'Oh no' } }),
  );
  await desk.page.reload();
  await seen(desk.inbox.locator('.list-frame .empty button'));
  await desk.picture('foreign error');
  assert.deepEqual(await words(), []);
});

story('no word of another language is seen or read out: a conversation', async (world) => {
  world.tolerate(/Failed to load resource|ERR_INTERNET_DISCONNECTED/);
  const person = customer();
  await person.me.begin();
  for (const text of ['1', '2', '3']) await person.me.send(person.hash, text);
  const { desk, words } = await foreignDesk(world, [person.hash], { before: keepSockets });
  const send = await world.socket('user_tom');
  await desk.row(person.hash).click();
  await seen(desk.input);
  await send({ action: 'looking', channel_hash: person.hash });
  await send({ action: 'typing', channel_hash: person.hash });
  await seen(desk.inbox.locator('.lookers'), desk.inbox.locator('.typing-line .dots'));
  await person.me.remove((await person.me.messages(person.hash))[1].id);
  await mia.edit((await mia.send(person.hash, '4')).id, '5');
  await person.me.read(person.hash);
  for (const type of ['system', 'meeting'])
    await tom.ask('POST', `messages/${person.hash}`, { body: '6', type });
  await seen(
    ...['.gone', '.tick.read', '.system', '.meeting'].map((part) => desk.log.locator(part)),
  );
  let isRefused = true;
  await desk.context.route('**/admin/chat/messages/**', (route) =>
    isRefused && route.request().method() !== 'GET'
      ? route.fulfill({ status: 400, json: { type: 'invalid_data', message: 'No' } })
      : route.fallback(),
  );
  await desk.input.fill('7');
  await desk.press('Enter');
  await seen(desk.log.locator('.failed'));
  const own = desk.log.locator('.own:not(.failed)').first();
  await own.hover();
  await own.locator('.actions button').nth(0).click();
  await desk.page.keyboard.type('0');
  await desk.press('Enter');
  await seen(desk.inbox.locator('.toast'));
  await desk.press('Escape');
  await own.hover();
  await own.locator('.actions button').nth(1).click();
  await desk.inbox.locator('dialog .danger').click();
  isRefused = false;
  await desk.input.fill('8'.repeat(4_600));
  await desk.input.fill('8');
  await tom.send(person.hash, '9');
  await seen(desk.log.getByText('9', { exact: true }));
  await desk.press('Enter');
  await seen(desk.inbox.locator('.warning .primary'));
  await desk.press('Escape');
  await desk.inbox.locator('.composer-bar .icon-button:not(.reply-tool)').first().press('Enter');
  await desk.picture('foreign conversation');
  await desk.press('Escape', 'Escape', 'Escape', 'e');
  await desk.context.setOffline(true);
  await seen(desk.inbox.locator('.trouble'));
  await desk.context.setOffline(false);
  assert.deepEqual(await words(), []);
});
