// @ts-check
/** The chat's keys in the browser's storage. What cannot be stored lasts as long as the page. */

/** The key of a guest's secret. */
export const GUEST = 'live-chat:guest';
/** The guest's key has this value for a moment when somebody logs out: other tabs follow. */
export const GONE = '-';

/** What was written here, for storage that is blocked or full. @type {Record<string, any>} */
let memory = {};

/**
 * Reads a key, or writes it if a value is given; null removes it.
 * @param {'localStorage' | 'sessionStorage'} where @param {string} key
 * @param {string | null} [value]
 * @returns {string | null}
 */
export function keep(where, key, value) {
  if (value !== undefined) memory[key] = value;
  try {
    const store = globalThis[where];
    if (value === undefined) return store.getItem(key) ?? memory[key] ?? null;
    // Where the new value does not fit, the old one must not come back.
    store.removeItem(key);
    if (value) store.setItem(key, value);
  } catch {}
  return memory[key] ?? null;
}

/** Somebody has logged out here. */
export function forget() {
  memory = {};
  try {
    localStorage.setItem(GUEST, GONE);
    localStorage.removeItem(GUEST);
  } catch {}
}
