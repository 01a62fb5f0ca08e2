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

/** @param {string} token @returns {string} Why it cannot be valid; empty if it can. */
export function tokenProblem(token) {
  const { actor_id, actor_type, exp } = claimsOf(token);
  if (actor_type === undefined) return texts.notAToken;
  if (actor_type !== 'user' || !actor_id) return texts.foreignToken;
  if (!(exp * 1000 > Date.now())) return texts.expiredToken;
  return '';
}
