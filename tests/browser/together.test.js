// @ts-check
/**
 * Widget and inbox together: a guest in the demo shop in one browser, an admin in another, and a
 * real server in between.
 */

import assert from 'node:assert/strict';
import {
  Agent,
  CHAT,
  SAYS,
  WidgetPage,
  customer,
  goOffline,
  gone,
  keepSockets,
  seen,
  staff,
  story,
  unique,
  until,
} from './support.js';

const mia = staff();

/** A guest in the demo shop with the panel open. @param {import('./support.js').World} world */
async function shopGuest(world) {
  const context = await world.browser();
  await context.addInitScript(keepSockets);
  const shopper = await WidgetPage.at(context, `${CHAT}/`);
  await shopper.open();
  return shopper;
}
/** @param {WidgetPage} shopper @param {string} text @param {string} name */
const tick = (shopper, text, name) =>
  seen(shopper.message(text).getByRole('img', { name, exact: true }));
/**
 * @param {WidgetPage} shopper
 * @param {string} text
 * @param {string[]} names The buttons of the message to click, one after another.
 */
async function act(shopper, text, ...names) {
  await shopper.message(text).hover();
  for (const name of names) await shopper.message(text).getByRole('button', { name }).click();
}

story(
  'a guest and Mia see the same: typing, ticks, edits, deletions, a disconnect, and a sign-in',
  async (world) => {
    world.tolerate(
      /Failed to load resource|ERR_INTERNET_DISCONNECTED|closed before the connection/,
    );
    const agent = await Agent.at(world);
    await seen(agent.rows.first());
    const shopper = await shopGuest(world);
    await shopper.say('Is the moss one back?');
    const hash = await shopper.guestHash();
    await until(() => agent.unread(hash), 1);
    await seen(agent.row(hash).locator('.waiting'), agent.row(hash).getByText('Guest'));
    await until(
      async () =>
        `(${(await mia.ask('GET', 'messages/unread-count')).unread_count}) Inbox` ===
        (await agent.page.title()),
      true,
    );
    await tick(shopper, 'moss', SAYS.sent);
    // It is shown for seconds only, so the wait starts first.
    await Promise.all([
      seen(agent.row(hash).getByText('Typing…')),
      shopper.input.pressSequentially('In gr'),
    ]);
    await agent.open(hash);
    await agent.shows(['Is the moss one back?']);
    await tick(shopper, 'moss', SAYS.read);
    await until(() => agent.unread(hash), 0);

    await agent.input.pressSequentially('It is');
    await seen(shopper.part('typing', SAYS.typing.replace('{name}', 'The Teapot Shop')));
    await shopper.close();
    await agent.say('It is back on Thursday.');
    await gone(agent.row(hash).locator('.waiting'));
    assert.equal(await agent.log.locator('.own .tick').textContent(), 'Sent');
    await until(() => shopper.badge.textContent(), '1');
    await shopper.open();
    await seen(agent.log.locator('.own .tick.read'));
    await shopper.say('Grand, I take too.');
    await agent.shows(['Is the moss one back?', 'It is back on Thursday.', 'Grand, I take too.']);
    await act(shopper, 'Grand', SAYS.edit);
    await shopper.write('Grand, I take two.');
    await seen(agent.message('I take two').getByText('Edited'));
    await agent.act('Thursday', 'Edit');
    await agent.inbox.getByRole('textbox', { name: 'Edit message' }).fill('It is back on Friday.');
    await agent.press('Enter');
    await seen(shopper.message('Friday').getByText(SAYS.edited));
    await shopper.picture('together-shop');
    await agent.picture('together');

    await agent.say('Wrong window');
    await shopper.shows([
      'Is the moss one back?',
      'It is back on Friday.',
      'Grand, I take two.',
      'Wrong window',
    ]);
    await agent.act('Wrong window', 'Delete');
    await agent.dialog('Delete this message?').getByRole('button', { name: 'Delete' }).click();
    await shopper.shows([
      'Is the moss one back?',
      'It is back on Friday.',
      'Grand, I take two.',
      SAYS.deleted,
    ]);
    await act(shopper, 'Grand', SAYS.remove, SAYS.sure);
    const sofar = [
      'Is the moss one back?',
      'It is back on Friday.',
      'Message deleted',
      'Message deleted',
    ];
    await agent.shows(sofar);

    await goOffline(shopper.page);
    await shopper.write('From the tunnel');
    for (const text of ['Are you there?', 'I keep two for you.']) await agent.say(text);
    await shopper.context.setOffline(false);
    const after = ['Are you there?', 'I keep two for you.', 'From the tunnel'];
    await agent.shows([...sofar, ...after]);
    await shopper.shows([
      ...sofar.map((text) => text.replace('Message deleted', SAYS.deleted)),
      ...after,
    ]);

    await shopper.page.getByRole('button', { name: 'Ada', exact: true }).click();
    await seen(
      agent.row(hash).getByText('Ada Customer'),
      agent.thread.getByRole('heading', { name: 'Ada Customer' }),
    );
    assert.equal(await agent.thread.getByText('Guest').count(), 0);
    await agent.say('Hello Ada');
    await seen(shopper.message('Hello Ada'));
    await shopper.say('Thank you, Mia');
    await seen(agent.message('Thank you, Mia'));
    await mia.sees(hash, [...sofar.slice(0, 2), ...after, 'Hello Ada', 'Thank you, Mia']);
    await shopper.picture('together-ada');
  },
);

story(
  'a customer who has left gets a mail about the answer; one who is there gets none',
  async (world) => {
    const [leaves, stays] = [customer(), customer()];
    const agent = await Agent.at(world);
    for (const who of [leaves, stays]) {
      const shopper = await shopGuest(world);
      await shopper.call('identify', { token: who.token });
      await shopper.say('Do you ship to Norway?');
      await agent.open(who.hash);
      await shopper.close();
      if (who === leaves) await shopper.context.close();
      await agent.say('We do, in three days.');
    }
    const mails = async () => {
      const all = await (await fetch(`${CHAT}/dev/outbox.json`)).json();
      return [leaves, stays].map(({ id }) =>
        all.filter((/** @type {any} */ mail) => mail.to.includes(`${id}@customers.example`)),
      );
    };
    assert.deepEqual(await mails(), [[], []]);
    await fetch(`${CHAT}/dev/clock`, {
      method: 'POST',
      body: JSON.stringify({ advance_seconds: 61 }),
    });
    const [[mail], none] = await until(mails, ([first]) => first.length > 0);
    assert.match(mail.text, /We do, in three days\./);
    assert.deepEqual([(await mails())[0].length, none], [1, []]);
  },
);

story('with shop and inbox side by side, each shows the other’s messages', async (world) => {
  const page = await (await world.browser({ viewport: { width: 1600, height: 900 } })).newPage();
  await page.goto(`${CHAT}/both`);
  const shop = page.frameLocator('[title="The shop"]');
  const agent = new Agent(page, page.frameLocator('[title="The desk"]').frameLocator('#inbox'));
  await seen(agent.rows.first());
  const text = `Across ${unique()}`;
  await shop.locator('[part~=launcher]').click();
  await shop.locator('[part~=input]').fill(text);
  await shop.locator('[part~=input]').press('Enter');
  await agent.rows.filter({ hasText: text }).click();
  await agent.shows([text]);
  await agent.say('And back');
  await seen(shop.locator('[part~=message]', { hasText: 'And back' }));
  await agent.picture('both');
});
