// @ts-check
/** How each kind of row in the log is created and updated. */

import { el } from '../../ui/dom.js';
import { icon } from '../parts/icons.js';
import { texts } from '../texts.js';
import { createEditor } from './message-editor.js';
import { createMessage, updateMessage, updateUnsent } from './message-view.js';
import { updateChange, updateNote } from './note-view.js';

/**
 * @typedef {import('./thread-rows.js').ThreadRow} ThreadRow
 * @typedef {object} RowView
 * @property {(row: any) => HTMLElement} create
 * @property {(node: HTMLElement, row: any, before?: any) => void} [update] Missing if the row never
 *   changes.
 */

/** @type {Record<ThreadRow['kind'], RowView>} */
const VIEWS = {
  empty: {
    create: () =>
      el(
        'div',
        { class: 'empty' },
        icon('chat'),
        el('p', {}, texts.noMessages),
        el('small', {}, texts.noMessagesHint),
      ),
  },
  older: { create: () => el('div', { class: 'divider' }, texts.loadingOlder) },
  day: {
    create: () => el('div', { class: 'divider' }),
    update: (node, { text }) => (node.textContent = text),
  },
  new: { create: () => el('div', { class: 'divider new' }, texts.fresh) },
  message: { create: createMessage, update: updateMessage },
  unsent: { create: createMessage, update: updateUnsent },
  editor: { create: createEditor },
  note: { create: createMessage, update: updateNote },
  change: { create: () => el('div', { class: 'change' }), update: updateChange },
};

/** @param {ThreadRow} row */
export const createThreadRow = (row) => VIEWS[row.kind].create(row);

/** @param {HTMLElement} node @param {ThreadRow} row @param {ThreadRow} [before] */
export function updateThreadRow(node, row, before) {
  VIEWS[row.kind].update?.(node, row, before?.kind === row.kind ? before : undefined);
}
