// @ts-check
/** The inbox's texts in each language. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { counted, filled, formOf, parts } from '../../web/inbox/parts/format.js';
import { texts as english } from '../../web/inbox/texts.js';

const FOLDER = new URL('../../web/inbox/texts/', import.meta.url);
/** Each type of an error response. */
const TYPES = [
  'network',
  'unauthorized',
  'invalid_data',
  'not_allowed',
  'forbidden',
  'not_found',
  'conflict',
  'too_many_requests',
  'unavailable',
  'unknown_error',
];

/** @param {string} text */
const places = (text) => text.match(/{\w+}/g)?.sort();

test('each language says everything that English says, with the same values', async () => {
  const files = readdirSync(FOLDER).sort();
  assert.deepEqual(files, ['de.js', 'es.js', 'fr.js']);
  for (const file of files) {
    const { texts } = await import(new URL(file, FOLDER).href);
    assert.equal(`${texts.lang}.js`, file);
    assert.deepEqual(Object.keys(texts), Object.keys(english), file);
    for (const type of TYPES) assert.ok(texts.errors[type], `${file} ${type}`);
    for (const [key, said] of Object.entries(english)) {
      if (key === 'errors') continue;
      assert.equal(typeof texts[key], typeof said, `${file} ${key}`);
      for (const form of typeof said === 'string' ? [''] : Object.keys(said)) {
        const [theirs, ours] = [texts[key], said].map((text) => (form ? text[form] : text));
        assert.ok(theirs.trim(), `${file} ${key}`);
        assert.deepEqual(places(theirs), places(ours), `${file} ${key}`);
      }
    }
  }
});

test('values are filled in as they are, and numbers choose the form', () => {
  assert.equal(
    filled('{name}: {text}', { name: '{text}', text: '$& {name}' }),
    '{text}: $& {name}',
  );
  assert.deepEqual(parts('{a} or {b}', { a: 1, b: 2 }), ['', 1, ' or ', 2, '']);
  const forms = { one: '{count} message', other: '{count} messages' };
  assert.deepEqual(
    [0, 1, 2, 1234].map((count) => counted(forms, count)),
    ['0 messages', '1 message', '2 messages', '1,234 messages'],
  );
  assert.equal(formOf(forms, 1), forms.one);
});
