// @ts-check
/** Names and their values in the details pane. */

import { el } from '../../ui/dom.js';

/** @param {[name: string, value: Node | string | false | null | undefined][]} rows */
export function fields(rows) {
  const shown = rows.filter(([, value]) => value);
  return (
    shown.length > 0 &&
    el(
      'dl',
      { class: 'fields' },
      ...shown.map(([name, value]) =>
        el('div', {}, el('dt', {}, name), el('dd', { dir: 'auto' }, value)),
      ),
    )
  );
}
