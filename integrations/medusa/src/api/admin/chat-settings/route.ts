import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { LIVE_CHAT } from "../../../modules/live-chat"
import type LiveChat from "../../../modules/live-chat/service"

/** Where the chat is. Asked for at run time, so that nobody rebuilds the dashboard when it moves. */
export async function GET(req: MedusaRequest, res: MedusaResponse<{ url: string }>) {
  const { settings } = req.scope.resolve<LiveChat>(LIVE_CHAT)
  res.json({ url: settings.publicUrl })
}
