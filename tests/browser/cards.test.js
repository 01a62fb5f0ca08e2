// @ts-check
/** Cards and meetings: what both sides see of them, and the file for the calendar. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import axe from 'axe-core';
import {
  CHAT,
  InboxPage,
  STRICT,
  customer,
  introduce,
  seen,
  staff,
  story,
  until,
} from './support.js';

const mia = staff();
const HOUR_MS = 3_600_000;

await introduce(mia);

const CARD = {
  kind: 'product',
  title: 'Green <b>teapot</b>',
  subtitle: '0.8 l',
  url: `${CHAT}/health`,
  price: { amount: 1249.5, currency_code: 'eur' },
  state: 'in stock',
};

/** A meeting in a week, at a full hour. */
const meeting = () => {
  const starts = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + 7 * 24 * HOUR_MS;
  return {
    starts_at: new Date(starts).toISOString(),
    ends_at: new Date(starts + HOUR_MS / 2).toISOString(),
    title: 'Fitting',
    url: 'https://meet.example/abc',
  };
};

/** Clicks, and reads the file that is saved. @param {import('playwright-core').Locator} button */
async function saved(button) {
  const [file] = await Promise.all([button.page().waitForEvent('download'), button.click()]);
  assert.equal(file.suggestedFilename(), 'meeting.ics');
  return readFile(await file.path(), 'utf8');
}

/** Checks what the page shows. @param {import('playwright-core').Page} page */
async function isAccessible(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run());
  assert.deepEqual(
    violations.map((/** @type {any} */ { id, nodes }) => [
      id,
      ...nodes.map((/** @type {any} */ { html }) => html),
    ]),
    [],
  );
}

/** @param {string} at As a calendar has it. */
const utc = (at) => at.replace(/\.\d+|[-:]/g, '');

story('a customer sees a card with its price, and saves a meeting', async (world) => {
  const ada = customer();
  await ada.me.begin();
  const path = `messages/${ada.hash}`;
  await mia.ask('POST', path, { card: CARD });
  const proposed = meeting();
  const body = 'Shall we meet?';
  await mia.ask('POST', path, { body, type: 'meeting', meeting: proposed });
  const widget = await world.widget({
    policy: STRICT,
    lang: 'de',
    device: { locale: 'de-DE', timezoneId: 'America/New_York' },
    attributes: { token: ada.token },
  });
  await widget.open();
  const card = widget.part('shop-card');
  await card.waitFor();
  assert.equal(await card.locator('b').first().textContent(), CARD.title);
  const text = await card.textContent();
  assert.match(text ?? '', /1\.249,50\s€ · in stock/);
  assert.equal(await card.getAttribute('href'), CARD.url);
  assert.equal(await card.getAttribute('rel'), 'noreferrer');
  const appointment = widget.part('appointment');
  const time = new Intl.DateTimeFormat('de-DE', {
    dateStyle: 'full',
    timeStyle: 'short',
    timeZone: 'America/New_York',
  });
  const shown = time.formatRange(new Date(proposed.starts_at), new Date(proposed.ends_at));
  assert.equal(await appointment.locator('time').textContent(), shown);
  await widget.picture('card and meeting');
  await widget.say('How nice');
  const last = await until(
    async () => (await mia.messages(ada.hash)).at(-1),
    (message) => message.body === 'How nice',
  );
  assert.deepEqual(last.page, { url: widget.page.url(), title: await widget.page.title() });
  const calendar = await saved(appointment.locator('button[name=calendar]'));
  for (const line of [
    `DTSTART:${utc(proposed.starts_at)}`,
    `DTEND:${utc(proposed.ends_at)}`,
    'SUMMARY:Fitting',
    'URL:https://meet.example/abc',
  ])
    assert.ok(calendar.includes(`\r\n${line}\r\n`), calendar);
});

story('a page offers a card to ask about', async (world) => {
  const ada = customer();
  await ada.me.begin();
  const widget = await world.widget({ policy: STRICT, attributes: { token: ada.token } });
  const offer = (/** @type {any} */ page) =>
    widget.page.evaluate((given) => {
      /** @type {any} */ (document.querySelector('live-chat')).page = given;
    }, page);
  const card = { id: 'prod_1', title: 'Pot <b>1</b>', subtitle: '', url: '/health', price: 1 };
  await offer({ card });
  await widget.open();
  const ask = widget.part('ask');
  await ask.waitFor();
  assert.equal(await ask.textContent(), 'Ask about Pot <b>1</b>');
  const sent = async (/** @type {string} */ body) => {
    await widget.say(body);
    return (await mia.messages(ada.hash)).at(-1).card;
  };
  assert.equal(await sent('About something else'), null);
  await ask.click();
  assert.equal(await ask.getAttribute('aria-pressed'), 'true');
  await isAccessible(widget.page);
  await widget.picture('ask about');
  const asked = await sent('Does it drip?');
  const { kind, id, title, subtitle, url, image_url, price } = asked;
  assert.deepEqual(
    { kind, id, title, subtitle, url, image_url, price },
    {
      kind: 'product',
      id: 'prod_1',
      title: card.title,
      subtitle: null,
      url: `${CHAT}/health`,
      image_url: null,
      price: null,
    },
  );
  await seen(widget.part('shop-card'));
  await ask.waitFor({ state: 'hidden' });
  // The same page is drawn again, then another one is shown.
  await offer({ card: { ...card } });
  assert.equal(await ask.isVisible(), false);
  const elsewhere = { title: 'Lid', url: 'https://elsewhere.example/', image_url: 'http://a.b/' };
  await offer({ card: { ...elsewhere, kind: 'page' } });
  await ask.click();
  const lid = await sent('And the lid?');
  assert.deepEqual([lid.kind, lid.title, lid.url, lid.image_url], ['page', 'Lid', null, null]);
  for (const none of [undefined, null, {}, { card: null }, { card: { title: ' ' } }, 7]) {
    await offer({ card });
    await ask.waitFor();
    await offer(none);
    await ask.waitFor({ state: 'hidden' });
  }
});

