// @ts-check
/** The text of a message. What finds addresses in it is loaded with the first address. */

const ADDRESS = /https?:/i;
/** Until the next attempt to load it, addresses are text. */
const AGAIN_MS = 5_000;
/** @typedef {(text: string) => (Node | string)[]} Linked */
/** @type {Linked | undefined} */
let linked;

/** @param {string} text */
export const bodyNodes = (text) => linked?.(text) ?? [text];

/**
 * @param {unknown} view @param {(name: string) => Promise<{ linked: Linked }>} load
 * @returns {Promise<void> | undefined} What to wait for before the view is shown.
 */
export function linksFor(view, load) {
  if (linked || !ADDRESS.test(JSON.stringify(view))) return;
  return load('links.js').then(
    (module) => {
      linked = module.linked;
    },
    () => {
      linked = (text) => [text];
      setTimeout(() => (linked = undefined), AGAIN_MS);
    },
  );
}
