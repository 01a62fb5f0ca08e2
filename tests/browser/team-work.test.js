// @ts-check
/** A team in the inbox: views, close, assign, snooze, labels, notes, and both logs as one. */

import assert from 'node:assert/strict';
import {
  InboxPage,
  customer,
  goOffline,
  gone,
  introduce,
  keepSockets,
  seen,
  staff,
  story,
  unique,
  until,
} from './support.js';

const mia = staff();
const tom = staff('user_tom');
await introduce(mia, tom);

/** A new customer who has sent these messages to the shop. @param {string[]} texts */
async function newCustomer(...texts) {
  const member = customer();
  await member.me.begin();
  for (const text of texts) await member.me.send(member.hash, text);
  return { ...member, say: (/** @type {string} */ text) => member.me.send(member.hash, text) };
}

/** @param {string} hash @returns {Promise<any>} As staff sees it. */
const channelOf = async (hash) => (await mia.ask('GET', `channels/${hash}`)).channel;
/** @param {string} hash @param {object} fields */
const change = (hash, fields) => tom.ask('PUT', `channels/${hash}`, fields);
/** The open conversation. @param {InboxPage} desk */
const openHash = ({ page }) => decodeURIComponent(new URL(page.url()).hash.slice(1));
/** @param {InboxPage} desk @param {string} key */
const view = ({ inbox }, key) => inbox.locator(`.views [data-view="${key}"]`);
/** The number at a view. @param {InboxPage} desk @param {string} key */
const numberAt = async (desk, key) =>
  Number((await view(desk, key).locator('.view-count').allTextContents())[0] ?? 0);
/** @param {InboxPage} desk @param {string} name */
const item = ({ inbox }, name) => inbox.getByRole('menu').getByText(name, { exact: true });
/** The lines and notes of the log, in order, without their times. @param {InboxPage} desk */
const lines = ({ log }) => log.locator('.change > span').allTextContents();
/** Closes what waits, so that the queue has a known order. */
async function closeAll() {
  for (;;) {
    const { channels } = await mia.ask('GET', 'channels?order=waiting&limit=100');
    if (!channels.length) return;
    for (const { channel_hash } of channels)
      await mia.ask('PUT', `channels/${channel_hash}`, { status: 'closed' });
  }
}

story('the views show what belongs into them, and their numbers follow at once', async (world) => {
  const slug = `l${unique()}`.slice(0, 32);
  const { labels, version } = await mia.ask('GET', 'labels');
  await mia.ask('PUT', 'labels', {
    labels: [...labels, { slug, name: `Label ${slug}`, color: '#7c3aed' }],
    version,
  });
  await closeAll();
  const [one, two] = [await newCustomer('I wait longest'), await newCustomer('I wait, too')];
  const desk = await InboxPage.at(world);
  await view(desk, 'waiting').click();
  await seen(desk.row(one.hash), desk.row(two.hash));
  const rows = () =>
    desk.rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-channel')));
  const order = (await rows()).filter((hash) => [one.hash, two.hash].includes(String(hash)));
  assert.deepEqual(order, [one.hash, two.hash], 'longest first');
  const { counts } = await until(
    () => mia.ask('GET', 'counts'),
    (answer) => answer.counts.waiting > 1,
  );
  await until(() => numberAt(desk, 'waiting'), counts.waiting);
  await change(one.hash, { status: 'closed' });
  await gone(desk.row(one.hash));
  await until(() => numberAt(desk, 'waiting'), counts.waiting - 1);
  await tom.send(two.hash, 'I am here.');
  await gone(desk.row(two.hash));
  await view(desk, 'closed').click();
  await seen(desk.row(one.hash).getByText('Closed'));
  await one.say('I have one more question');
  await gone(desk.row(one.hash));
  await change(one.hash, { labels: [slug], assignee_id: 'user_mia' });
  await until(() => numberAt(desk, `label:${slug}`), 1);
  await view(desk, `label:${slug}`).click();
  await seen(desk.row(one.hash).getByText(`Label ${slug}`));
  assert.equal(await desk.rows.count(), 1);
  await desk.press('g', 'm');
  await seen(desk.row(one.hash));
  await change(one.hash, { assignee_id: 'user_tom' });
  await gone(desk.row(one.hash));
  await desk.press('g', 'a');
  await seen(desk.row(one.hash).getByText('Tom', { exact: true }), desk.row(two.hash));
  await desk.page.reload();
  await seen(desk.row(one.hash));
  await desk.picture('views');
});

story('E closes, goes on to the one that waits longest, and can be undone', async (world) => {
  await closeAll();
  const [one, two] = [await newCustomer('First'), await newCustomer('Second')];
  const desk = await InboxPage.at(world, { hash: one.hash });
  await desk.log.focus();
  await desk.press('e');
  await until(() => openHash(desk), two.hash);
  await until(async () => (await channelOf(one.hash)).status, 'closed');
  await desk.click('Undo');
  await until(async () => (await channelOf(one.hash)).status, 'open');
  await until(() => openHash(desk), one.hash);
  await seen(desk.button('Close'));
  assert.ok((await channelOf(one.hash)).unanswered_since, 'waits again');
  await desk.click('Close');
  await until(() => openHash(desk), two.hash);
  await desk.click('Close');
  await seen(desk.text('Closed. All caught up: nobody waits.'), desk.text('All caught up'));
  await desk.picture('all caught up');
  await desk.row(two.hash).click();
  await desk.click('Reopen');
  await seen(desk.button('Close'));
  await until(() => lines(desk), ['Closed by Mia · Reopened by Mia']);
});

