// @ts-check
/** Medusa's login by e-mail and password, from a page on another origin. */

import { filled } from '../parts/format.js';
import { texts } from '../texts.js';

const LOGIN_MS = 15_000;

/**
 * @param {string} medusaUrl @param {string} email @param {string} password
 * @returns {Promise<string>} A token. Throws an error that says what to do.
 */
export async function logIn(medusaUrl, email, password) {
  const response = await fetch(`${medusaUrl}/auth/user/emailpass`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
    signal: AbortSignal.timeout(LOGIN_MS),
  }).catch((error) => loginFailure(medusaUrl, error));
  if (typeof response === 'string') throw new Error(response);
  const data = await response.json().catch(() => null);
  if (typeof data?.token === 'string') return data.token;
  const { status } = response;
  if (status === 401) throw new Error(texts.wrongPassword);
  // Another server has a page of its own, or none.
  if (response.ok || status === 404 || status === 405)
    throw new Error(filled(texts.medusaElsewhere, { url: medusaUrl, status }));
  throw new Error(filled(texts.medusaFailed, { status }));
}

/**
 * A browser does not say why a request failed. A request whose response nobody may read fails only
 * if the server cannot be reached: so the two can be told apart.
 * @param {string} medusaUrl @param {unknown} error @returns {Promise<string>}
 */
async function loginFailure(medusaUrl, error) {
  if (navigator.onLine === false) return texts.offlineSignIn;
  const values = { url: medusaUrl, origin: location.origin };
  if (/** @type {any} */ (error)?.name === 'TimeoutError') return filled(texts.medusaSlow, values);
  const signal = AbortSignal.timeout(LOGIN_MS);
  const isThere = await fetch(`${medusaUrl}/health`, { mode: 'no-cors', cache: 'no-store', signal })
    .then(() => true)
    .catch(() => false);
  return filled(isThere ? texts.medusaRefuses : texts.medusaUnreachable, values);
}
