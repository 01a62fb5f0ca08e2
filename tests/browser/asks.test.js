// @ts-check
/** What the widget asks for: a guest's address, and a rating; and what it sends by mail. */

import assert from 'node:assert/strict';
import axe from 'axe-core';
import {
  SAYS,
  anonymous,
  customer,
  introduce,
  staff,
  story,
  until,
  widgetWith,
} from './support.js';

const mia = staff();
await introduce(mia);

const CLOSED = { open: false, next_open_at: null };

/** @param {import('./support.js').WidgetPage} widget */
async function axeFindsNothing({ page }) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run());
  assert.deepEqual(
    violations.map((/** @type {any} */ { id, nodes }) => [
      id,
      nodes.map((/** @type {any} */ { html }) => html),
    ]),
    [],
  );
}

/** @param {string} hash @param {string} status */
const set = (hash, status) => mia.ask('PUT', `channels/${encodeURIComponent(hash)}`, { status });

story(
  'a guest is asked for an address after the first message, when nobody is there',
  async (world) => {
    world.tolerate(/Failed to load resource.*400/);
    const widget = await widgetWith(world, CLOSED);
    await widget.open();
    const card = widget.part('mail');
    await widget.write('Do you ship to Norway?');
    await card.waitFor();
    const field = card.getByRole('textbox', { name: SAYS.address });
    await widget.write('Writing goes on');
    await field.fill('sofia@example');
    await widget.message('Writing goes on').waitFor();
    await field.press('Enter');
    await field.fill('not an address');
    await field.press('Enter');
    await card.getByRole('alert').and(widget.page.getByText(SAYS.wrongMail)).waitFor();
    await axeFindsNothing(widget);
    await widget.picture('address');
    await field.fill('sofia@example.com');
    await card.getByRole('button', { name: SAYS.save }).click();
    const done = SAYS.mailTo.replace('{email}', 'sofia@example.com');
    await card.getByText(done).waitFor();
    const hash = await widget.guestHash();
    const emailOf = async () =>
      (await mia.ask('GET', `channels/${encodeURIComponent(hash)}`)).channel.customer.email;
    assert.equal(await emailOf(), 'sofia@example.com');
    await widget.page.reload();
    await widget.panel.waitFor();
    await card.getByText(done).waitFor();
    await card.getByRole('button', { name: SAYS.change }).click();
    await until(() => field.inputValue(), 'sofia@example.com');
    await field.fill('s.garcia@example.com');
    await field.press('Enter');
    await card.getByText(SAYS.mailTo.replace('{email}', 's.garcia@example.com')).waitFor();
    assert.equal(await emailOf(), 's.garcia@example.com');
  },
);

story('the question can be skipped, for good, and switched off', async (world) => {
  const widget = await widgetWith(world, { ask_email: 'always', online: true });
  await widget.open();
  await widget.say('Hello');
  await widget.part('mail').getByRole('button', { name: SAYS.skip }).click();
  await until(() => widget.part('mail').count(), 0);
  await widget.page.reload();
  await widget.panel.waitFor();
  await widget.shows(['Hello']);
  await widget.button(SAYS.more).waitFor();
  assert.equal(await widget.part('mail').count(), 0);
  const served = await widgetWith(world, { ...CLOSED, ask_email: 'never' });
  await served.open();
  await served.say('Hello');
  await served.part('attach').waitFor();
  assert.equal(await served.part('mail').count(), 0);
});