story('send and close is one request, survives a reload, and goes on', async (world) => {
  await closeAll();
  const [one, two] = [await newCustomer('First'), await newCustomer('Second')];
  const desk = await InboxPage.at(world, { hash: one.hash });
  let isCut = true;
  await desk.context.route(`**/admin/chat/messages/${encodeURIComponent(one.hash)}`, (route) =>
    isCut && route.request().method() === 'POST' ? route.abort() : route.fallback(),
  );
  world.tolerate(/Failed to load resource/);
  await desk.input.fill('Here you are.');
  await desk.press('Control+Enter');
  await until(() => openHash(desk), two.hash);
  isCut = false;
  await desk.page.reload();
  await one.me.sees(one.hash, ['First', 'Here you are.']);
  const { status, last_seq, staff_seq } = await until(
    () => channelOf(one.hash),
    (channel) => channel.status === 'closed',
  );
  const { entries } = await mia.ask('GET', `channels/${one.hash}/log?after=0`);
  assert.deepEqual(
    [status, last_seq, staff_seq, entries.map((/** @type {any} */ { after_seq }) => after_seq)],
    ['closed', 2, 2, [2, 2]],
    'message, status and assignee are one commit',
  );
});

story('undo of send and close keeps the message, and takes back only the status', async (world) => {
  await closeAll();
  const [one, two] = [await newCustomer('First'), await newCustomer('Second')];
  const desk = await InboxPage.at(world, { hash: one.hash });
  let isCut = true;
  await desk.context.route(`**/admin/chat/messages/${encodeURIComponent(one.hash)}`, (route) =>
    isCut && route.request().method() === 'POST' ? route.abort() : route.fallback(),
  );
  world.tolerate(/Failed to load resource/);
  const sendAndUndo = async (/** @type {string} */ text) => {
    await desk.input.fill(text);
    await desk.press('Control+Enter');
    await until(() => openHash(desk), two.hash);
    await desk.click('Undo');
    await until(() => openHash(desk), one.hash);
  };
  await sendAndUndo('Not stored yet');
  isCut = false;
  await one.me.sees(one.hash, ['First', 'Not stored yet']);
  await until(() => desk.log.locator('.pending').count(), 0);
  assert.equal((await channelOf(one.hash)).status, 'open');
  // Stored by the server, which the page does not know yet.
  await one.say('And now?');
  await desk.message('And now?').waitFor();
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((free) => (release = () => free(undefined)));
  await desk.context.route(
    `**/admin/chat/messages/${encodeURIComponent(one.hash)}`,
    async (route) => {
      if (route.request().method() !== 'POST') return route.fallback();
      const response = await route.fetch();
      await held;
      return route.fulfill({ response });
    },
  );
  await sendAndUndo('On its way');
  release();
  await until(() => desk.log.locator('.pending').count(), 0);
  await until(async () => (await channelOf(one.hash)).status, 'open');
  await one.me.sees(one.hash, ['First', 'Not stored yet', 'And now?', 'On its way']);
});

story('two admins: the same both logs after floods, lost sockets and an absence', async (world) => {
  const member = await newCustomer('Hello');
  const { hash } = member;
  const desks = [
    await InboxPage.at(world, { hash, before: keepSockets }),
    await InboxPage.at(world, { hash, id: 'user_tom', before: keepSockets }),
  ];
  world.tolerate(/Failed to load resource|ERR_INTERNET_DISCONNECTED|WebSocket/);
  await goOffline(desks[0].page);
  const work = async (/** @type {any} */ admin, /** @type {number} */ seed) => {
    for (let turn = 0; turn < 12; turn++) {
      const at = turn + seed;
      if (at % 3 === 0) await admin.ask('POST', `channels/${hash}/notes`, { body: `Note ${at}` });
      else if (at % 3 === 1)
        await admin.ask('PUT', `channels/${hash}`, { assignee_id: at % 2 ? admin.id : null });
      else await admin.ask('PUT', `channels/${hash}`, { status: at % 2 ? 'closed' : 'open' });
    }
  };
  const talk = async () => {
    for (let turn = 0; turn < 6; turn++) await member.say(`Question ${turn}`);
  };
  await Promise.all([work(mia, 0), work(tom, 1), talk()]);
  await desks[0].page.context().setOffline(false);
  const { entries, staff_seq } = await mia.ask('GET', `channels/${hash}/log?after=0`);
  assert.deepEqual(
    entries.map((/** @type {any} */ entry) => entry.staff_seq),
    Array.from({ length: staff_seq }, (_, index) => index + 1),
  );
  const notes = entries
    .filter((/** @type {any} */ { kind }) => kind === 'note')
    .map((/** @type {any} */ { note }) => note.body);
  for (const desk of desks) {
    await until(() => desk.log.locator('.note .text').allTextContents(), notes);
    await until(async () => (await desk.log.locator('.theirs .text').count()) >= 7, true);
    const { status } = await channelOf(hash);
    await seen(desk.button(status === 'closed' ? 'Reopen' : 'Close'));
  }
  const rows = () =>
    Promise.all(
      desks.map(({ log }) => log.locator('.note .text, .theirs .text, .change').allTextContents()),
    );
  await until(rows, ([first, second]) => JSON.stringify(first) === JSON.stringify(second));
  await desks[0].picture('flood');
});

