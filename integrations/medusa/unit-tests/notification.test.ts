import assert from 'node:assert/strict';
import { test } from 'node:test';
import { POST } from '../src/api/hooks/chat-notification/route';
import { isWithoutProvider } from '../src/lib/deliver';
import { isToken } from '../src/lib/notification';
import { call, NotificationModule } from './medusa';

const MAIL = {
  to: 'ada@customers.example',
  channel: 'email',
  template: 'chat_unread_message',
  data: { sender_name: 'Acme', preview: 'Forty of them.', unread_count: 1 },
  trigger_type: 'chat.message.created',
  resource_id: 'chatmsg_1',
  resource_type: 'chat_message',
  receiver_id: 'cus_ada',
  idempotency_key: 'chat_unread_message:chatmsg_1:cus_ada',
};

/** Posts to the hook, and notes what was sent. */
async function post(
  body: unknown,
  settings = {},
  token = 'hook-token',
  notifications = new NotificationModule(),
) {
  const answer = await call(POST, {
    headers: { 'x-chat-token': token },
    body,
    settings,
    notifications,
  });
  return { ...answer, created: notifications.sent };
}

test('a token is compared whole, and nothing passes where none is set', () => {
  assert.ok(isToken('a', 'a'));
  for (const [given, expected] of [
    ['a', 'b'],
    ['a', 'ab'],
    ['ab', 'a'],
    ['', 'a'],
    [undefined, 'a'],
    ['', ''],
    ['', undefined],
    [undefined, undefined],
  ]) {
    assert.ok(!isToken(given, expected));
  }
});

test('a wrong token is refused, whatever it brings', async () => {
  for (const token of ['', 'hook-token2', 'hook-toke'])
    assert.equal((await post(MAIL, {}, token)).status, 401);
  for (const hookToken of [undefined, ''])
    assert.equal((await post(MAIL, { hookToken }, '')).status, 401);
  const { status, created, body } = await post({}, {}, 'wrong');
  assert.deepEqual([status, created, body.type], [401, [], 'unauthorized']);
});

test('what is no mail is refused with the reason', async () => {
  const { to, ...nobody } = MAIL;
  const cases: [unknown, RegExp][] = [
    ...[undefined, null, [], 'text', 7].map((odd): [unknown, RegExp] => [
      odd,
      /Invalid request: body: /,
    ]),
    [nobody, /to: /],
    [{ ...MAIL, idempotency_key: '' }, /idempotency_key: /],
    [{ ...MAIL, template: 7, receiver_id: null }, /template: .*receiver_id: /],
    ...['text', null, [], undefined].map((data): [unknown, RegExp] => [
      { ...MAIL, data },
      /data: /,
    ]),
  ];
  for (const [body, message] of cases) {
    const answer = await post(body);
    assert.deepEqual([answer.status, answer.body.type, answer.created], [400, 'invalid_data', []]);
    assert.match(answer.body.message, message);
  }
});

test('a mail goes to the notification module as it came', async () => {
  const { status, created } = await post({ ...MAIL, something_new: 1 });
  assert.deepEqual([status, created], [204, [MAIL]]);
});

test('the same mail again sends nothing', async () => {
  const notifications = new NotificationModule();
  for (let i = 0; i < 3; i++)
    assert.equal((await post(MAIL, {}, undefined, notifications)).status, 204);
  assert.equal(notifications.sent.length, 1);
});

test('a mail whose provider failed is tried again, and sent once', async () => {
  let isAway = true;
  const provider = async () => {
    if (isAway) throw new Error('the provider is away');
  };
  const notifications = new NotificationModule({ email: provider, feed: async () => {} });
  const again = async () =>
    (await post({ ...MAIL, receiver_id: 'user_1' }, { feed: true }, undefined, notifications))
      .status;
  const mails = () => notifications.sent.filter(({ channel }) => channel === 'email').length;
  for (let i = 0; i < 3; i++) assert.deepEqual([await again(), mails()], [500, 0]);
  isAway = false;
  for (let i = 0; i < 3; i++) assert.deepEqual([await again(), mails()], [204, 1]);
  assert.deepEqual(notifications.rows.map(({ channel, status }) => `${channel} ${status}`).sort(), [
    'email success',
    'feed success',
  ]);
});

