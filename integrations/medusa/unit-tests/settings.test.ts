import assert from 'node:assert/strict';
import { test } from 'node:test';
import LiveChat from '../src/modules/live-chat/service';
import { settingsOf, type LiveChatOptions } from '../src/modules/live-chat/settings';
import { SECRET } from './medusa';

const OPTIONS: LiveChatOptions = { publicUrl: 'https://chat.example' };
const TOKEN = '4f0e6a'.repeat(8);

/**
 * The settings of these options, and what was logged. `options` may be anything: nothing checks a
 * shop's configuration before.
 */
function settings(options: unknown, jwtSecret: unknown = SECRET, env: Record<string, string> = {}) {
  const [warnings, errors]: [string[], string[]] = [[], []];
  const log = (lines: string[]) => (message: string) => void lines.push(message);
  return {
    ...settingsOf(options, { jwtSecret, env, error: log(errors), warn: log(warnings) }),
    warnings,
    errors,
  };
}

test("the chat's address is https, or this machine, and ends without a slash", () => {
  for (const publicUrl of [
    'https://chat.example',
    'https://chat.example:8443/live',
    'http://localhost:3000',
    'http://127.0.0.1',
  ]) {
    const { errors, problems, ...found } = settings({ publicUrl });
    assert.deepEqual([found.publicUrl, errors, problems], [publicUrl, [], {}]);
  }
});

test("another address switches the dashboard's chat off, and stops nothing", () => {
  const refused = [
    undefined,
    null,
    '',
    ' ',
    'chat.example',
    '//chat.example',
    'http://chat.example',
    'http://localhost.evil.example',
    'javascript:alert(1)',
    'https://',
    'https://chat.example/',
    'https://chat.example/app/',
    'https://chat.example?a',
    'https://chat.example#a',
    'https://a:b@chat.example',
    'https://chat.example\n',
    ' https://chat.example',
    7,
    true,
    {},
    [],
    new URL('https://chat.example'),
    Symbol('url'),
  ];
  for (const publicUrl of refused) {
    for (const NODE_ENV of ['production', 'development']) {
      const found = settings({ publicUrl }, SECRET, { NODE_ENV });
      assert.deepEqual(
        [found.publicUrl, found.jwtSecret, found.errors.length, Object.keys(found.problems)],
        [undefined, SECRET, 1, ['publicUrl']],
      );
      assert.match(`${found.errors}`, /the option publicUrl .*dashboard/);
    }
  }
});

test('options of any shape stop nothing', () => {
  for (const options of [undefined, null, 'https://chat.example', 7, true, [], () => {}]) {
    assert.match(
      `${settings(options).problems.publicUrl}`,
      /publicUrl of medusa-plugin-live-chat is missing/,
    );
  }
});

test("the secret is the option, else Medusa's", () => {
  const own = 'fedcba9876543210fedcba9876543210';
  assert.equal(settings({ ...OPTIONS, jwtSecret: own }).jwtSecret, own);
  assert.equal(settings(OPTIONS).jwtSecret, SECRET);
  assert.equal(settings({ ...OPTIONS, jwtSecret: '' }).jwtSecret, SECRET);
  // Bytes count, not letters.
  assert.equal(settings(OPTIONS, 'ä'.repeat(16)).jwtSecret, 'ä'.repeat(16));
});

test('a weak secret signs no token outside development, and is warned of once there', () => {
  const weak: [string, RegExp][] = [
    ['supersecret', /default/],
    ['0123456789abcdef0123456789abcde', /shorter than 32 bytes/],
    ['a', /shorter than 32 bytes/],
  ];
  for (const [secret, why] of weak) {
    for (const env of [{}, { NODE_ENV: 'production' }, { NODE_ENV: 'staging' }]) {
      const { jwtSecret, publicUrl, errors, problems } = settings(
        OPTIONS,
        secret,
        env as Record<string, string>,
      );
      assert.deepEqual([jwtSecret, publicUrl, errors.length], [undefined, OPTIONS.publicUrl, 1]);
      assert.match(`${errors}`, /the option jwtSecret .* nobody gets a chat token/);
      assert.match(`${problems.jwtSecret}`, why);
    }
    for (const NODE_ENV of ['development', 'test']) {
      const { jwtSecret, warnings, errors, problems } = settings(OPTIONS, secret, { NODE_ENV });
      assert.deepEqual([jwtSecret, warnings.length, errors, problems], [secret, 1, [], {}]);
      assert.match(`${warnings}`, why);
    }
  }
});

