// @ts-check
/** Loads modules that few people need. */

let failures = 0;

/**
 * Browsers remember that a module could not be loaded, so each try after a failure has another
 * address.
 * @param {string} file Of this build. @returns {Promise<any>}
 */
export const load = (file) =>
  import(`./${file}${failures ? `?${failures}` : ''}`).catch((error) => {
    failures++;
    throw error;
  });
