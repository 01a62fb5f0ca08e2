import type { AuthenticatedMedusaRequest, MedusaResponse } from '@medusajs/framework/http';
import { answerWithToken } from '../../../lib/answer-with-token';
import type { ChatToken } from '../../../lib/token';

/** A chat token for the logged-in user. */
export const POST = (req: AuthenticatedMedusaRequest, res: MedusaResponse<ChatToken>) =>
  answerWithToken(req, res, 'user');
