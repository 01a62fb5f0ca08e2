import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import * as admin from '../src/api/admin/chat-token/route';
import * as settings from '../src/api/admin/chat-settings/route';
import middlewares from '../src/api/middlewares';
import * as store from '../src/api/store/chat-token/route';
import { chatToken } from '../src/lib/token';
import { call, SECRET } from './medusa';

const NOW = new Date('2026-03-26T12:00:00.500Z');
const USER = { actor_id: 'user_1', actor_type: 'user' };
const CUSTOMER = { actor_id: 'cus_1', actor_type: 'customer' };

/** Reads a token without the library that wrote it. */
function read(token: string) {
  const [header = '', claims = '', signature] = token.split('.');
  assert.equal(
    signature,
    createHmac('sha256', SECRET).update(`${header}.${claims}`).digest('base64url'),
  );
  const json = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  assert.deepEqual(json(header), { alg: 'HS256', typ: 'JWT' });
  return json(claims);
}

test('a token has who it is for, how they are called, and a quarter of an hour', () => {
  const person = {
    ...USER,
    actor_type: 'user' as const,
    first_name: 'Ada',
    last_name: null,
    email: 'ada@shop.example',
    avatar_url: '',
  };
  const { token, expires_at } = chatToken(person, SECRET, NOW);
  assert.deepEqual(read(token), {
    ...USER,
    first_name: 'Ada',
    email: 'ada@shop.example',
    iat: 1774526400,
    exp: 1774527300,
  });
  assert.equal(expires_at, '2026-03-26T12:15:00.000Z');
});

test('names of any length leave a token that the chat reads', () => {
  const long = 'é'.repeat(5_000);
  const person = {
    ...CUSTOMER,
    actor_type: 'customer' as const,
    first_name: long,
    last_name: 'é'.repeat(512),
    email: 'a@b.example',
  };
  const { token } = chatToken(person, SECRET, NOW);
  assert.deepEqual(Object.keys(read(token)), [
    'actor_id',
    'actor_type',
    'last_name',
    'email',
    'iat',
    'exp',
  ]);
  assert.ok(token.length < 8 * 1024);
});

test('a user gets a token with the names that Medusa knows', async () => {
  const ada = {
    id: 'user_1',
    first_name: 'Ada',
    last_name: 'Lovelace',
    email: 'ada@shop.example',
    avatar_url: 'https://shop.example/ada.png',
  };
  const answer = await call(admin.POST, { auth_context: USER, people: [ada] });
  const { id, ...names } = ada;
  const { iat, exp, ...claims } = read(answer.body.token);
  assert.deepEqual(claims, { ...USER, ...names });
  assert.deepEqual(answer.body, {
    token: answer.body.token,
    expires_at: new Date(exp * 1000).toISOString(),
  });
  assert.equal(exp - iat, 900);
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.deepEqual(answer.asked[0].filters, { id });
});

test('a customer gets a token, without what only users have', async () => {
  const people = [
    {
      id: 'cus_1',
      first_name: 'Bob',
      last_name: null,
      email: 'bob@customers.example',
      avatar_url: 'https://x.example',
    },
  ];
  const answer = await call(store.POST, { auth_context: CUSTOMER, people });
  assert.equal(answer.status, 200);
  assert.equal(answer.asked[0].entity, 'customer');
  assert.ok(!answer.asked[0].fields.includes('avatar_url'));
  assert.equal(read(answer.body.token).actor_id, 'cus_1');
});

test('who is no person of the right kind gets none', async () => {
  const people = [{ id: 'x', email: 'x@shop.example' }];
  const refused = [
    call(admin.POST, { people }),
    call(admin.POST, { people, auth_context: { actor_id: 'apk_1', actor_type: 'api-key' } }),
    call(admin.POST, { people, auth_context: { actor_id: '', actor_type: 'user' } }),
    call(admin.POST, { people, auth_context: CUSTOMER }),
    call(admin.POST, { people: [], auth_context: USER }),
    call(store.POST, { people }),
    call(store.POST, { people, auth_context: { actor_id: 'apk_1', actor_type: 'api-key' } }),
    call(store.POST, { people, auth_context: { actor_id: '', actor_type: 'customer' } }),
    call(store.POST, { people, auth_context: USER }),
    call(store.POST, { people: [], auth_context: CUSTOMER }),
  ];
  for (const answer of await Promise.all(refused)) {
    assert.equal(answer.status, 401);
    assert.equal(answer.body.type, 'unauthorized');
    assert.equal(answer.body.token, undefined);
  }
});

test("the store's route lets in nobody but customers who are logged in", async () => {
  const [route] = middlewares.routes ?? [];
  assert.equal(route?.matcher, '/store/chat-token');
  const guard = route?.middlewares?.[0] as never;
  const passed = async (given: object) => (await call(guard, given)).passed;
  assert.equal(await passed({ session: { auth_context: CUSTOMER } }), true);
  const bearer = chatToken({ actor_id: 'cus_1', actor_type: 'customer' }, SECRET, new Date()).token;
  assert.equal(await passed({ headers: { authorization: `Bearer ${bearer}` } }), true);
  assert.equal(await passed({}), false);
  assert.equal(await passed({ session: { auth_context: USER } }), false);
  assert.equal(await passed({ session: { auth_context: { ...CUSTOMER, actor_id: '' } } }), false);
  assert.equal((await call(guard, {})).status, 401);
});

test('the dashboard learns where the chat is', async () => {
  assert.deepEqual((await call(settings.GET)).body, { url: 'https://chat.example' });
});

test('without a usable option the routes say so, to admins only what is wrong', async () => {
  const broken = {
    publicUrl: undefined,
    jwtSecret: undefined,
    problems: {
      publicUrl: 'publicUrl is missing.',
      jwtSecret: 'jwtSecret is short.',
      hookToken: 'x',
    },
  };
  const people = [{ id: 'x' }];
  const told = await call(settings.GET, { settings: broken });
  assert.deepEqual(
    [told.status, told.body],
    [503, { type: 'unavailable', message: 'publicUrl is missing. jwtSecret is short.' }],
  );
  const user = await call(admin.POST, { people, auth_context: USER, settings: broken });
  assert.deepEqual(
    [user.status, user.body],
    [503, { type: 'unavailable', message: 'jwtSecret is short.' }],
  );
  const customer = await call(store.POST, { people, auth_context: CUSTOMER, settings: broken });
  assert.deepEqual(
    [customer.status, customer.body],
    [503, { type: 'unavailable', message: 'The chat is not set up.' }],
  );
  // A login that is none is refused as ever, and an address alone fails no token.
  assert.equal((await call(store.POST, { people, settings: broken })).status, 401);
  assert.equal(
    (await call(admin.POST, { people, auth_context: USER, settings: { publicUrl: undefined } }))
      .status,
    200,
  );
});
