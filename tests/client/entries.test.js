// @ts-check
/** The registry of log entries: each kind has one module and one line in the API's document. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { ENTRIES } from '../../web/client/entries/index.js';

const FOLDER = new URL('../../web/client/entries/', import.meta.url);
const API = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');

test('each module of the folder is registered under its wire name, and nothing else is', () => {
  const wireNames = readdirSync(FOLDER)
    .filter((file) => file !== 'index.js')
    .map((file) => `chat.${file.replace('.js', '').replace('-', '.')}`);
  assert.deepEqual([...ENTRIES.keys()].sort(), wireNames.sort());
});

test('each wire name is documented', () => {
  for (const wireName of ENTRIES.keys()) assert.ok(API.includes(`\`${wireName}\``), wireName);
});
