// @ts-check
/**
 * The theme, the language and the font of an embedded inbox: those of the page around it. Without
 * its word the inbox follows the system and the browser.
 */

import { changeLanguage } from '../texts.js';

/** @param {unknown} scheme */
export function applyScheme(scheme) {
  const { dataset } = document.documentElement;
  if (scheme === 'dark' || scheme === 'light') dataset.scheme = scheme;
  else delete dataset.scheme;
}

/**
 * The font comes as data: this page's policy lets it load none.
 * @param {any} font Its family, and its faces with weight, style and data.
 */
export function applyFont(font) {
  if (typeof font?.family !== 'string' || !Array.isArray(font.faces)) return;
  for (const { weight = 'normal', style = 'normal', data } of font.faces) {
    if (!(data instanceof ArrayBuffer)) continue;
    // The browser skips what it cannot read as a font.
    document.fonts.add(new FontFace(font.family, data, { weight, style }));
  }
  const family = JSON.stringify(font.family);
  document.documentElement.style.fontFamily = `${family}, ui-sans-serif, system-ui, sans-serif`;
}

/** @param {unknown} language @param {boolean} isInUse Whether something may have been written. */
export function applyLanguage(language, isInUse) {
  if (typeof language === 'string' && (!isInUse || hasStorage())) changeLanguage(language);
}

/** Drafts are kept over a reload by the tab's storage, which browsers may deny to frames. */
function hasStorage() {
  try {
    return Boolean(sessionStorage);
  } catch {
    return false;
  }
}
