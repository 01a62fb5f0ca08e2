// @ts-check
/** Cards and meetings: what both sides see of them, and the file for the calendar. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
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
  const calendar = await saved(appointment.locator('button[name=calendar]'));
  for (const line of [
    `DTSTART:${utc(proposed.starts_at)}`,
    `DTEND:${utc(proposed.ends_at)}`,
    'SUMMARY:Fitting',
    'URL:https://meet.example/abc',
  ])
    assert.ok(calendar.includes(`\r\n${line}\r\n`), calendar);
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
  assert.ok((await saved(appointment.getByText('Add to calendar'))).includes('SUMMARY:Fitting'));
  await appointment.getByText('Change the time').click();
  await dialog.getByLabel('Start').fill(second);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await until(async () => (await read())?.meeting.starts_at, await instant(second));
  assert.ok((await read())?.edited_at);
  await until(() => appointment.locator('time').getAttribute('datetime'), await instant(second));
});
