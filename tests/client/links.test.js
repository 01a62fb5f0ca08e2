// @ts-check
/** Which parts of a message become links, and that a link shows its address. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linked } from '../../web/ui/links.js';

// The part of a document that `el` needs.
Object.assign(globalThis, {
  document: {
    createElement: (/** @type {string} */ name) => ({
      name,
      text: '',
      setAttribute(/** @type {string} */ key, /** @type {string} */ value) {
        this[key] = value;
      },
      append(/** @type {string[]} */ ...texts) {
        this.text += texts.join('');
      },
    }),
  },
});

/** @param {string} text */
const links = (text) =>
  linked(text)
    .filter((node) => typeof node !== 'string')
    .map((node) => /** @type {any} */ (node));
/** @param {string} text */
const hrefs = (text) => links(text).map(({ href }) => href);
/** What a message shows. @param {string} text */
const shownText = (text) =>
  linked(text)
    .map((node) => (typeof node === 'string' ? node : /** @type {any} */ (node).text))
    .join('');

const RLO = '\u202e';
const INVISIBLE = [
  ...'\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067',
  ...'\u2068\u2069\ufeff\u00ad\u034f\u115f\u3164\ufe0f\u0000\u001b',
  '\u{e0041}',
  '\ud83e',
];

test('a link shows its address, and opens in a new tab', () => {
  const [link] = links('See https://shop.example/a?b=1#c now');
  assert.deepEqual(
    [link.name, link.href, link.text, link.target, link.rel],
    ['a', 'https://shop.example/a?b=1#c', 'https://shop.example/a?b=1#c', '_blank', 'noreferrer'],
  );
});

test('an address ends where the sentence goes on', () => {
  const cases = [
    ['See https://wiki.example/Tea_(meal)', 'https://wiki.example/Tea_(meal)'],
    ['(see https://wiki.example/Tea_(meal))', 'https://wiki.example/Tea_(meal)'],
    ['(https://wiki.example/Tea_(meal)_(b)).', 'https://wiki.example/Tea_(meal)_(b)'],
    ['(https://shop.example)', 'https://shop.example'],
    ['https://shop.example/list[0]', 'https://shop.example/list[0]'],
    ['[text](https://shop.example/a).', 'https://shop.example/a'],
    ['https://shop.example/{id}', 'https://shop.example/{id}'],
    ['{https://shop.example/a}', 'https://shop.example/a'],
    ['https://shop.example/a(', 'https://shop.example/a'],
    [
      '注文は https://shop.example/order/1042。よろしくお願いします',
      'https://shop.example/order/1042',
    ],
    ['https://shop.example/order/1042，谢谢', 'https://shop.example/order/1042'],
    ['「https://shop.example/order/1042」です', 'https://shop.example/order/1042'],
    ['（https://shop.example/1）', 'https://shop.example/1'],
    ['https://shop.example/1！すごい', 'https://shop.example/1'],
    ['https://shop.example/1：どう', 'https://shop.example/1'],
    [
      'https://shop.example＠evil.example https://shop.example／evil.example',
      'https://shop.example',
      'https://shop.example',
    ],
    [
      '“https://shop.example/1” and «https://shop.example/1»',
      'https://shop.example/1',
      'https://shop.example/1',
    ],
    ['https://shop.example/1… yes', 'https://shop.example/1'],
    ['https://shop.example/ハリー・ポッター', 'https://shop.example/ハリー・ポッター'],
    ['https://shop.example/a–b', 'https://shop.example/a–b'],
    [
      '**https://shop.example/bold** `https://shop.example/code` _https://shop.example/i_ ' +
        '~~https://shop.example/s~~ |https://shop.example/t|',
      'https://shop.example/bold',
      'https://shop.example/code',
      'https://shop.example/i',
      'https://shop.example/s',
      'https://shop.example/t',
    ],
    ['https://shop.example/a_b*c', 'https://shop.example/a_b*c'],
    [
      'https://shop.example?! Really, http://shop.example:',
      'https://shop.example',
      'http://shop.example',
    ],
    [
      'https://shop.example,then http://shop.example(new) https://shop.example;a/b',
      'https://shop.example',
      'http://shop.example',
      'https://shop.example',
    ],
    ['HTTPS://SHOP.EXAMPLE/A', 'HTTPS://SHOP.EXAMPLE/A'],
    [
      'http://localhost:3000/a http://[::1]:3000/ http://127.0.0.1',
      'http://localhost:3000/a',
      'http://[::1]:3000/',
      'http://127.0.0.1',
    ],
    [
      'https://shop.example/@ada https://shop.example?to=a@b.example',
      'https://shop.example/@ada',
      'https://shop.example?to=a@b.example',
    ],
  ];
  for (const [text, ...expected] of cases) {
    assert.deepEqual(hrefs(text), expected, text);
    assert.equal(shownText(text), text);
  }
});

