// @ts-check
/** Medusa's login by e-mail and password, from a page on another origin. */

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
  // Medusa's own refusals have a message; other servers have pages.
  const message = typeof data?.message === 'string' ? data.message : '';
  if (response.status === 401) throw new Error(message || 'Wrong email or password');
  if (response.ok || response.status === 404 || response.status === 405)
    throw new Error(
      `There is no Medusa at ${medusaUrl} (status ${response.status}). ` +
        'The chat’s MEDUSA_URL must be the address of Medusa’s server.',
    );
  throw new Error(message || `Medusa answered with status ${response.status}`);
}

/**
 * A browser does not say why a request failed. A request whose response nobody may read fails only
 * if the server cannot be reached: so the two can be told apart.
 * @param {string} medusaUrl @param {unknown} error @returns {Promise<string>}
 */
async function loginFailure(medusaUrl, error) {
  if (navigator.onLine === false) return 'You are offline.';
  if (/** @type {any} */ (error)?.name === 'TimeoutError')
    return `Medusa at ${medusaUrl} does not answer. Try again later.`;
  const signal = AbortSignal.timeout(LOGIN_MS);
  const isThere = await fetch(`${medusaUrl}/health`, { mode: 'no-cors', cache: 'no-store', signal })
    .then(() => true)
    .catch(() => false);
  return isThere
    ? `Medusa at ${medusaUrl} refuses sign-ins from this page. ` +
        `Its AUTH_CORS must name ${location.origin}. ` +
        'If this is not Medusa’s address, correct the chat’s MEDUSA_URL.'
    : `Medusa at ${medusaUrl} cannot be reached. Check the connection and try again. ` +
        'If this is not Medusa’s address, correct the chat’s MEDUSA_URL.';
}
