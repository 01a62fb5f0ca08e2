// @ts-check
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The plugin's folder. */
export const PLUGIN = path.resolve(fileURLToPath(import.meta.url), '../..');

/** @param {string} file @returns {any} */
export const json = (file) => JSON.parse(readFileSync(file, 'utf8'));

/**
 * Runs a program to its end and returns what it printed. Throws what it printed where it fails.
 * @param {string} folder @param {Record<string, string>} env @param {string[]} command
 */
export function run(folder, env, ...command) {
  // npm and the test runner hand their own state on to what they start. Only the cache may pass.
  const passed = Object.entries(process.env).filter(
    ([name]) => name === 'npm_config_cache' || !/^(npm_|NODE_TEST_CONTEXT$)/i.test(name),
  );
  const [program = '', ...words] = command;
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    cwd: folder,
    env: { ...Object.fromEntries(passed), MEDUSA_DISABLE_TELEMETRY: '1', ...env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${error ?? ''}\n${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}
