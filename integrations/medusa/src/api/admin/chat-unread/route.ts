import type { AuthenticatedMedusaRequest, MedusaResponse } from '@medusajs/framework/http';
import { unreadCount } from '../../../lib/unread-count';
import { LIVE_CHAT } from '../../../modules/live-chat';
import type LiveChat from '../../../modules/live-chat/service';

/** The number beside "Chat" in the sidebar; null if it is not known. */
export async function GET(
  req: AuthenticatedMedusaRequest,
  res: MedusaResponse<{ unread_count: number | null }>,
) {
  const { publicUrl, jwtSecret } = req.scope.resolve<LiveChat>(LIVE_CHAT).settings;
  const { actor_id, actor_type } = req.auth_context;
  const isKnown = publicUrl && jwtSecret && actor_type === 'user' && actor_id;
  res.setHeader('cache-control', 'no-store');
  res.json({
    unread_count: isKnown ? await unreadCount(actor_id, publicUrl, jwtSecret) : null,
  });
}
