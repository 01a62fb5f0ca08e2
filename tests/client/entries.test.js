// @ts-check
/** The registries of log entries: each kind has one module and one line in the API's document. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { ENTRIES } from '../../web/client/entries/index.js';
import { STAFF_ENTRIES } from '../../web/client/entries/staff.js';

const FOLDER = new URL('../../web/client/entries/', import.meta.url);
const API = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');

test('each module of the folder is registered under its name, and nothing else is', () => {
  const names = readdirSync(FOLDER)
    .filter((file) => !['index.js', 'staff.js'].includes(file))
    .map((file) => file.replace('.js', ''));
  const messages = [...ENTRIES.keys()].map((name) => name.slice('chat.'.length));
  const kinds = [...messages, ...STAFF_ENTRIES.keys()].map((name) => name.replace(/[._]/, '-'));
  assert.deepEqual(kinds.sort(), names.sort());
});

test('each wire name is documented', () => {
  for (const wireName of ENTRIES.keys()) assert.ok(API.includes(`\`${wireName}\``), wireName);
});
