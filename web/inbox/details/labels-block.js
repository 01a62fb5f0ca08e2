// @ts-check
/** The conversation's labels: each can be removed, others can be added. */

import { el } from '../../ui/dom.js';
import { labelChip } from '../list/list-row.js';
import { filled } from '../parts/format.js';
import { icon } from '../parts/icons.js';
import { texts } from '../texts.js';

/** @param {import('./blocks.js').DetailsParts} parts @returns {import('./blocks.js').Block} */
export const labelsBlock = ({ labels, channels, desk }) => {
  let hash = '';
  const remove = (/** @type {MouseEvent} */ { currentTarget }) => {
    const { slug = '' } = /** @type {HTMLElement} */ (currentTarget).dataset;
    desk.label([hash], slug, false);
  };
  const add = (/** @type {MouseEvent} */ { currentTarget }) =>
    desk.openLabels(/** @type {Element} */ (currentTarget), [hash]);
  return {
    name: 'labels',
    title: texts.labels,
    content: (about) => {
      ({ hash } = about);
      const slugs = channels.get(hash)?.labels ?? [];
      const chips = slugs.map((slug) => {
        const label = labels.get(slug);
        const chip = labelChip(label);
        const text = filled(texts.removeLabelNamed, { name: label.name });
        chip.append(
          el(
            'button',
            {
              type: 'button',
              class: 'label-remove',
              'data-slug': slug,
              'aria-label': text,
              title: text,
              onclick: remove,
            },
            icon('close'),
          ),
        );
        return chip;
      });
      return [
        el(
          'div',
          { class: 'details-labels' },
          ...chips,
          el(
            'button',
            { type: 'button', class: 'label-add', 'aria-haspopup': 'menu', onclick: add },
            icon('plus'),
            texts.addLabel,
            el('kbd', { 'aria-hidden': 'true' }, 'L'),
          ),
        ),
      ];
    },
  };
};
