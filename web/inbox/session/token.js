// @ts-check
/** Medusa's tokens, as far as a page can read them. The server decides whether they are valid. */

import { texts } from '../texts.js';

/** @param {string} token @returns {any} Its claims; empty if it has none. */
export function claimsOf(token) {
  try {
    const base64 = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return {};
  }
}

/**
 * The end of a token is not looked at: this computer's clock may be wrong.
 * @param {string} token @returns {string} Why it cannot be valid; empty if it can.
 */
export function tokenProblem(token) {
  const { actor_id, actor_type } = claimsOf(token);
  if (actor_type === undefined) return texts.notAToken;
  if (actor_type !== 'user' || !actor_id) return texts.foreignToken;
  return '';
}

/** The longest time before its end at which a token is renewed: a socket is replaced later. */
const RENEWED_MS = 120_000;

/**
 * @param {string} token @param {number} now The server's time, in ms.
 * @returns {{ left: number, margin: number }} How long it is still valid, and how long before its
 *   end it should be renewed, in ms. Without an end: for ever.
 */
export function lifeOf(token, now) {
  const { iat, exp } = claimsOf(token);
  if (typeof exp !== 'number') return { left: Infinity, margin: 0 };
  const life = typeof iat === 'number' && iat < exp ? (exp - iat) * 1000 : Infinity;
  return { left: exp * 1000 - now, margin: Math.min(RENEWED_MS, life / 4) };
}
