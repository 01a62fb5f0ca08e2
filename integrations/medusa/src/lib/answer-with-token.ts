import type { AuthenticatedMedusaRequest, MedusaResponse } from '@medusajs/framework/http';
import { ContainerRegistrationKeys, MedusaError } from '@medusajs/framework/utils';
import { LIVE_CHAT } from '../modules/live-chat';
import type LiveChat from '../modules/live-chat/service';
import { answerUnavailable, problemsOf } from './refuse';
import { chatToken, type ChatToken, type Person } from './token';

const NAMES = {
  user: ['first_name', 'last_name', 'email', 'avatar_url'],
  customer: ['first_name', 'last_name', 'email'],
};

/**
 * Responds with a token for the logged-in person. Refuses other callers with 401, and everybody
 * with 503 while there is no secret to sign with.
 */
export async function answerWithToken(
  req: AuthenticatedMedusaRequest,
  res: MedusaResponse<ChatToken>,
  kind: Person['actor_type'],
) {
  const { actor_id, actor_type } = req.auth_context ?? {};
  if (actor_type === 'api-key')
    throw unauthorized('A chat token is for a person: log in, instead of using an API key.');
  // A login whose registration is not finished has an empty id.
  if (actor_type !== kind || !actor_id)
    throw unauthorized(`Log in as a ${kind} to get a chat token.`);

  const { settings } = req.scope.resolve<LiveChat>(LIVE_CHAT);
  if (!settings.jwtSecret) {
    // Customers are not told that a secret is short.
    const problem = kind === 'user' ? problemsOf(settings, 'jwtSecret') : 'The chat is not set up.';
    return answerUnavailable(res, problem);
  }

  const query = req.scope.resolve(ContainerRegistrationKeys.QUERY);
  const { data } = await query.graph({
    entity: kind,
    fields: ['id', ...NAMES[kind]],
    filters: { id: actor_id },
  });
  const found = data[0] as Omit<Person, 'actor_id' | 'actor_type'> | undefined;
  // A login can outlive the user or customer.
  if (!found) throw unauthorized(`This ${kind} no longer exists.`);

  const { first_name, last_name, email, avatar_url } = found;
  const person = { actor_id, actor_type: kind, first_name, last_name, email, avatar_url };
  res.setHeader('cache-control', 'no-store');
  res.json(chatToken(person, settings.jwtSecret, new Date()));
}

function unauthorized(message: string): MedusaError {
  return new MedusaError(MedusaError.Types.UNAUTHORIZED, message);
}
