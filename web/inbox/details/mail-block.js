// @ts-check
/** Whether the person has read the answers, and how mail stands. */

import { dateOf, shortMoment } from '../parts/format.js';
import { isByMember } from '../channels/channel-store.js';
import { texts } from '../texts.js';
import { el } from '../../ui/dom.js';
import { fields } from './fields.js';

/** @returns {import('./blocks.js').Block} */
export const mailBlock = () => ({
  name: 'mail',
  title: texts.reach,
  content: ({ customer, channel }) => {
    if (!channel) return [];
    const member = channel.members.find(({ user_id }) => user_id === customer.id);
    const last = channel.last_message;
    const isUnread = last && !isByMember(last) && last.seq > (member?.last_read_seq ?? 0);
    const notified = /** @type {any} */ (member)?.notified_at;
    return [
      fields([
        [texts.lastRead, member?.last_read_at ? shortMoment(member.last_read_at) : texts.never],
        [
          texts.lastAnswer,
          last && !isByMember(last) && (isUnread ? texts.notReadYet : texts.readByThem),
        ],
        [texts.lastMail, customer.email && (notified ? dateOf(notified) : texts.never)],
      ]),
      !customer.email && el('p', { class: 'hint' }, texts.noMail),
    ];
  },
});
