// @ts-check
/** The staff's inbox: unread messages, new conversations, lengths, days and clocks. */

import assert from 'node:assert/strict';
import { InboxPage, customer, gone, introduce, seen, staff, story, until } from './support.js';

const mia = staff();
const tom = staff('user_tom');
const HOUR_MS = 3_600_000;

await introduce(mia, tom);

/** A new customer who has sent these messages to the shop. @param {string[]} texts */
async function newCustomer(...texts) {
  const member = customer();
  await member.me.begin();
  for (const text of texts) await member.me.send(member.hash, text);
  return { ...member, say: (/** @type {string} */ text) => member.me.send(member.hash, text) };
}

/** Whether an element is in view. @param {import('playwright-core').Locator} element */
const isInView = (element) =>
  element.evaluate((one) => {
    const log = /** @type {Element} */ (one.closest('[role=log]')).getBoundingClientRect();
    const { top, bottom } = one.getBoundingClientRect();
    return top >= log.top - 1 && bottom <= log.bottom + 1;
  });

/** What stands below the mark of new messages. @param {InboxPage} desk */
const markedMessage = (desk) =>
  desk.log.evaluate((log) => {
    let at = log.querySelector('.divider.new')?.nextElementSibling;
    while (at && !at.matches('.msg')) at = at.nextElementSibling;
    return at?.querySelector('.text')?.textContent;
  });

story(
  'a long unread conversation opens at its end, with the way to its beginning',
  async (world) => {
    const member = await newCustomer('Read long ago');
    await mia.read(member.hash);
    for (let at = 1; at <= 120; at++) {
      await member.say(`Question ${at}`);
      if (at % 4 === 0) await tom.send(member.hash, `Answer ${at}`);
    }
    const desk = await InboxPage.at(world, { hash: member.hash });
    const jump = desk.button('120 unread · jump to first');
    await seen(jump);
    await desk.picture('long unread');
    assert.equal(await isInView(desk.message('Answer 120')), true);
    assert.equal(await desk.log.locator('.divider.new').count(), 0);
    await until(() => desk.unread(member.hash), 0);
    await member.say('Question 121');
    await until(() => isInView(desk.message('Question 121')), true);
    await seen(jump);
    const articles = desk.log.getByRole('article');
    await desk.log.evaluate((log) => (log.scrollTop = 0));
    await until(
      () => articles.count(),
      (count) => count > 60,
    );
    await seen(jump);
    assert.equal(await markedMessage(desk), undefined);
    await member.say('Question 122');
    await seen(desk.button('1 new message'));
    await tom.send(member.hash, 'I am here');
    await seen(desk.message('I am here'));
    await seen(desk.button('1 new message'));
    await jump.click();
    await until(() => markedMessage(desk), 'Question 1');
    await until(() => isInView(desk.log.locator('.divider.new')), true);
    await gone(jump);
    await member.say('Question 123');
    await seen(desk.button('2 new messages'));
    assert.equal(await markedMessage(desk), 'Question 1');
  },
);

story('the mark stays where it is while a conversation is open', async (world) => {
  const member = await newCustomer('Old');
  await mia.read(member.hash);
  const { id } = await member.say('Fresh 1');
  await member.say('Fresh 2');
  const desk = await InboxPage.at(world, { hash: member.hash });
  await until(() => markedMessage(desk), 'Fresh 1');
  await until(() => desk.unread(member.hash), 0);
  await member.say('Fresh 3');
  await seen(desk.message('Fresh 3'));
  assert.equal(await markedMessage(desk), 'Fresh 1');
  await member.me.remove(id);
  await seen(desk.log.getByText('Message deleted'));
  assert.equal(
    await desk.log.locator('.divider.new + .gone').count(),
    1,
    'the mark stands above what was deleted',
  );
});

story('an admin who answers has read what stands above', async (world) => {
  const texts = Array.from({ length: 70 }, (_, at) => `Question ${at + 1}`);
  const member = await newCustomer(...texts);
  const desk = await InboxPage.at(world, { hash: member.hash });
  await seen(desk.button('70 unread · jump to first'));
  await desk.say('One answer to all');
  await gone(desk.button('70 unread · jump to first'));
  const unread = async () =>
    (await mia.ask('GET', `channels?search=${member.id}`)).channels[0].unread_count;
  await until(unread, 0);
});

story('a new conversation never splits a customer in two', async (world) => {
  const member = await newCustomer('I am waiting');
  const name = member.id.slice('cus_'.length);
  await until(async () => (await mia.ask('GET', `channels?search=${member.id}`)).count, 1);
  const desk = await InboxPage.at(world);
  const box = desk.dialog('New conversation');
  for (const typed of [member.id, `\t${member.id}\u200b `, name]) {
    await desk.press('c');
    await box.getByLabel('Customer id').fill(typed);
    await desk.press('Enter');
    await gone(box);
    await desk.shows(['I am waiting']);
    await desk.press('Escape', 'Escape');
  }
  await desk.press('c');
  for (const [typed, answer] of /** @type {const} */ ([
    ['   ', 'Type the id of a customer'],
    ['anna@shop.example', 'The shop finds nobody'],
    ['Anna Smith', 'The shop finds nobody'],
    ['user_mia', 'This is an admin'],
  ])) {
    await box.getByLabel('Customer id').fill(typed);
    await desk.press('Enter');
    await seen(box.getByRole('alert').filter({ hasText: answer }));
  }
  await box.getByLabel('Customer id').fill('anna@shop.example');
  await desk.press('Enter');
  await box.getByRole('button', { name: 'Search instead' }).click();
  await gone(box);
  await until(() => desk.search.inputValue(), 'anna@shop.example');
  assert.equal((await mia.ask('GET', `channels?search=${member.id}`)).count, 1);
  assert.ok(!desk.urls.some((url) => url.endsWith('/admin/chat/channels')));
});

