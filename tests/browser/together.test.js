// @ts-check
/**
 * Widget and inbox together: a guest in the demo shop in one browser, an admin in another, and a
 * real server in between.
 */

import assert from 'node:assert/strict';
import {
  CHAT,
  InboxPage,
  SAYS,
  WidgetPage,
  customer,
  gone,
  goOffline,
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
  const widget = await WidgetPage.at(context, `${CHAT}/`);
  await widget.open();
  return widget;
}
/** @param {WidgetPage} widget @param {string} text @param {string} name */
const tick = (widget, text, name) =>
  seen(widget.message(text).getByRole('img', { name, exact: true }));
/**
 * @param {WidgetPage} widget
 * @param {string} text
 * @param {string[]} names The buttons of the message to click, one after another.
 */
async function act(widget, text, ...names) {
  await widget.message(text).hover();
  for (const name of names) await widget.message(text).getByRole('button', { name }).click();
}

story(
  'a guest and Mia see the same: typing, ticks, edits, deletions, a disconnect, and a sign-in',
  async (world) => {
    world.tolerate(
      /Failed to load resource|ERR_INTERNET_DISCONNECTED|closed before the connection/,
    );
    const desk = await InboxPage.at(world);
    await seen(desk.rows.first());
    const widget = await shopGuest(world);
    await widget.say('Is the moss one back?');
    const hash = await widget.guestHash();
    await until(() => desk.unread(hash), 1);
    await seen(desk.row(hash).locator('.waiting'), desk.row(hash).getByText('Guest'));
    await until(
      async () =>
        `(${(await mia.ask('GET', 'messages/unread-count')).unread_count}) Inbox` ===
        (await desk.page.title()),
      true,
    );
    await tick(widget, 'moss', SAYS.sent);
    // It is shown for seconds only, so the wait starts first.
    await Promise.all([
      seen(desk.row(hash).getByText('Typing…')),
      widget.input.pressSequentially('In gr'),
    ]);
    await desk.open(hash);
    await desk.shows(['Is the moss one back?']);
    await tick(widget, 'moss', SAYS.read);
    await until(() => desk.unread(hash), 0);

    await Promise.all([
      seen(widget.part('typing', SAYS.typing.replace('{name}', 'The Teapot Shop'))),
      desk.input.pressSequentially('It is'),
    ]);
    await widget.close();
    await desk.say('It is back on Thursday.');
    await gone(desk.row(hash).locator('.waiting'));
    await until(() => desk.log.locator('.own .tick').textContent(), 'Sent');
    await until(() => widget.badge.textContent(), '1');
    await widget.open();
    await seen(desk.log.locator('.own .tick.read'));
    await widget.say('Grand, I take too.');
    await desk.shows(['Is the moss one back?', 'It is back on Thursday.', 'Grand, I take too.']);
    await act(widget, 'Grand', SAYS.edit);
    await widget.write('Grand, I take two.');
    await seen(desk.message('I take two').getByText('Edited'));
    await desk.act('Thursday', 'Edit');
    await desk.inbox.getByRole('textbox', { name: 'Edit message' }).fill('It is back on Friday.');
    await desk.press('Enter');
    await seen(widget.message('Friday').getByText(SAYS.edited));
    await widget.picture('together-shop');
    await desk.picture('together');

    await desk.say('Wrong window');
    await widget.shows([
      'Is the moss one back?',
      'It is back on Friday.',
      'Grand, I take two.',
      'Wrong window',
    ]);
    await desk.act('Wrong window', 'Delete');
    await desk.dialog('Delete this message?').getByRole('button', { name: 'Delete' }).click();
    await widget.shows([
      'Is the moss one back?',
      'It is back on Friday.',
      'Grand, I take two.',
      SAYS.deleted,
    ]);
    await act(widget, 'Grand', SAYS.remove, SAYS.sure);
    const sofar = [
      'Is the moss one back?',
      'It is back on Friday.',
      'Message deleted',
      'Message deleted',
    ];
    await desk.shows(sofar);

    await goOffline(widget.page);
    await widget.write('From the tunnel');
    for (const text of ['Are you there?', 'I keep two for you.']) await desk.say(text);
    await widget.context.setOffline(false);
    const after = ['Are you there?', 'I keep two for you.', 'From the tunnel'];
    await desk.shows([...sofar, ...after]);
    await widget.shows([
      ...sofar.map((text) => text.replace('Message deleted', SAYS.deleted)),
      ...after,
    ]);

    await widget.page.getByRole('button', { name: 'Ada', exact: true }).click();
    await seen(
      desk.row(hash).getByText('Ada Customer'),
      desk.thread.getByRole('heading', { name: 'Ada Customer' }),
    );
    await until(() => desk.thread.getByText('Guest').count(), 0);
    await desk.say('Hello Ada');
    await seen(widget.message('Hello Ada'));
    await widget.say('Thank you, Mia');
    await seen(desk.message('Thank you, Mia'));
    await mia.sees(hash, [...sofar.slice(0, 2), ...after, 'Hello Ada', 'Thank you, Mia']);
    await widget.picture('together-ada');
  },
);

