// @ts-check
/**
 * The element of a row. It is made once and changed in place, so that a redraw keeps selection,
 * focus, hover and a pressed mouse.
 */

import { el } from '../ui/dom.js';
import { icon } from './icon.js';

const ONE_TICK = 'M6 13l4 4L20 7';
const TWO_TICKS = 'M2 13l4 4L16 7M12 16l1 1L22 7';

/**
 * The parts of a message's element. Head, actions and extra are filled later.
 * @typedef {Record<'head' | 'bubble' | 'actions' | 'extra', HTMLElement>} Parts
 * @typedef {(row: any, parts: Parts) => void} Dress
 */

/** @param {import('./rows.js').Row} row @returns {HTMLElement} */
export const createRow = (row) =>
  'text' in row
    ? el('p', { dir: 'auto' })
    : el(
        'div',
        {},
        el('div'),
        el('div', { class: 'line' }, el('div', { dir: 'auto' }), el('span', { part: 'actions' })),
        el(
          'p',
          { part: 'meta' },
          el('span'),
          el('span', { role: 'img' }, icon(ONE_TICK)),
          el('span'),
        ),
      );

/**
 * @param {HTMLElement} node @param {import('./rows.js').Row} row
 * @param {import('./texts.js').Texts} texts
 * @param {Dress} [dress] Shows the text with what only some messages have.
 */
export function showRow(node, row, texts, dress) {
  name(node, row.part);
  if ('text' in row) return say(node, row.text);
  const [head, line, meta] = /** @type {any} */ (node.children);
  const [bubble, actions] = line.children;
  const [time, tick, extra] = meta.children;
  name(bubble, row.bubble);
  if (dress) dress(row, { head, bubble, actions, extra });
  else say(bubble, row.body);
  say(time, row.time);
  tick.hidden = !row.tick || !row.time;
  tick.ariaLabel = row.tick && texts[row.tick];
  tick.firstChild.firstChild.setAttribute('d', row.tick === 'read' ? TWO_TICKS : ONE_TICK);
}

/** @param {Element} element @param {string} part */
function name(element, part) {
  if (element.className !== part) element.part.value = element.className = part;
}

/** @param {Element} element @param {string} text */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
