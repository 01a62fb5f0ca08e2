import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appearanceOf } from '../src/admin/lib/appearance';
import { conversationIn, conversationOfEntry, hashFor } from '../src/admin/lib/conversation-link';
import { facesIn, unquoted } from '../src/admin/lib/fonts';
import { GET } from '../src/api/admin/chat-unread/route';
import { unreadCount } from '../src/lib/unread-count';
import { call, SECRET } from './medusa';

test('theme and language are those that the dashboard shows', () => {
  const of = (name: string, cookie = '', stored: string | null = null) => {
    const page = { classes: { contains: (one: string) => one === name }, cookie };
    return Object.values(appearanceOf({ ...page, stored: () => stored })).join(' ');
  };
  assert.equal(of('dark'), 'dark en');
  assert.equal(of('light', 'a=b; lng=de', 'fr'), 'light de');
  assert.equal(of('', 'xlng=de', 'fr'), 'light fr');
  assert.equal(of('', 'lng=ptBR; c=d'), 'light pt-BR');
  assert.equal(of('', 'lng=zh-cn'), 'light zh-CN');
  assert.equal(of('', 'lng=%00"'), 'light en');
});

test('a conversation is in the address, and only a conversation is', () => {
  const hash = 'direct:user_mia:cus_ada';
  for (const text of [`#${hash}`, hash, hashFor(hash)]) assert.equal(conversationIn(text), hash);
  for (const text of ['', '#', '#orders', '#%', '#%E0%A4%A', '#direct'])
    assert.equal(conversationIn(text), '');
  assert.equal(hashFor(''), '');
  assert.equal(conversationOfEntry(`https://chat.example/app/chat${hashFor(hash)}`), hash);
  for (const href of ['', '/export.csv', 'https://files.example/export.csv#direct:a:b'])
    assert.equal(conversationOfEntry(href), '');
});

test('the unread count is that of the user; none while the chat does not say', async () => {
  const calls: [string, RequestInit][] = [];
  const chat = (answer: () => unknown) =>
    (async (url: string, init: RequestInit) => {
      calls.push([url, init]);
      return answer();
    }) as unknown as typeof fetch;
  const ask = (answer: () => unknown) =>
    unreadCount('user_mia', 'https://chat.example', SECRET, chat(answer));
  assert.equal(await ask(() => Response.json({ unread_count: 7 })), 7);
  const [url, { headers }] = calls[0]!;
  assert.equal(url, 'https://chat.example/admin/chat/messages/unread-count');
  const [, claims = ''] = (headers as Record<string, string>).authorization!.split('.');
  const { actor_id, actor_type } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  assert.deepEqual([actor_id, actor_type], ['user_mia', 'user']);
  for (const answer of [
    () => Response.json({ unread_count: '7' }),
    () => new Response('<html>'),
    () => new Response('', { status: 503 }),
    () => Promise.reject(new Error('away')),
  ])
    assert.equal(await ask(answer), null);
});

test('without an address, a secret or a user the unread count is not asked for', async () => {
  const user = { actor_id: 'user_mia', actor_type: 'user' };
  for (const [auth_context, settings] of [
    [user, { publicUrl: undefined }],
    [user, { jwtSecret: undefined }],
    [{ actor_id: 'apk_1', actor_type: 'api-key' }, {}],
  ] as const) {
    const { status, body } = await call(GET, { auth_context, settings });
    assert.deepEqual([status, body], [200, { unread_count: null }]);
  }
});

test('the faces of the dashboard’s font are those of its style sheets, wherever they stand', () => {
  const face = (values: Record<string, string>) => ({
    style: { getPropertyValue: (name: string) => values[name] ?? '' },
  });
  const inter = { 'font-family': '"Inter"', src: 'url("Inter.ttf") format("truetype")' };
  const rules = [
    face({ color: 'red' }),
    face({ ...inter, 'font-weight': '400' }),
    { cssRules: [face({ ...inter, src: "url(/Inter-Medium.ttf), url('b.ttf')" })] },
    face({ ...inter, 'font-family': 'Roboto Mono' }),
    face({ ...inter, src: 'local("Inter")' }),
  ];
  assert.deepEqual(facesIn(rules, 'Inter', 'https://medusa.example/app/assets/index.css'), [
    { weight: '400', style: 'normal', url: 'https://medusa.example/app/assets/Inter.ttf' },
    { weight: 'normal', style: 'normal', url: 'https://medusa.example/Inter-Medium.ttf' },
  ]);
  assert.deepEqual(['"Inter", Arial', "'A B'", 'Arial', ''].map(unquoted), [
    'Inter',
    'A B',
    'Arial',
    '',
  ]);
});
