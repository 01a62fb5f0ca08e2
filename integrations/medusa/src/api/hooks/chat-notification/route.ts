import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { ContainerRegistrationKeys, Modules } from "@medusajs/framework/utils"
import { feedEntry, isToken, parseNotification } from "../../../lib/notification"
import { LIVE_CHAT } from "../../../modules/live-chat"
import type LiveChat from "../../../modules/live-chat/service"

/** Takes a mail of the chat and sends it as the shop sends mails. The same `idempotency_key` again sends nothing. */
export async function POST(req: MedusaRequest<unknown>, res: MedusaResponse) {
  const { settings } = req.scope.resolve<LiveChat>(LIVE_CHAT)
  if (!isToken(req.get("x-chat-token"), settings.hookToken)) {
    res.status(401).json({ type: "unauthorized", message: "The header x-chat-token is not the token that Medusa expects." })
    return
  }
  const notification = parseNotification(req.body)
  const notifications = req.scope.resolve(Modules.NOTIFICATION)
  await notifications.createNotifications(notification)

  const entry = settings.feed ? feedEntry(notification) : undefined
  if (entry) {
    // The mail is out: that the bell stays silent is no reason to send it again.
    await notifications.createNotifications(entry).catch((error: unknown) => {
      req.scope.resolve(ContainerRegistrationKeys.LOGGER).warn(`medusa-plugin-live-chat: nothing for the bell: ${error}`)
    })
  }
  res.sendStatus(204)
}
