// @ts-check
/** Drawn icons: letters of the page's font would look different in each shop. */

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} lines The path on a square of 24. */
export function icon(lines) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  path.setAttribute('d', lines);
  svg.append(path);
  return svg;
}
