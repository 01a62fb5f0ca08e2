// @ts-check
/** The staff's inbox: the customer's orders beside the conversation, and products of the shop. */

import assert from 'node:assert/strict';
import { CHAT, InboxPage, customer, gone, seen, staff, story, until } from './support.js';

const mia = staff();
/** A customer of the demo shop with two orders. */
const BEN = 'direct:admin:cus_ben';

/** The block of the details pane. @param {InboxPage} desk */
const shopOf = (desk) => desk.inbox.locator('.details-shop');

story("a customer's orders are beside the conversation", async (world) => {
  await mia.ask('POST', 'channels', { customer_id: 'cus_ben' });
  const desk = await InboxPage.at(world, { hash: BEN });
  const shop = shopOf(desk);
  await seen(shop.getByRole('heading', { name: 'The shop' }));
  await seen(shop.getByText(/\bAug\b/));
  await seen(shop.getByText('€171.10'));
  const order = shop.getByRole('article').filter({ hasText: '#1042' });
  await seen(order.getByText('€114.60'));
  await seen(order.getByText('Delivered · Paid'));
  await seen(order.getByText('1 × Clay teapot, 2 × Fjord cup, 1 × Tea strainer'));
  assert.equal(await order.locator('img').count(), 3);
  assert.equal(
    await order.getByRole('link', { name: '#1042' }).getAttribute('href'),
    `${CHAT}/dev/medusa/app/orders/order_1042`,
  );
  const asked = desk.asked().filter((path) => path.includes('/shop/'));
  assert.deepEqual(asked, ['/admin/chat/shop/customers/cus_ben'], 'once');
});

story('all of the last ten orders are shown on request', async (world) => {
  await mia.ask('POST', 'channels', { customer_id: 'cus_ada' });
  const desk = await InboxPage.at(world, { hash: 'direct:admin:cus_ada' });
  const orders = shopOf(desk).getByRole('article');
  await until(() => orders.count(), 3);
  await desk.click('Show the last 10 orders');
  await until(() => orders.count(), 10);
  await seen(orders.filter({ hasText: '#1011' }).getByText('Cancelled', { exact: true }));
});

story('a shop that does not answer says so, and the chat does not notice', async (world) => {
  const member = customer();
  await member.me.begin();
  await member.me.send(member.hash, 'Where is my order?');
  const desk = await InboxPage.at(world);
  await desk.withoutShop(world);
  await seen(desk.row(member.hash));
  await desk.row(member.hash).click();
  const shop = shopOf(desk);
  await seen(shop.getByText('The shop does not answer'));
  await desk.say('I look it up.');
  await member.me.sees(member.hash, ['Where is my order?', 'I look it up.']);
  assert.equal(await desk.inbox.locator('.connection:visible').count(), 0);
  const asked = () => desk.asked().filter((path) => path.includes('/shop/')).length;
  assert.equal(asked(), 1, 'it is asked again only on request');
  await desk.page.unroute('**/admin/chat/shop/**');
  await shop.getByRole('button', { name: 'Try again' }).click();
  await seen(shop.getByText('Customer since'));
  await gone(shop.getByText('The shop does not answer'));
});

story('the inbox says so if the shop does not know a customer', async (world) => {
  world.tolerate(/404 .*\/chat\/shop\//);
  await mia.ask('POST', 'channels', { customer_id: 'cus_missing7' });
  const desk = await InboxPage.at(world, { hash: 'direct:admin:cus_missing7' });
  await seen(shopOf(desk).getByText('The shop does not know this customer.'));
  assert.equal(await shopOf(desk).getByRole('button').count(), 0);
});

story('a conversation begins with a customer whom the shop finds', async (world) => {
  const desk = await InboxPage.at(world);
  const box = desk.dialog('New conversation');
  const field = box.getByLabel('Customer id');
  for (const [text, name, hash] of [
    ['#1066', 'Sofia Customer', 'direct:admin:cus_sofia'],
    ['henri', 'Henri Customer', 'direct:admin:cus_henri'],
    ['cus_mona@customers', 'Mona Customer', 'direct:admin:cus_mona'],
  ]) {
    await desk.press('c');
    await field.fill(text);
    await seen(box.getByRole('button', { name }));
    await desk.press('ArrowDown', 'Enter');
    await gone(box);
    await until(() => desk.page.evaluate(() => decodeURIComponent(location.hash)), `#${hash}`);
    await desk.press('Escape', 'Escape');
  }
});

story('a product of the shop is sent', async (world) => {
  const member = customer();
  await member.me.begin();
  await member.me.send(member.hash, 'Which cup fits?');
  const desk = await InboxPage.at(world, { hash: member.hash });
  await desk.click('Send a product');
  const box = desk.dialog('Send a product');
  await box.getByLabel('Product').fill('cup');
  await until(() => box.locator('.shop-row').count(), 1);
  await box.getByRole('button', { name: 'Fjord cup' }).click();
  await gone(box);

  await member.me.sees(member.hash, ['Which cup fits?', 'Fjord cup (€12.50)']);
});