test('what is no address stays text', () => {
  const none = [
    'https://',
    'http://',
    'https://.',
    'https://...',
    'https:// shop.example',
    'https:///shop.example',
    'https://\\shop.example',
    'https://?a',
    'https://#',
    'https://-',
    'https://)',
    'http://[::1',
    'https://shop.example:99999',
    'https://shop.example:80a/',
    'https://%00.example',
    'https://a%2fb.example',
    `https://${RLO}gpj.knab`,
    'https://a b'.slice(0, 9),
    'shop.example',
    'javascript:alert(1)',
    'ftp://shop.example',
    'ht\u200btps://shop.example',
  ];
  for (const text of none)
    assert.deepEqual(
      [hrefs(text), shownText(text)],
      [text === 'https://a' ? [text] : [], text],
      JSON.stringify(text),
    );
});

test('a user name before the host does not disguise it', () => {
  for (const text of [
    'https://paypal.com@evil.example',
    'https://paypal.com:443@evil.example/a',
    'https://paypal.com%2F@evil.example',
    'https://@evil.example',
    'https://user!pw@evil.example',
    'https://a(b@evil.example/c',
    'https://a:b@shop.example',
  ]) {
    assert.deepEqual([hrefs(text), shownText(text)], [[], text]);
  }
});

test('a host is shown in the form that the browser requests', () => {
  const cases = [
    ['https://аpple.com/login', 'https://xn--pple-43d.com/login'],
    ['https://münchen.example:8443/Straße?q=ü', 'https://xn--mnchen-3ya.example:8443/Straße?q=ü'],
    ['https://ｐaypal.com', 'https://paypal.com'],
    ['https://paypal.com%2eevil.example/', 'https://paypal.com.evil.example/'],
    ['http://0x7f.1/', 'http://127.0.0.1/'],
    ['http://2130706433', 'http://127.0.0.1'],
  ];
  for (const [text, shown] of cases) {
    const [link] = links(text);
    assert.deepEqual([link.href, link.text], [shown, shown]);
  }
});

test('invisible characters do not disguise an address', () => {
  for (const sign of INVISIBLE) {
    const name = JSON.stringify(sign);
    // Before the address: the style sheets isolate the link.
    assert.deepEqual(
      hrefs(`${sign}https://evil.example/moc.tfosorcim.nigol//:sptth`),
      ['https://evil.example/moc.tfosorcim.nigol//:sptth'],
      name,
    );
    // In the host: what follows it would look like a part of it.
    for (const text of [
      `https://paypal.co${sign}m/login`,
      `https://${sign}paypal.com`,
      `https://paypal.com${sign}@evil.example`,
      `https://paypal${sign}.com`,
      `https://paypal.com.${sign}${sign}evil.example/`,
    ]) {
      assert.deepEqual([hrefs(text), shownText(text)], [[], text], name);
    }
    // In the path, the address ends there. After the address, it is complete.
    assert.deepEqual(hrefs(`https://münchen/${sign}a`), ['https://xn--mnchen-3ya/'], name);
    const path = `https://shop.example/a${sign}gnp.exe`;
    assert.deepEqual([hrefs(path), shownText(path)], [['https://shop.example/a'], path], name);
    for (const text of [
      `https://shop.example${sign}`,
      `\u2068https://shop.example${sign}.`,
      `https://shop.example${sign}, yes`,
    ]) {
      assert.deepEqual([hrefs(text), shownText(text)], [['https://shop.example'], text], name);
    }
  }
});

test('a link shows its address in any message', () => {
  const parts = [
    'https://',
    'http://',
    'paypal.com',
    '@',
    ':',
    '/',
    '\\',
    '?',
    '#',
    '%40',
    '.',
    '[',
    ']',
    '(',
    ')',
    '。',
    RLO,
    '\u200b',
    '\u{e0041}',
    'а',
    'evil.example',
    ' ',
    '8443',
    '＠',
    '／',
    '⁄',
  ];
  let seed = 7;
  const next = () => (seed = (seed * 48271) % 2147483647) % parts.length;
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: 8 }, () => parts[next()]).join('');
    for (const { href, text: shown } of links(text)) {
      const url = new URL(href);
      assert.equal(shown, href);
      assert.match(shown, /^[^\p{Cf}\p{Cc}]*$/u);
      assert.equal(url.username + url.password, '');
      assert.ok(
        shown
          .toLowerCase()
          .slice(url.protocol.length + 2)
          .startsWith(url.hostname),
        text,
      );
    }
  }
});

test('a message of brackets takes linear time', () => {
  const text = `https://shop.example/${'('.repeat(2_000)}${')'.repeat(3_000)}`;
  assert.equal(hrefs(text)[0].length, 'https://shop.example/'.length + 4_000);
});
