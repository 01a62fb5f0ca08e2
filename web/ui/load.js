// @ts-check
/** @type {Record<string, Promise<any>>} What is loaded or being loaded, by address. */
const modules = {};
let failures = 0;

/**
 * Imports a module, once. A browser may remember a failed import for the life of the page, so each
 * failure changes the query of all later addresses. A module that failed has not been evaluated.
 * @param {string} url Absolute, or relative to the script that contains this function.
 * @returns {Promise<any>}
 */
export const load = (url) =>
  (modules[url] ??= import(url + (failures ? '?' + failures : '')).catch((error) => {
    failures++;
    delete modules[url];
    throw error;
  }));
