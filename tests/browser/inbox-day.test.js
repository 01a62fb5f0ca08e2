// @ts-check
/** A day in the inbox: many customers wait, two admins answer all of them. */

import assert from 'node:assert/strict';
import { InboxPage, customer, introduce, seen, staff, story, until } from './support.js';

const mia = staff();
const tom = staff('user_tom');
await introduce(mia, tom);

const COUNT = 60;

/** @param {string} order @returns {Promise<any[]>} */
const listed = async (order) =>
  (await mia.ask('GET', `channels?limit=100&order=${order}`)).channels;
/** @param {InboxPage} desk */
const openHash = ({ page }) => decodeURIComponent(new URL(page.url()).hash.slice(1));

/** Closes what waits, so that the queue has a known order. */
async function closeAll() {
  for (let left = await listed('waiting'); left.length; left = await listed('waiting'))
    for (const { channel_hash } of left)
      await mia.ask('PUT', `channels/${channel_hash}`, { status: 'closed' });
}
/** Customers who wait, the first one longest. @param {number} count @returns {Promise<string[]>} */
async function queue(count) {
  await closeAll();
  const hashes = [];
  for (let index = 0; index < count; index++) {
    const { me, hash } = customer();
    await me.begin();
    await me.send(hash, `Question ${index}`);
    hashes.push(hash);
  }
  return hashes;
}

story('sixty customers wait, two admins: none is forgotten or answered twice', async (world) => {
  const hashes = await queue(COUNT);
  const desks = [await InboxPage.at(world), await InboxPage.at(world, { id: 'user_tom' })];
  let keys = 0;
  const press = async (/** @type {InboxPage} */ desk, /** @type {string[]} */ ...pressed) => {
    keys += pressed.length;
    await desk.press(...pressed);
  };
  for (const desk of desks) await press(desk, 'g', 'w');
  for (const desk of desks) await seen(desk.row(hashes[0]));
  await press(desks[0], 'j');
  await until(() => openHash(desks[0]), hashes[0]);
  await press(desks[1], 'j', 'j');
  await until(() => openHash(desks[1]), hashes[1]);
  /** @type {string[]} */
  const answered = [];
  /** Every third is closed without an answer, and one that is answered is left. */
  const finish = async (/** @type {InboxPage} */ desk, /** @type {number} */ turn) => {
    const hash = openHash(desk);
    await seen(desk.input);
    if (answered.includes(hash) || turn % 3 === 2) {
      if (answered.includes(hash)) await seen(desk.button('Reopen'));
      else answered.push(hash);
      await desk.log.focus();
      await press(desk, 'e');
    } else {
      answered.push(hash);
      await press(desk, 'r');
      await until(() => desk.input.evaluate((input) => input === document.activeElement), true);
      await desk.page.keyboard.insertText(`Answer ${turn}`);
      await press(desk, 'Control+Enter');
    }
    await until(() => openHash(desk) !== hash, true);
  };
  for (let turn = 0; desks.some(openHash); turn++) {
    const desk = desks[turn % 2];
    if (!openHash(desk)) continue;
    const left = hashes.filter((hash) => !answered.includes(hash));
    // Two who come to one conversation at the same time part.
    if (left.length > 1)
      await until(
        () => desks.map(openHash),
        ([one, two]) => one !== two,
      );
    const hash = openHash(desk);
    const isNext = left.slice(0, 3).includes(hash) || answered.includes(hash);
    assert.ok(isNext, `turn ${turn}: one of those who wait longest`);
    await finish(desk, turn);
  }
  assert.deepEqual(answered.toSorted(), hashes.toSorted(), 'all, and none twice');
  await seen(desks[0].text('All caught up'), desks[1].text('All caught up'));
  assert.deepEqual(await listed('waiting'), []);
  for (const hash of hashes) {
    const { entries } = await mia.ask('GET', `channels/${hash}/log?after=0`);
    const closings = entries.filter((/** @type {any} */ { status }) => status === 'closed');
    const answers = (await mia.messages(hash)).filter(({ sender_role }) => sender_role === 'admin');
    assert.equal(closings.length, 1, 'closed once');
    assert.ok(answers.length <= 1, 'answered once');
  }
  console.log(`${keys} keys for ${COUNT} conversations, without the texts`);
  assert.ok(keys <= 2 * COUNT + 10, `${keys} keys`);
});

story('two admins whom the queue leads to one conversation part', async (world) => {
  const waiting = await queue(4);
  const desks = [
    await InboxPage.at(world, { hash: waiting[0] }),
    await InboxPage.at(world, { hash: waiting[1], id: 'user_tom' }),
  ];
  for (const desk of desks) await desk.log.focus();
  // Both learn of the queue before either has moved.
  /** @type {(() => void)[]} */
  const held = [];
  for (const desk of desks)
    await desk.context.route('**/admin/chat/channels?order=waiting*', async (route) => {
      const response = await route.fetch();
      await new Promise((free) => {
        held.push(() => free(undefined));
        if (held.length === 2) for (const release of held) release();
      });
      await route.fulfill({ response });
    });
  await Promise.all(desks.map((desk) => desk.press('e')));
  await until(
    () => held.length,
    (length) => length >= 2,
  );
  for (const desk of desks) await desk.context.unrouteAll({ behavior: 'ignoreErrors' });
  await until(
    () => desks.map(openHash),
    ([one, two]) => one === waiting[2] && two === waiting[3],
  );
});

story('E does not reopen what another admin has closed meanwhile', async (world) => {
  const [one, two] = [customer(), customer()];
  for (const { me, hash } of [one, two]) {
    await me.begin();
    await me.send(hash, 'Hello');
  }
  const desk = await InboxPage.at(world, { hash: one.hash });
  await tom.ask('PUT', `channels/${one.hash}`, { status: 'closed' });
  await seen(desk.button('Reopen'));
  await desk.log.focus();
  await desk.press('e');
  await until(() => openHash(desk) !== one.hash, true);
  const { channel } = await mia.ask('GET', `channels/${one.hash}`);
  assert.equal(channel.status, 'closed');
});
