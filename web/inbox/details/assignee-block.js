// @ts-check
/** Who has the conversation. */

import { el } from '../../ui/dom.js';
import { avatar, displayName } from '../parts/people.js';
import { texts } from '../texts.js';

/** @param {import('./blocks.js').DetailsParts} parts @returns {import('./blocks.js').Block} */
export const assigneeBlock = ({ presence, channels, desk }) => {
  let hash = '';
  const choose = (/** @type {MouseEvent} */ { currentTarget }) =>
    desk.openAssign(/** @type {Element} */ (currentTarget), [hash]);
  return {
    name: 'assignee',
    title: texts.assignee,
    content: (about) => {
      ({ hash } = about);
      const id = channels.get(hash)?.assignee_id;
      const person = id ? presence.admin(id) : undefined;
      return [
        el(
          'button',
          { type: 'button', class: 'details-assign', 'aria-haspopup': 'menu', onclick: choose },
          person && avatar(person),
          el('span', { dir: 'auto' }, person ? displayName(person) : texts.nobody),
          el('kbd', { 'aria-hidden': 'true' }, 'A'),
        ),
      ];
    },
  };
};
