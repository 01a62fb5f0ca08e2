// @ts-check
/**
 * The theme and the language of an embedded inbox: those of the page around it. Without its word
 * the inbox follows the system and the browser.
 */

import { readStored, writeStored } from '../parts/storage.js';

const LANGUAGE_KEY = 'chat-inbox:language';

/** @param {unknown} scheme */
export function applyScheme(scheme) {
  const { dataset } = document.documentElement;
  if (scheme === 'dark' || scheme === 'light') dataset.scheme = scheme;
  else delete dataset.scheme;
}

/**
 * Stores the language for this tab.
 * @param {unknown} language
 * @returns {boolean} Whether a reload shows it: it is another one, and this tab has a storage, which
 *   keeps drafts too. Browsers may deny it to frames.
 */
export function keepLanguage(language) {
  const [tag] = typeof language === 'string' ? tagsOf(language) : [];
  if (!tag || tag === outerLanguage()) return false;
  writeStored('sessionStorage', LANGUAGE_KEY, tag);
  try {
    return sessionStorage.getItem(LANGUAGE_KEY) !== null;
  } catch {
    return false;
  }
}

/** @returns {string} The language of the page around this one; empty if it is not known. */
export function outerLanguage() {
  const stored = readStored('sessionStorage', LANGUAGE_KEY);
  return typeof stored === 'string' ? stored : '';
}

/** @param {string} language @returns {string[]} Empty if it is not a language. */
function tagsOf(language) {
  try {
    return Intl.getCanonicalLocales(language);
  } catch {
    return [];
  }
}