test('without a mail provider the bell rings once, and no retry is asked for', async () => {
  const notifications = new NotificationModule({ feed: async () => {} });
  // EventBridge tries these again: 401, 407, 409, 429 and 5xx.
  for (let i = 0; i < 2; i++) {
    const { status, body } = await post(
      { ...MAIL, receiver_id: 'user_1' },
      { feed: true },
      undefined,
      notifications,
    );
    assert.deepEqual([status, body.type], [422, 'not_allowed']);
    assert.match(body.message, /no enabled notification provider for the channel 'email'/);
  }
  assert.deepEqual(
    notifications.sent.map(({ channel }) => channel),
    ['feed'],
  );
  assert.equal((await post(MAIL, {}, undefined, notifications)).status, 422);

  // Once there is a provider, the mail can be sent from the queue of failures.
  notifications.providers.email = async () => {};
  assert.equal(
    (await post({ ...MAIL, receiver_id: 'user_1' }, { feed: true }, undefined, notifications))
      .status,
    204,
  );
  assert.deepEqual(
    notifications.sent.map(({ channel }) => channel),
    ['feed', 'email'],
  );
});

test('a disabled provider is none', async () => {
  assert.ok(
    isWithoutProvider(
      new Error('Notification provider pp_sendgrid is not enabled. To enable it, configure it.'),
    ),
  );
  assert.ok(
    isWithoutProvider(
      new Error(
        'a\nCould not find a notification provider for channel: email for notification id noti_1',
      ),
    ),
  );
  for (const other of [
    new Error('the provider is away'),
    new Error('Failed to send notification with id noti_1:\nno provider'),
    'text',
    undefined,
  ]) {
    assert.ok(!isWithoutProvider(other));
  }
});

test('the bell hears of mails of staff, on request', async () => {
  const staff = { ...MAIL, receiver_id: 'user_1', idempotency_key: 'k' };
  assert.equal((await post(staff)).created.length, 1);
  assert.equal((await post(MAIL, { feed: true })).created.length, 1);

  const [mail, entry] = (await post(staff, { feed: true })).created;
  assert.deepEqual(mail, staff);
  assert.deepEqual(entry, {
    to: 'user_1',
    channel: 'feed',
    template: 'admin-ui',
    data: { title: 'New message from Acme', description: 'Forty of them.' },
    trigger_type: MAIL.trigger_type,
    resource_id: MAIL.resource_id,
    resource_type: MAIL.resource_type,
    receiver_id: 'user_1',
    idempotency_key: 'k:feed',
  });

  const inbox = await post({ ...staff, receiver_id: 'admin' }, { feed: true });
  assert.equal(inbox.created[1].to, '');

  const mention = await post({ ...staff, template: 'chat_note_mention' }, { feed: true });
  assert.equal(mention.created[1].data.title, 'Acme mentioned you in a note');

  const data = {
    title: 'Fitting',
    starts_at: '2027-03-01T09:00:00.000Z',
    preview: 'Shall we talk?',
  };
  const reminder = await post(
    { ...staff, template: 'chat_meeting_reminder', data },
    { feed: true },
  );
  assert.deepEqual(reminder.created[1].data, {
    title: 'Fitting begins soon: 2027-03-01T09:00:00.000Z',
    description: 'Shall we talk?',
  });

  const channels = [{ name: 'Ada' }, { name: 'Bob' }];
  const digest = await post(
    { ...staff, template: 'chat_daily_digest', data: { unread_count: 3, channels } },
    { feed: true },
  );
  assert.deepEqual(digest.created[1].data, {
    title: 'Unread messages: 3',
    description: 'Ada, Bob',
  });
});

test('a bell that does not ring fails no mail, and rings at the next try', async () => {
  const notifications = new NotificationModule({ email: async () => {} });
  const body = { ...MAIL, receiver_id: 'user_1' };
  assert.equal((await post(body, { feed: true }, undefined, notifications)).status, 204);
  notifications.providers.feed = async () => {};
  assert.equal((await post(body, { feed: true }, undefined, notifications)).status, 204);
  assert.deepEqual(
    notifications.sent.map(({ channel }) => channel),
    ['email', 'feed'],
  );
});

test('an entry of the bell links its conversation', async () => {
  const hash = 'direct:admin:cus_ada';
  const url = `https://chat.example/app/chat#${encodeURIComponent(hash)}`;
  const fileOf = async (change: object, settings = {}) => {
    const body = { ...MAIL, receiver_id: 'user_1', ...change };
    return (await post(body, { feed: true, ...settings })).created[1].data.file;
  };
  const file = { filename: 'Open the conversation', url };
  const data = { ...MAIL.data, channel_hash: hash };
  assert.deepEqual(await fileOf({ data }), file);
  assert.equal(await fileOf({ data }, { publicUrl: undefined }), undefined);
  assert.equal(await fileOf({ data: { ...data, channel_hash: 7 } }), undefined);
  const digest = (...channels: object[]) => ({
    template: 'chat_daily_digest',
    data: { unread_count: 3, channels },
  });
  assert.deepEqual(await fileOf(digest({ name: 'Ada', channel_hash: hash })), file);
  assert.equal(await fileOf(digest({ channel_hash: hash }, { channel_hash: 'x' })), undefined);
  assert.equal(await fileOf(digest(null as never)), undefined);
});
