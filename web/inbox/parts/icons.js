// @ts-check
/** The inbox's icons: drawn for this page, 16 by 16, one stroke. */

import { el } from '../../ui/dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const PATHS = {
  search: 'M7 12.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM11 11l3.5 3.5',
  plus: 'M8 3v10M3 8h10',
  gear:
    'M2 4.5h6.5M12 4.5h2M2 11.5h2M7.5 11.5H14' +
    'M10.25 6.25a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5Z' +
    'M5.75 13.25a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5Z',
  back: 'M9.5 3.5 5 8l4.5 4.5',
  close: 'm4 4 8 8M12 4l-8 8',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  checks: 'm1 8.5 3 3 6-6.5M7.5 11.2l.3.3 6.7-6.7',
  pencil: 'm10.5 2.8 2.7 2.7L5.7 13l-3.2.5.5-3.2 7.5-7.5Z',
  trash: 'M2.5 4.5h11M6 4V2.5h4V4M4 4.5l.6 9h6.8l.6-9M6.7 7v4M9.3 7v4',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.4',
  clip:
    'M13.3 7.3 7.6 13a3.3 3.3 0 0 1-4.7-4.7l5.7-5.6a2.2 2.2 0 0 1 3.3 3.3l-5.7 5.6' +
    'a1.1 1.1 0 0 1-1.6-1.6L9.7 5',
  calendar: 'M2.5 4h11v9.5h-11zM2.5 7h11M5.5 2v3M10.5 2v3',
  alert: 'M8 5v3.5M8 10.8v.1M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z',
  info: 'M8 7.2V11M8 5.1v.1M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z',
  send: 'M8 13V3.5M3.8 7.2 8 3l4.2 4.2',
  down: 'M8 3v10M3.8 8.8 8 13l4.2-4.2',
  chat: 'M2.5 3.5h11v8H7l-3 2.5v-2.5H2.5z',
  person: 'M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8ZM2.8 13.8a5.2 5.2 0 0 1 10.4 0',
  inbox: 'M2 9.5h3.5l1 2h3l1-2H14M2 9.5 4 3h8l2 6.5v4H2z',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5Z',
  more: 'M3.5 8v.1M8 8v.1M12.5 8v.1',
  tag: 'M2.5 8.5v-6h6l5 5-6 6zM5.5 5.5v.1',
  note: 'M3 2.5h10v7l-4 4H3zM9 13.5v-4h4',
  reopen: 'M3 8a5 5 0 1 0 1.6-3.7M3 2.5v3h3',
  expand: 'm4.5 6.5 3.5 3.5 3.5-3.5',
  panel: 'M2 3h12v10H2zM10 3v10',
  bolt: 'M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z',
};

/** @typedef {keyof typeof PATHS} IconName */

/** @param {IconName} name Hidden from screen readers: the text next to it says the same. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  const attributes = { viewBox: '0 0 16 16', 'aria-hidden': 'true', class: 'icon' };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

/**
 * @param {string} label
 * @param {IconName} name
 * @param {() => void} onclick
 * @param {Record<string, any>} [props]
 */
export const iconButton = (label, name, onclick, props) =>
  el(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': label, title: label, onclick, ...props },
    icon(name),
  );