for (const [dir, lang] of [
  ['ltr', 'en'],
  ['rtl', 'ar'],
]) {
  story(`a closed conversation is rated by keyboard: ${dir}`, async (world) => {
    const { texts } =
      dir === 'rtl' ? await import('../../web/widget/texts/ar.js') : { texts: SAYS };
    const says = (/** @type {number} */ count) => texts.stars.replace('{count}', String(count));
    const who = customer();
    await who.me.begin();
    await who.me.send(who.hash, 'Is it whole?');
    const widget = await widgetWith(world, {}, { dir, lang, attributes: { token: who.token } });
    await widget.open();
    await widget.shows(['Is it whole?']);
    await set(who.hash, 'closed');
    const card = widget.part('rating');
    const radio = (/** @type {number} */ count) =>
      card.getByRole('radio', { name: says(count), exact: true });
    await radio(1).focus();
    await widget.page.keyboard.press('Space');
    for (let i = 0; i < 3; i++) await widget.page.keyboard.press('ArrowDown');
    await until(() => radio(4).isChecked(), true);
    const comment = card.getByRole('textbox', { name: texts.comment });
    await widget.page.keyboard.press('Tab');
    await until(() => comment.evaluate((one) => one.matches(':focus')), true);
    await widget.page.keyboard.type('Quick and kind');
    await axeFindsNothing(widget);
    await widget.picture(`rating-${dir}`);
    await card.getByRole('button', { name: texts.send }).click();
    await card.getByText(texts.thanks).waitFor();
    const ratingOf = async () =>
      (await mia.ask('GET', `channels/${encodeURIComponent(who.hash)}`)).channel.rating;
    const { score, comment: said } = await ratingOf();
    assert.deepEqual([score, said], [4, 'Quick and kind']);
    await card.getByRole('button', { name: texts.change }).click();
    await radio(5).check({ force: true });
    await until(() => comment.inputValue(), 'Quick and kind');
    await card.getByRole('button', { name: texts.send }).click();
    await card.getByRole('img', { name: says(5) }).waitFor();
    await until(async () => (await ratingOf()).score, 5);
    await set(who.hash, 'open');
    await until(() => card.count(), 0);
  });
}

story('a conversation is mailed to its customer, or it is said why not', async (world) => {
  world.tolerate(/Failed to load resource/);
  const who = customer();
  await who.me.begin();
  await who.me.send(who.hash, 'Hello');
  const widget = await widgetWith(world, {}, { attributes: { token: who.token } });
  await widget.open();
  let status = 200;
  await widget.context.route('**/transcript', (route) =>
    route.fulfill({ status, json: status === 200 ? { sent: true } : { type: 'x', message: 'x' } }),
  );
  for (const [answer, said] of /** @type {const} */ ([
    [200, SAYS.mailed],
    [400, SAYS.noMail],
    [429, SAYS.tooOften],
  ])) {
    status = answer;
    await widget.button(SAYS.more).click();
    await widget.page.getByRole('menuitem', { name: SAYS.transcript }).click();
    await until(() => widget.notice.textContent(), said);
  }
  await widget.button(SAYS.more).click();
  await widget.page.keyboard.press('Escape');
  await until(() => widget.page.getByRole('menuitem').count(), 0);
  assert.ok(await widget.panel.isVisible());
});

story('a link that no longer works says so, and the chat goes on', async (world) => {
  world.tolerate(/Failed to load resource.*40/);
  const widget = await widgetWith(world, {});
  await widget.page.goto(`${widget.page.url()}#live-chat=${'x'.repeat(88)}`);
  await until(() => widget.notice.textContent(), SAYS.linkOver);
  assert.equal(new URL(widget.page.url()).hash, '');
  await widget.say('Hello');
});

story('the link of a mail brings the guest back; what is unsent comes along', async (world) => {
  const { guest_id, id } = await anonymous.ask('POST', 'guest');
  const widget = await widgetWith(world, {});
  await widget.open();
  await widget.say('Mine');
  await widget.context.route('**/store/chat/messages/direct*', (route) =>
    route.request().method() === 'POST' ? route.abort() : route.continue(),
  );
  world.tolerate(/Failed to load resource/);
  await widget.write('Not sent yet');
  await widget.context.route('**/store/chat/guest/resume', (route) =>
    route.fulfill({ json: { guest_id, id } }),
  );
  await widget.page.evaluate(() => (location.hash = `#live-chat=${'x'.repeat(88)}`));
  await until(async () => (await widget.stored())['live-chat:guest'], guest_id);
  await until(() => widget.input.inputValue(), 'Not sent yet');
  assert.equal(new URL(widget.page.url()).hash, '');
  assert.equal(await widget.message('Mine').count(), 0);
});