test('what is no secret signs no token anywhere', () => {
  const unusable: [unknown, RegExp][] = [
    [undefined, /missing/],
    [null, /missing/],
    ['', /missing/],
    [
      '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG\n-----END PRIVATE KEY-----',
      /key, not a secret/,
    ],
    [{ key: 'a', passphrase: 'b' }, /key, not a secret/],
    [Buffer.alloc(64), /key, not a secret/],
    [12345678901234567890, /key, not a secret/],
  ];
  for (const [secret, why] of unusable) {
    for (const NODE_ENV of ['production', 'development']) {
      // A default parameter would put the shop's secret in place of undefined.
      const found = settingsOf(
        { ...OPTIONS },
        { jwtSecret: secret, env: { NODE_ENV }, error: () => {}, warn: () => assert.fail() },
      );
      assert.equal(found.jwtSecret, undefined);
      assert.match(`${found.problems.jwtSecret}`, why);
    }
  }
});

test("the hook's token is the option, else of the environment, else nothing", () => {
  const env = { CHAT_HOOK_TOKEN: `${TOKEN}-of-the-environment` };
  assert.equal(settings({ ...OPTIONS, hookToken: TOKEN }, SECRET, env).hookToken, TOKEN);
  assert.equal(settings(OPTIONS, SECRET, env).hookToken, env.CHAT_HOOK_TOKEN);
  const { hookToken, errors } = settings(OPTIONS, SECRET, { CHAT_HOOK_TOKEN: '' });
  assert.deepEqual([hookToken, errors], [undefined, []]);
});

test('a token that can be guessed, or that the rule cannot send, opens no hook', () => {
  for (const hookToken of [
    'short',
    'a'.repeat(31),
    'with space'.repeat(5),
    `${TOKEN}\n`,
    'ä'.repeat(40),
    'a'.repeat(513),
  ]) {
    const found = settings({ ...OPTIONS, hookToken });
    assert.deepEqual(
      [found.hookToken, found.errors.length, Object.keys(found.problems)],
      [undefined, 1, ['hookToken']],
    );
    assert.equal(
      settings({ ...OPTIONS, hookToken }, SECRET, { NODE_ENV: 'development' }).hookToken,
      hookToken,
    );
  }
  for (const hookToken of [7, true, {}, [TOKEN], Buffer.from(TOKEN)]) {
    for (const NODE_ENV of ['production', 'development'])
      assert.equal(settings({ ...OPTIONS, hookToken }, SECRET, { NODE_ENV }).hookToken, undefined);
  }
});

test('the bell is on or off, and an odd option is said', () => {
  assert.deepEqual(
    [true, false, undefined].map((feed) => settings({ ...OPTIONS, feed }).feed),
    [true, false, false],
  );
  for (const feed of ['true', 1, {}]) {
    const found = settings({ ...OPTIONS, feed });
    assert.deepEqual([found.feed, found.errors.length], [false, 1]);
  }
});

test("the module takes Medusa's secret, and does not throw while Medusa starts", () => {
  const logger = { warn() {}, error() {} };
  const make = (http: object, options?: unknown) =>
    new LiveChat({ configModule: { projectConfig: { http } }, logger } as never, options).settings;
  assert.equal(make({ jwtSecret: SECRET }, OPTIONS).jwtSecret, SECRET);
  for (const options of [undefined, null, {}, { publicUrl: 7 }])
    assert.equal(make({}, options).publicUrl, undefined);
  assert.equal(new LiveChat({ logger } as never, OPTIONS).settings.publicUrl, OPTIONS.publicUrl);
});