story('an unknown id is asked about twice while the shop is away', async (world) => {
  const stranger = customer();
  const desk = await InboxPage.at(world);
  await desk.withoutShop(world);
  const box = desk.dialog('New conversation');
  await desk.press('c');
  const field = box.getByLabel('Customer id');
  await field.fill(stranger.id);
  await desk.press('Enter');
  await seen(box.getByRole('alert').filter({ hasText: `Nobody with the id ${stranger.id}` }));
  await field.fill(`${stranger.id}0`);
  await desk.press('Enter');
  await seen(box.getByRole('alert').filter({ hasText: `Nobody with the id ${stranger.id}0` }));
  assert.ok(!desk.urls.some((url) => url.endsWith('/admin/chat/channels')));
  await field.fill(stranger.id);
  await desk.press('Enter');
  await seen(box.getByRole('alert').filter({ hasText: `Nobody with the id ${stranger.id} ` }));
  await desk.press('Enter');
  await seen(desk.log.getByText('No messages yet'));
  await until(async () => (await stranger.me.ask('GET', 'channels')).channels.length, 1);
  assert.equal((await stranger.me.ask('GET', 'channels')).channels[0].channel_hash, stranger.hash);
});

story('two conversations of one customer can be told apart', async (world) => {
  const member = await newCustomer('To the shop');
  const hash = await member.me.begin('user_tom');
  await member.me.send(hash, 'To Tom');
  const desk = await InboxPage.at(world, { hash });
  await seen(desk.row(hash).getByText('with Tom'), desk.thread.getByText('with Tom'));
  await seen(desk.row(member.hash).getByText('with the shop'));
});

story('characters are counted as the server counts them', async (world) => {
  const member = await newCustomer('Hello');
  const desk = await InboxPage.at(world, { hash: member.hash });
  await desk.input.fill('🫖'.repeat(5_000));
  await seen(desk.text('5,000 / 5,000'));
  assert.equal(await desk.button('Send').isEnabled(), true);
  await desk.input.fill('🫖'.repeat(5_001));
  await seen(desk.text('5,001 / 5,000'));
  assert.equal(await desk.button('Send').isEnabled(), false);
  await desk.input.fill('\u200b\u2800');
  assert.equal(await desk.button('Send').isEnabled(), false);
  await desk.input.fill('');
  await desk.say('Short');
  await desk.act('Short', 'Edit');
  const editor = desk.inbox.getByRole('textbox', { name: 'Edit message' });
  await editor.fill(`${'🫖'.repeat(5_000)}!`);
  await seen(desk.log.getByText('5,001 / 5,000'));
  assert.equal(await desk.button('Save').isEnabled(), false);
  await editor.fill('🫖'.repeat(5_000));
  await editor.press('Enter');
  await seen(desk.message('🫖').getByText('Edited'));
});

story('a clock that is wrong shows no wrong waiting times', async (world) => {
  const member = await newCustomer('Hello');
  for (const hours of [-25, 12]) {
    const context = await world.browser();
    await context.addInitScript((by) => {
      const now = Date.now;
      Date.now = () => now() + by;
    }, hours * HOUR_MS);
    const desk = await InboxPage.at(world, { context });
    await seen(desk.row(member.hash).locator('.waiting'));
    const waiting = await desk.row(member.hash).locator('.waiting').getAttribute('title');
    assert.match(String(waiting), /: \d minutes?$/);
  }
});

story('days are those of the calendar, also at midnight', async (world) => {
  // The leap ends requests that are on their way.
  world.tolerate(/WebSocket is closed before/);
  const member = await newCustomer('Hello');
  const context = await world.browser({ timezoneId: 'UTC' });
  const late = new Date();
  late.setUTCHours(23, 59, 40, 0);
  await context.clock.install({ time: late });
  const desk = await InboxPage.at(world, { context, hash: member.hash });
  await seen(desk.log.getByText('Today'));
  await context.clock.fastForward(60_000);
  await seen(desk.log.getByText('Yesterday'));
});

story('previews are cut between characters', async (world) => {
  const family = '👩‍👩‍👧‍👦';
  const member = await newCustomer(`${'a'.repeat(198)}${family}${family}`);
  const desk = await InboxPage.at(world);
  await until(
    () => desk.row(member.hash).locator('.row-preview').textContent(),
    `${'a'.repeat(198)}…`,
  );
});
