// @ts-check
/**
 * The server's time, for how long customers have been waiting: the clock of a computer may be hours
 * off. It is learned from the `Date` of responses.
 */

/** Smaller differences are left alone: waiting times still make sense. */
const TOLERATED_MS = 2 * 3_600_000;

let ahead = 0;

/** @returns {number} Now, in ms since 1970. */
export const serverNow = () => Date.now() + (Math.abs(ahead) < TOLERATED_MS ? 0 : ahead);

/** `fetch`, which also reads the server's clock. @param {string} url @param {RequestInit} init */
export async function fetchAndSetClock(url, init) {
  const response = await fetch(url, init);
  const date = Date.parse(response.headers.get('date') ?? '');
  if (date) ahead = date - Date.now();
  return response;
}
