// @ts-check
/**
 * The plugin with the oldest Medusa that its `peerDependencies` allow: types and unit tests. `npm
 * run check` runs the same with the newest.
 */

import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { json, PLUGIN, run } from './support.mjs';

test('types and unit tests pass with the oldest Medusa that may be installed', () => {
  const { dependencies, devDependencies, peerDependencies } = json(
    path.join(PLUGIN, 'package.json'),
  );
  const oldest = Object.fromEntries(
    Object.entries(peerDependencies).map(([name, range]) => [name, range.replace('^', '')]),
  );
  const tools = ['@types/node', '@types/react', 'react-dom', 'typescript'].map((name) => [
    name,
    devDependencies[name],
  ]);

  // Outside the plugin's folder: Node looks for packages in the folders above too, and would find
  // the newest ones there.
  const folder = path.join(PLUGIN, '../../.tools', `medusa-${oldest['@medusajs/framework']}`);
  mkdirSync(folder, { recursive: true });
  // The framework loads these two; in a shop Medusa itself brings them.
  const needed = {
    private: true,
    dependencies: {
      ...dependencies,
      ...oldest,
      ...Object.fromEntries(tools),
      ioredis: '^5.4.1',
      '@medusajs/cli': oldest['@medusajs/framework'],
    },
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(needed));
  // Other peers of the framework, databases among them, are not used here.
  run(
    folder,
    {},
    'npm',
    'install',
    '--ignore-scripts',
    '--legacy-peer-deps',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
  );

  for (const name of ['src', 'unit-tests', 'tsconfig.json', 'README.md', '.medusa'])
    rmSync(path.join(folder, name), { recursive: true, force: true });
  for (const name of ['src', 'unit-tests', 'tsconfig.json', 'README.md'])
    cpSync(path.join(PLUGIN, name), path.join(folder, name), { recursive: true });
  run(
    folder,
    {},
    'node',
    'node_modules/typescript/bin/tsc',
    '--outDir',
    '.medusa/test',
    '--inlineSourceMap',
    'false',
  );
  run(folder, {}, 'sh', '-c', 'node --test .medusa/test/unit-tests/*.test.js');
});
