import { createHash, timingSafeEqual } from "node:crypto"
import type { CreateNotificationDTO } from "@medusajs/framework/types"
import { MedusaError } from "@medusajs/framework/utils"
import { z } from "@medusajs/framework/zod"

const text = z.string().min(1)

/** A mail as the chat tells of it. Fields that it may get one day are left out, not refused: the mail is worth more. */
const Notification = z.object({
  to: text,
  channel: text,
  template: text,
  data: z.record(z.string(), z.unknown()),
  trigger_type: text,
  resource_id: text,
  resource_type: text,
  receiver_id: text,
  idempotency_key: text,
})

/** A mail that the chat wants sent. */
export type Notification = z.infer<typeof Notification>

/** The notification in a body. Throws what is wrong with it, which Medusa answers as 400. */
export function parseNotification(body: unknown): Notification {
  const result = Notification.safeParse(body)
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".") || "body"}: ${message}`)
  throw new MedusaError(MedusaError.Types.INVALID_DATA, `Invalid request: ${problems.join("; ")}`)
}

/** Whether the token is the expected one. Nothing is, where none is expected. */
export function isToken(given: string | undefined, expected: string | undefined): boolean {
  return Boolean(expected) && timingSafeEqual(digest(given ?? ""), digest(expected ?? ""))
}

// Digests are of one length, so comparing them takes the same time whatever was sent.
function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest()
}

/** The same news for the bell of Medusa's dashboard; nothing for mails of customers. */
export function feedEntry({ template, data, receiver_id, idempotency_key, ...rest }: Notification): CreateNotificationDTO | undefined {
  if (receiver_id.startsWith("cus_")) return undefined
  return {
    trigger_type: rest.trigger_type,
    resource_id: rest.resource_id,
    resource_type: rest.resource_type,
    receiver_id,
    // A user's own; what came to the shop's inbox is for everybody, which the dashboard reads from an empty name.
    to: receiver_id.startsWith("user_") ? receiver_id : "",
    channel: "feed",
    template: "admin-ui",
    data: template === "chat_unread_message" ? ofMessage(data) : ofDigest(data),
    idempotency_key: `${idempotency_key}:feed`,
  }
}

function ofMessage({ sender_name, preview }: Notification["data"]) {
  return { title: `New message from ${sender_name}`, description: preview }
}

function ofDigest({ unread_count, channels }: Notification["data"]) {
  const names = Array.isArray(channels) ? channels.map((channel) => channel?.name) : []
  return { title: `Unread messages: ${unread_count}`, description: names.filter(Boolean).join(", ") }
}
