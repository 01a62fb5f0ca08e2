import type { MedusaRequest, MedusaResponse } from '@medusajs/framework/http';
import { answerUnavailable, problemsOf } from '../../../lib/refuse';
import { LIVE_CHAT } from '../../../modules/live-chat';
import type LiveChat from '../../../modules/live-chat/service';

/** The chat's address, read at run time: the dashboard needs no new build when the chat moves. */
export async function GET(req: MedusaRequest, res: MedusaResponse<{ url: string }>) {
  const { settings } = req.scope.resolve<LiveChat>(LIVE_CHAT);
  const { publicUrl, jwtSecret } = settings;
  if (publicUrl && jwtSecret) res.json({ url: publicUrl });
  else answerUnavailable(res, problemsOf(settings, 'publicUrl', 'jwtSecret'));
}
