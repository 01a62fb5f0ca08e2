import assert from "node:assert/strict"
import { test } from "node:test"
import { POST } from "../src/api/hooks/chat-notification/route"
import { isToken } from "../src/lib/notification"
import { call } from "./medusa"

const MAIL = {
  to: "ada@customers.example",
  channel: "email",
  template: "chat_unread_message",
  data: { sender_name: "Acme", preview: "Forty of them.", unread_count: 1 },
  trigger_type: "chat.message.created",
  resource_id: "chatmsg_1",
  resource_type: "chat_message",
  receiver_id: "cus_ada",
  idempotency_key: "chat_unread_message:chatmsg_1:cus_ada",
}

/** Posts to the hook, and notes what it had created. */
async function post(body: unknown, settings = {}, token = "hook-token") {
  const created: any[] = []
  const answer = await call(POST, { headers: { "x-chat-token": token }, body, settings, createNotifications: async (one) => void created.push(one) })
  return { ...answer, created }
}

test("a token is compared whole, and nothing passes where none is set", () => {
  assert.ok(isToken("a", "a"))
  for (const [given, expected] of [["a", "b"], ["a", "ab"], ["ab", "a"], ["", "a"], [undefined, "a"], ["", ""], ["", undefined], [undefined, undefined]]) {
    assert.ok(!isToken(given, expected))
  }
})

test("a wrong token is refused, whatever it brings", async () => {
  for (const token of ["", "hook-token2", "hook-toke"]) assert.equal((await post(MAIL, {}, token)).status, 401)
  for (const hookToken of [undefined, ""]) assert.equal((await post(MAIL, { hookToken }, "")).status, 401)
  const { status, created, body } = await post({}, {}, "wrong")
  assert.deepEqual([status, created, body.type], [401, [], "unauthorized"])
})

test("what is no mail is refused with the reason", async () => {
  const { to, ...nobody } = MAIL
  const cases: [unknown, RegExp][] = [
    [undefined, /Invalid request: body: /],
    [[], /body: /],
    [nobody, /to: /],
    [{ ...MAIL, idempotency_key: "" }, /idempotency_key: /],
    [{ ...MAIL, data: "text" }, /data: /],
  ]
  for (const [body, message] of cases) {
    const answer = await post(body)
    assert.deepEqual([answer.status, answer.body.type, answer.created], [400, "invalid_data", []])
    assert.match(answer.body.message, message)
  }
})

test("a mail goes to the notification module as it came", async () => {
  const { status, created } = await post({ ...MAIL, something_new: 1 })
  assert.deepEqual([status, created], [204, [MAIL]])
})

test("what the module throws is answered as an error", async () => {
  const createNotifications = () => Promise.reject(new Error("the provider is away"))
  assert.equal((await call(POST, { headers: { "x-chat-token": "hook-token" }, body: MAIL, createNotifications })).status, 500)
})

test("the bell hears of mails of staff, on request", async () => {
  const staff = { ...MAIL, receiver_id: "user_1", idempotency_key: "k" }
  assert.equal((await post(staff)).created.length, 1)
  assert.equal((await post(MAIL, { feed: true })).created.length, 1)

  const [mail, entry] = (await post(staff, { feed: true })).created
  assert.deepEqual(mail, staff)
  assert.deepEqual(entry, {
    to: "user_1",
    channel: "feed",
    template: "admin-ui",
    data: { title: "New message from Acme", description: "Forty of them." },
    trigger_type: MAIL.trigger_type,
    resource_id: MAIL.resource_id,
    resource_type: MAIL.resource_type,
    receiver_id: "user_1",
    idempotency_key: "k:feed",
  })

  const inbox = await post({ ...staff, receiver_id: "admin" }, { feed: true })
  assert.equal(inbox.created[1].to, "")

  const channels = [{ name: "Ada" }, { name: "Bob" }]
  const digest = await post({ ...staff, template: "chat_daily_digest", data: { unread_count: 3, channels } }, { feed: true })
  assert.deepEqual(digest.created[1].data, { title: "Unread messages: 3", description: "Ada, Bob" })
})

test("a bell that does not ring fails no mail", async () => {
  const createNotifications = async ({ channel }: { channel: string }) => {
    if (channel === "feed") throw new Error("no provider")
  }
  const body = { ...MAIL, receiver_id: "user_1" }
  const answer = await call(POST, { headers: { "x-chat-token": "hook-token" }, body, settings: { feed: true }, createNotifications })
  assert.equal(answer.status, 204)
})
