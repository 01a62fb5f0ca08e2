// @ts-check
/**
 * The theme and the language of an embedded inbox: those of the page around it. Without its word
 * the inbox follows the system and the browser.
 */

/** @param {unknown} scheme */
export function applyScheme(scheme) {
  const { dataset } = document.documentElement;
  if (scheme === 'dark' || scheme === 'light') dataset.scheme = scheme;
  else delete dataset.scheme;
}

/**
 * Loads this page again in another language, which its address names.
 * @param {unknown} language @param {boolean} isInUse Whether something may have been written.
 */
export function applyLanguage(language, isInUse) {
  const tag = canonical(language);
  const url = new URL(location.href);
  const isShown = tag.split('-')[0] === document.documentElement.lang;
  if (!tag || isShown || url.searchParams.get('lang') === tag) return;
  if (isInUse && !hasStorage()) return;
  url.searchParams.set('lang', tag);
  location.replace(url);
}

/** @param {unknown} language @returns {string} A BCP 47 tag; empty if it is none. */
function canonical(language) {
  try {
    return typeof language === 'string' ? Intl.getCanonicalLocales(language)[0] : '';
  } catch {
    return '';
  }
}

/** Drafts are kept over a reload by the tab's storage, which browsers may deny to frames. */
function hasStorage() {
  try {
    return Boolean(sessionStorage);
  } catch {
    return false;
  }
}
