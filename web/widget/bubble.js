// @ts-check
/** The elements of a row with a message: its text, what can be done with it, time and ticks. */

import { el } from '../ui/dom.js';
import { clock } from '../ui/time.js';
import { bodyNodes } from './body.js';

/** A second click within this time confirms. */
const CONFIRM_MS = 4_000;

/**
 * @typedef {import('./texts.js').Texts} Texts
 * @typedef {object} Actions
 * @property {(message: { id: string, body: string }) => void} edit
 * @property {(id: string) => void} remove
 * @property {(id: string) => void} retry
 * @property {(id: string) => void} discard
 */

/**
 * Shows a row in its element.
 * @param {HTMLElement} node @param {import('./rows.js').Row} row
 * @param {Texts} texts @param {Actions} on
 */
export function fill(node, row, texts, on) {
  let part, children;
  if ('text' in row) {
    part = row.part;
    children = [row.text];
  } else if ('unsent' in row) {
    part = 'message own last';
    children = unsentElements(row.unsent, texts, on);
  } else {
    const { message_type, is_own } = row.message;
    const side = message_type === 'system' ? 'system' : is_own ? 'own' : 'other';
    part = `message ${side} ${row.isLast ? 'last' : ''}`;
    children = messageElements(row, texts, on);
  }
  node.part.value = node.className = part;
  node.replaceChildren(.../** @type {Node[]} */ (children.filter(Boolean)));
}

/** @param {import('./rows.js').MessageRow} row @param {Texts} texts @param {Actions} on */
function messageElements({ message, isDeleted, isLast, tick }, texts, on) {
  const { id, body, edited_at, created_at } = message;
  const edited = edited_at && !isDeleted && `${texts.edited} · `;
  return [
    el(
      'div',
      { part: `bubble ${isDeleted ? 'gone' : ''}`, dir: 'auto' },
      ...(isDeleted ? [texts.deleted] : bodyNodes(body)),
    ),
    tick &&
      el(
        'span',
        { part: 'actions' },
        el('button', { onclick: () => on.edit(message) }, texts.edit),
        removeButton(texts, () => on.remove(id)),
      ),
    (isLast || edited) &&
      el(
        'p',
        { part: 'meta' },
        edited,
        clock(created_at, texts.lang),
        tick &&
          el('span', { role: 'img', 'aria-label': texts[tick] }, tick === 'read' ? ' ✓✓' : ' ✓'),
      ),
  ];
}

/** @param {import('../client/outbox.js').Unsent} item @param {Texts} texts @param {Actions} on */
function unsentElements({ id, body, failed }, texts, on) {
  return [
    el('div', { part: `bubble ${failed ? 'failed' : 'pending'}`, dir: 'auto' }, ...bodyNodes(body)),
    el(
      'p',
      { part: 'meta' },
      ...(failed
        ? [
            el('b', {}, texts.failed),
            el('button', { onclick: () => on.retry(id) }, texts.retry),
            el('button', { onclick: () => on.discard(id) }, texts.remove),
          ]
        : [texts.sending]),
    ),
  ];
}

/**
 * Asks before it deletes: the first click changes the text, a second one confirms.
 * @param {Texts} texts @param {() => void} remove
 */
function removeButton(texts, remove) {
  const button = el('button', { onclick: click }, texts.remove);
  return button;

  function click() {
    if (button.className) return remove();
    button.className = 'sure';
    button.textContent = texts.sure;
    setTimeout(() => {
      button.className = '';
      button.textContent = texts.remove;
    }, CONFIRM_MS);
  }
}