story('the first message says from which page it is, whatever is loaded', async (world) => {
  world.tolerate(/ERR_|Failed to/);
  const widget = await world.widget({ policy: STRICT });
  const later = (/** @type {URL} */ url) => url.pathname.endsWith('/later.js');
  await widget.context.route(later, (route) => route.abort());
  await widget.open();
  await widget.say('Hello');
  const [{ page }] = await mia.messages(await widget.guestHash());
  assert.deepEqual(page, { url: widget.page.url(), title: await widget.page.title() });
});

story('staff sees where somebody is while the conversation is open', async (world) => {
  const ada = customer();
  await ada.me.begin();
  await ada.me.send(ada.hash, 'Hello');
  const desk = await InboxPage.at(world, { hash: ada.hash });
  await desk.message('Hello').waitFor();
  await ada.me.ask('POST', `messages/${ada.hash}`, {
    body: 'Does it drip?',
    page: { url: `${CHAT}/products/pot`, title: 'Pot' },
  });
  await seen(desk.log.getByText('Sent from Pot'));
});

for (const colorScheme of /** @type {const} */ (['light', 'dark']))
  story(`axe finds nothing in cards and meetings, ${colorScheme}`, async (world) => {
    const ada = customer();
    await ada.me.begin();
    const path = `messages/${ada.hash}`;
    await ada.me.ask('POST', path, { card: { ...CARD, kind: 'page' } });
    await mia.ask('POST', path, { card: CARD });
    await mia.ask('POST', path, { body: 'So?', type: 'meeting', meeting: meeting() });
    await ada.me.ask('POST', path, { body: 'Or so?', type: 'meeting', meeting: meeting() });
    const device = { colorScheme, viewport: { width: 400, height: 700 } };
    const style = 'html { color-scheme: light dark; background: Canvas; }';
    const widget = await world.widget({ device, style, attributes: { token: ada.token } });
    await widget.open();
    await until(() => widget.part('appointment').count(), 2);
    await widget.panel.evaluate((panel) =>
      Promise.all(panel.getAnimations().map((animation) => animation.finished)),
    );
    await widget.picture(`cards on a phone, ${colorScheme}`);
    await isAccessible(widget.page);
    const desk = await InboxPage.at(world, { hash: ada.hash, device: { colorScheme } });
    await until(() => desk.log.locator('.appointment').count(), 2);
    await desk.picture(`cards, ${colorScheme}`);
    await isAccessible(desk.page);
  });

story('staff proposes a meeting, and moves it', async (world) => {
  const ada = customer();
  await ada.me.begin();
  await ada.me.ask('POST', `messages/${ada.hash}`, {
    body: 'May I try it on?',
    page: { url: `${CHAT}/products/teapot`, title: 'Teapot' },
  });
  const desk = await InboxPage.at(world, { hash: ada.hash });
  const { page } = desk;
  /** The same hour so many days from now, as a field takes it. */
  const localAt = (/** @type {number} */ days) =>
    `${new Date(Date.now() + days * 24 * HOUR_MS).toISOString().slice(0, 10)}T10:00`;
  const instant = (/** @type {string} */ local, minutes = 0) =>
    page.evaluate(
      ([text, more]) => new Date(Date.parse(text) + more * 60_000).toISOString(),
      /** @type {const} */ ([local, minutes]),
    );
  const [first, second] = [localAt(20), localAt(30)];
  await seen(desk.log.getByText('Sent from Teapot'));
  await page.getByRole('button', { name: 'Propose a meeting' }).click();
  const dialog = page.getByRole('dialog', { name: 'Propose a meeting' });
  await dialog.getByLabel('Start').fill(first);
  await dialog.getByLabel('Length').selectOption('45');
  await dialog.getByLabel('Title').fill('Fitting');
  await dialog.getByRole('button', { name: 'Send' }).click();
  const read = async () => (await ada.me.messages(ada.hash)).at(-1);
  const sent = await until(read, (message) => message?.meeting);
  assert.deepEqual(sent.meeting, {
    starts_at: await instant(first),
    ends_at: await instant(first, 45),
    title: 'Fitting',
    url: null,
  });
  assert.match(sent.body, /^Fitting: Shall we meet\? .*10:00/);
  const appointment = desk.log.locator('.appointment');
  await seen(appointment);
  await desk.picture('meeting');
  await isAccessible(page);
  assert.ok((await saved(appointment.getByText('Add to calendar'))).includes('SUMMARY:Fitting'));
  await appointment.getByText('Change the time').click();
  await dialog.getByLabel('Start').fill(second);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await until(async () => (await read())?.meeting.starts_at, await instant(second));
  assert.ok((await read())?.edited_at);
  await until(() => appointment.locator('time').getAttribute('datetime'), await instant(second));
});
