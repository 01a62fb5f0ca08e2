// @ts-check
/** The other conversations of the same person, as far as the list is loaded. */

import { el } from '../../ui/dom.js';
import { clipped } from '../../ui/text.js';
import { recipient } from '../channels/recipient.js';
import { dateOf } from '../parts/format.js';
import { texts } from '../texts.js';

const OTHER_PREVIEW_LENGTH = 60;

/** @param {import('./blocks.js').DetailsParts} parts @returns {import('./blocks.js').Block} */
export const othersBlock = ({ channels, presence, open }) => {
  const show = (/** @type {MouseEvent} */ { currentTarget }) =>
    open(/** @type {HTMLElement} */ (currentTarget).dataset.other ?? '');
  return {
    name: 'others',
    title: texts.otherConversations,
    content: ({ hash, customer }) =>
      channels
        .allOf(customer.id)
        .filter((other) => other.channel_hash !== hash)
        .map((other) => {
          const at = other.last_message_at ?? other.created_at;
          const body = clipped(other.last_message?.body ?? '', OTHER_PREVIEW_LENGTH);
          const about = [dateOf(at), recipient(other, presence, true), body];
          return el(
            'button',
            { type: 'button', class: 'other', 'data-other': other.channel_hash, onclick: show },
            el('span', { dir: 'auto' }, about.filter(Boolean).join(' · ')),
          );
        }),
  };
};
