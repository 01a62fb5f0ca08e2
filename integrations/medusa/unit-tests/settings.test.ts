import assert from "node:assert/strict"
import { test } from "node:test"
import LiveChat from "../src/modules/live-chat/service"
import { settingsOf, type LiveChatOptions } from "../src/modules/live-chat/settings"
import { SECRET } from "./medusa"

const OPTIONS: LiveChatOptions = { publicUrl: "https://chat.example" }

function settings(options: Partial<LiveChatOptions>, jwtSecret: unknown = SECRET, env: Record<string, string> = {}) {
  const warnings: string[] = []
  return { ...settingsOf(options, { jwtSecret, env, warn: (message) => void warnings.push(message) }), warnings }
}

test("the chat's address is https, or this machine, and ends without a slash", () => {
  for (const publicUrl of ["https://chat.example", "https://chat.example:8443/live", "http://localhost:3000", "http://127.0.0.1"]) {
    assert.equal(settings({ publicUrl }).publicUrl, publicUrl)
  }
  const refused = [
    undefined, "", "chat.example", "//chat.example", "http://chat.example", "http://localhost.evil.example", "javascript:alert(1)",
    "https://chat.example/", "https://chat.example/app/", "https://chat.example?a", "https://chat.example#a", "https://a:b@chat.example",
  ]
  for (const publicUrl of refused) assert.throws(() => settings({ publicUrl }), /the option publicUrl must/, String(publicUrl))
})

test("the secret is the option, else Medusa's", () => {
  const own = "fedcba9876543210fedcba9876543210"
  assert.equal(settings({ ...OPTIONS, jwtSecret: own }).jwtSecret, own)
  assert.equal(settings(OPTIONS).jwtSecret, SECRET)
  assert.equal(settings({ ...OPTIONS, jwtSecret: "" }).jwtSecret, SECRET)
})

test("a bad secret keeps Medusa from starting, and is warned of once in development", () => {
  const bad: [unknown, RegExp][] = [
    [null, /missing/],
    ["", /missing/],
    ["supersecret", /default/],
    ["0123456789abcdef0123456789abcde", /shorter than 32 bytes/],
    ["-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG\n-----END PRIVATE KEY-----", /key, not a secret/],
    [{ key: "a", passphrase: "b" }, /key, not a secret/],
  ]
  for (const [secret, why] of bad) {
    for (const NODE_ENV of [undefined, "production", "staging"]) {
      const env = NODE_ENV ? { NODE_ENV } : undefined
      assert.throws(() => settings(OPTIONS, secret, env), (error: Error) => /option jwtSecret/.test(error.message) && why.test(error.message))
    }
    for (const NODE_ENV of ["development", "test"]) assert.match(settings(OPTIONS, secret, { NODE_ENV }).warnings.join("\n"), why)
    for (const NODE_ENV of ["development", "test"]) assert.equal(settings(OPTIONS, secret, { NODE_ENV }).warnings.length, 1)
  }
  // Bytes count, not letters.
  assert.equal(settings(OPTIONS, "ä".repeat(16)).warnings.length, 0)
})

test("the hook's token is the option, else of the environment, else nothing", () => {
  const env = { CHAT_HOOK_TOKEN: "of the environment" }
  assert.equal(settings({ ...OPTIONS, hookToken: "of the options" }, SECRET, env).hookToken, "of the options")
  assert.equal(settings(OPTIONS, SECRET, env).hookToken, "of the environment")
  assert.equal(settings(OPTIONS, SECRET, { CHAT_HOOK_TOKEN: "" }).hookToken, undefined)
})

test("the module takes Medusa's secret, and throws while Medusa starts", () => {
  const make = (jwtSecret: string, options: object) =>
    new LiveChat({ configModule: { projectConfig: { http: { jwtSecret } } }, logger: { warn() {} } } as never, options)
  assert.equal(make(SECRET, OPTIONS).settings.jwtSecret, SECRET)
  assert.throws(() => make(SECRET, {}), /publicUrl/)
})
