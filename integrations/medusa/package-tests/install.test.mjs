// @ts-check
/**
 * The README's way to install the plugin, up to `npm ci` in a production build on another machine.
 */

import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { json, PLUGIN, run } from './support.mjs';

/** Installs no peers: the shop here has no Medusa. */
const WITHOUT_PEERS = {
  npm_config_legacy_peer_deps: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_package_lock: 'true',
};

const readme = readFileSync(path.join(PLUGIN, 'README.md'), 'utf8');
const [, commands = ''] = /## Install.*?```\n(.*?)```/s.exec(readme) ?? [];
const [, build = ''] = /"build": "(.*)"/.exec(readme) ?? [];

test('the plugin, installed as the README says, survives npm ci in the build', (context) => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'live-chat-medusa-'));
  context.after(() => rmSync(home, { recursive: true, force: true }));
  const shop = path.join(home, 'my-medusa');
  mkdirSync(shop);
  symlinkSync(path.join(PLUGIN, '../..'), path.join(home, 'live-chat'));
  writeFileSync(
    path.join(shop, 'package.json'),
    JSON.stringify({ name: 'my-medusa', version: '1.0.0', private: true, scripts: { build } }),
  );
  // npm would look for its cache and configuration in the new home.
  const cache = run(PLUGIN, {}, 'npm', 'config', 'get', 'cache').trim();
  const env = { ...WITHOUT_PEERS, HOME: home, npm_config_cache: cache };

  // The plugin's own packages are there already, and its lock file is not committed.
  const printed = run(
    home,
    env,
    'sh',
    '-ec',
    commands.replace('npm install && npm pack', 'npm pack'),
  );
  assert.doesNotMatch(
    printed,
    /Cannot find module|^\s+at .*:\d+:\d+/m,
    'npm pack prints no stack trace',
  );

  // What `medusa build` does with these files.
  const bin = path.join(shop, 'node_modules/.bin/medusa');
  mkdirSync(path.dirname(bin), { recursive: true });
  writeFileSync(
    bin,
    '#!/bin/sh\nrm -rf .medusa/server && mkdir -p .medusa/server && ' +
      'cp package.json package-lock.json .medusa/server/\n',
    { mode: 0o755 },
  );
  run(shop, env, 'npm', 'run', 'build');

  // Another machine: another folder, another cache, and neither the shop's folder nor this
  // repository.
  const server = path.join(home, 'server');
  renameSync(path.join(shop, '.medusa/server'), server);
  renameSync(shop, path.join(home, 'gone'));
  rmSync(path.join(home, 'live-chat'));
  run(server, { ...env, npm_config_cache: path.join(home, 'cache') }, 'npm', 'ci');

  const installed = path.join(server, 'node_modules/medusa-plugin-live-chat');
  assert.equal(
    json(path.join(installed, 'package.json')).version,
    json(path.join(PLUGIN, 'package.json')).version,
  );
  for (const file of [
    'src/modules/live-chat/index.js',
    'src/api/hooks/chat-notification/route.js',
    'src/admin/index.js',
    'src/admin/index.mjs',
  ]) {
    assert.ok(existsSync(path.join(installed, '.medusa/server', file)), file);
  }
  // Tests are no part of the package.
  assert.ok(!existsSync(path.join(installed, '.medusa/server/unit-tests')));
});