story(
  'a customer who has left gets a mail about the answer; one who is there gets none',
  async (world) => {
    const [leaves, stays] = [customer(), customer()];
    const desk = await InboxPage.at(world);
    for (const who of [leaves, stays]) {
      const widget = await shopGuest(world);
      await widget.call('identify', { token: who.token });
      await widget.say('Do you ship to Norway?');
      await desk.open(who.hash);
      await widget.close();
      if (who === leaves) await widget.context.close();
      await desk.say('We do, in three days.');
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
  const desk = new InboxPage(page, page.frameLocator('[title="The desk"]').frameLocator('#inbox'));
  await seen(desk.rows.first());
  const text = `Across ${unique()}`;
  await shop.locator('[part~=launcher]').click();
  await shop.locator('[part~=input]').fill(text);
  await shop.locator('[part~=input]').press('Enter');
  await desk.rows.filter({ hasText: text }).click();
  await desk.shows([text]);
  await desk.say('And back');
  await seen(shop.locator('[part~=message]', { hasText: 'And back' }));
  await desk.picture('both');
});

story(
  'presence is shown where it is proven: a hidden page is away, and a lost socket proves nothing',
  async (world) => {
    world.tolerate(
      /Failed to load resource|ERR_INTERNET_DISCONNECTED|closed before the connection/,
    );
    const widget = await shopGuest(world);
    await widget.say('Is anyone there?');
    const hash = await widget.guestHash();
    const online = widget.part('online', 'Online');
    const desk = await InboxPage.at(world, { hash, before: keepSockets });
    const here = [
      desk.thread.getByText('Here now'),
      desk.details.getByText('Here now'),
      desk.row(hash).locator('.here-dot'),
    ];
    await seen(...here);

    // A tab in the background.
    await hide(widget.page, true);
    await gone(...here);
    await hide(widget.page, false);
    await seen(...here, online);
    // A second tab of the guest, which stays.
    const second = await widget.anotherTab();
    if (!(await second.panel.isVisible())) await second.open();
    await seen(second.part('online', 'Online'));
    await widget.page.close();
    await hide(second.page, true);
    await gone(...here);
    await hide(second.page, false);
    await seen(...here);

    // Staff is away for the next pong, which comes with the page's return.
    await hide(desk.page, true);
    await hide(second.page, true);
    await hide(second.page, false);
    await gone(second.part('online', 'Online'));
    await hide(desk.page, false);
    await seen(...here);
    await hide(second.page, true);
    await hide(second.page, false);
    await seen(second.part('online', 'Online'));

    await goOffline(desk.page);
    await gone(...here);
    await goOffline(second.page);
    await gone(second.part('online', 'Online'));
  },
);

/**
 * Makes a page believe that it is hidden, or visible again.
 * @param {import('playwright-core').Page} page @param {boolean} isHidden
 */
const hide = (page, isHidden) =>
  page.evaluate((is) => {
    Object.defineProperty(document, 'hidden', { value: is, configurable: true });
    Object.defineProperty(document, 'visibilityState', {
      value: is ? 'hidden' : 'visible',
      configurable: true,
    });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);