story(
  'a note mentions, is edited and deleted by its author, and no customer sees it',
  async (world) => {
    const member = await newCustomer('Hello');
    const desk = await InboxPage.at(world, { hash: member.hash });
    const other = await InboxPage.at(world, { hash: member.hash, id: 'user_tom' });
    await desk.input.fill('My reply');
    await desk.press('Escape', 'n');
    const note = desk.inbox.getByRole('textbox', { name: 'Note', exact: true });
    await note.pressSequentially('Look at this @tom');
    await seen(desk.inbox.getByRole('listbox', { name: 'Team' }).getByText('@Tom'));
    await desk.press('Enter');
    assert.equal(await note.inputValue(), 'Look at this @Tom ');
    await desk.picture('note');
    await desk.press('Enter');
    await seen(other.log.locator('.note').getByText('Look at this @Tom'));
    assert.equal(await desk.input.inputValue(), 'My reply', 'the draft of the reply is kept');
    const { entries } = await mia.ask('GET', `channels/${member.hash}/log?after=0`);
    assert.deepEqual(entries[0].note.mentions, ['user_tom']);
    await desk.act('Look at this', 'Edit');
    await desk.inbox.getByRole('textbox', { name: 'Edit note' }).fill('Never mind');
    await desk.press('Enter');
    await seen(other.log.locator('.note').getByText('Never mind'), other.log.getByText('Edited'));
    assert.equal(await other.message('Never mind').getByRole('button').count(), 0);
    await desk.act('Never mind', 'Delete');
    await desk.dialog('Delete').getByRole('button', { name: 'Delete' }).click();
    await seen(other.log.getByText('Note deleted'));
    await gone(other.log.getByText('Never mind'));
    assert.deepEqual(
      (await member.me.messages(member.hash)).map(({ body }) => body),
      ['Hello'],
    );
  },
);

story('assign, snooze, label and unread by keys, each with undo', async (world) => {
  const slug = `k${unique()}`.slice(0, 32);
  const { labels, version } = await mia.ask('GET', 'labels');
  await mia.ask('PUT', 'labels', {
    labels: [...labels, { slug, name: `Key ${slug}`, color: '#15803d' }],
    version,
  });
  const member = await newCustomer('Hello');
  const { hash } = member;
  const desk = await InboxPage.at(world, { hash });
  await desk.log.focus();
  await desk.press('i');
  await seen(desk.button('Mia'));
  await until(async () => (await channelOf(hash)).assignee_id, 'user_mia');
  await desk.press('a');
  await item(desk, 'Tom Staff').click();
  await seen(desk.button('Tom'), desk.text('Assigned to Tom'));
  await desk.click('Undo');
  await seen(desk.button('Mia'));
  await desk.press('l');
  await item(desk, `Key ${slug}`).click();
  await desk.press('Escape');
  await seen(desk.row(hash).getByText(`Key ${slug}`));
  await until(async () => (await channelOf(hash)).labels, [slug]);
  await desk.press('s');
  await desk.picture('snooze');
  await item(desk, 'Tomorrow').click();
  await until(async () => (await channelOf(hash)).status, 'snoozed');
  await seen(desk.log.getByText(/Snoozed until .*9:00 by Mia/));
  await member.say('Are you there?');
  await until(async () => (await channelOf(hash)).status, 'open');
  await until(() => desk.unread(hash), 0);
  await desk.press('u');
  await seen(desk.text('Choose a conversation'));
  await until(() => desk.unread(hash), 1);
  await until(async () => (await channelOf(hash)).unread_count, 1);
  await desk.open(hash);
  await until(async () => (await channelOf(hash)).unread_count, 0);
  await until(() => desk.unread(hash), 0);
});

story('many ticked conversations are closed and labelled at once', async (world) => {
  const all = [];
  for (let index = 0; index < 6; index++) all.push(await newCustomer(`Spam ${index}`));
  const desk = await InboxPage.at(world);
  for (const { hash } of all) {
    await desk.row(hash).locator('.face').hover();
    await desk.row(hash).locator('.face').click();
  }
  await seen(desk.text('6 ticked'));
  await desk.picture('ticked');
  await desk.inbox.getByRole('group', { name: 'Ticked conversations' }).getByText('Close').click();
  await seen(desk.text('6 closed.'));
  for (const { hash } of all) await until(async () => (await channelOf(hash)).status, 'closed');
  await gone(desk.text('6 ticked'));
  await desk.click('Undo');
  for (const { hash } of all) await until(async () => (await channelOf(hash)).status, 'open');
});
