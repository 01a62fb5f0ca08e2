// @ts-check
/** Cuts and counts texts by what people see as characters. */

/**
 * @param {string} text
 * @param {number} max In UTF-16 units.
 * @returns {string} Its beginning with a `…`, cut between two characters; the text itself if it
 *   fits.
 */
export function clipped(text, max) {
  if (text.length <= max) return text;
  // A character may be long, but not this long.
  const start = text.slice(0, max + 64);
  let end = 0;
  for (const { index, segment } of charactersOf(start)) {
    if (index + segment.length > max) break;
    end = index + segment.length;
  }
  return `${start.slice(0, end).trimEnd()}…`;
}

/** @param {string} text @returns {string} What people see as its first character. */
export const firstCharacter = (text) => [...charactersOf(text.slice(0, 64))][0]?.segment ?? '';

/** @param {string} text @returns {Iterable<{ index: number, segment: string }>} */
const charactersOf = (text) =>
  new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text);

/** White space and invisible characters alone, which the server refuses. */
const BLANK = /^[\s\p{Cc}\p{DI}\u2800\ufff9-\ufffb]*$/u;

/** Whether the server refuses this as an empty text. @param {string} text */
export const isBlank = (text) => BLANK.test(text);

/** How many characters the server counts. @param {string} text */
export const characterCount = (text) => [...text].length;
