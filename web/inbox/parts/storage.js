// @ts-check
/**
 * The browser's storage for JSON values. It may be blocked or full: then values live as long as the
 * page.
 */

/** @typedef {'localStorage' | 'sessionStorage'} Area */

/** @type {Map<string, unknown>} Values that could not be stored. */
const unstored = new Map();

/** @param {Area} area @param {string} key @returns {any} */
export function readStored(area, key) {
  if (unstored.has(key)) return unstored.get(key);
  try {
    return JSON.parse(globalThis[area].getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {Area} area @param {string} key @param {unknown} value Null removes the key. */
export function writeStored(area, key, value) {
  unstored.delete(key);
  try {
    if (value === null) globalThis[area].removeItem(key);
    else globalThis[area].setItem(key, JSON.stringify(value));
  } catch {
    unstored.set(key, value);
  }
}
