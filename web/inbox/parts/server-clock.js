// @ts-check
/**
 * The server's time, for how long customers have been waiting and tokens live: the clock of a
 * computer may be hours off. It is learned from the `Date` of responses.
 */

/** Smaller differences are left alone: waiting times still make sense. */
const TOLERATED_MS = 2 * 3_600_000;

/** @type {number | undefined} */
let ahead;

/** @returns {number} Now, in ms since 1970. */
export function serverNow() {
  const by = ahead ?? 0;
  return Date.now() + (Math.abs(by) < TOLERATED_MS ? 0 : by);
}

/** @returns {number | undefined} The same to a second; undefined before the first response. */
export const exactServerNow = () => (ahead === undefined ? undefined : Date.now() + ahead);

/** `fetch`, which also reads the server's clock. @param {string} url @param {RequestInit} init */
export async function fetchAndSetClock(url, init) {
  const response = await fetch(url, init);
  const date = Date.parse(response.headers.get('date') ?? '');
  if (date) ahead = date - Date.now();
  return response;
}
