import { generateJwtToken } from '@medusajs/framework/utils';

/** How long a chat token lives. Whoever needs one for longer asks again. */
export const LIFETIME_SECONDS = 15 * 60;

/**
 * The longest claim, in bytes. The chat reads tokens of 8 KB at most: what is longer is left out,
 * and the person still gets in.
 */
const MAX_CLAIM_BYTES = 1024;

/** Who a token is for, and how they are called. */
export interface Person {
  actor_id: string;
  actor_type: 'user' | 'customer';
  first_name?: string | null;
  last_name?: string | null;
  email?: string | null;
  avatar_url?: string | null;
}

/** A token as the routes answer it. */
export interface ChatToken {
  token: string;
  /** ISO 8601, UTC. */
  expires_at: string;
}

/** Signs a token for the chat. */
export function chatToken(
  { actor_id, actor_type, ...names }: Person,
  secret: string,
  now: Date,
): ChatToken {
  const known = Object.entries(names).filter(
    ([, text]) => text && Buffer.byteLength(text) <= MAX_CLAIM_BYTES,
  );
  const iat = Math.floor(now.getTime() / 1000);
  const claims = { actor_id, actor_type, ...Object.fromEntries(known), iat };
  const token = generateJwtToken(claims, {
    secret,
    expiresIn: LIFETIME_SECONDS,
    jwtOptions: { algorithm: 'HS256' },
  });
  return { token, expires_at: new Date((iat + LIFETIME_SECONDS) * 1000).toISOString() };
}
