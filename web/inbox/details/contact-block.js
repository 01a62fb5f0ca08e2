// @ts-check
/** How the person can be reached, and since when they write. */

import { el } from '../../ui/dom.js';
import { dateOf } from '../parts/format.js';
import { texts } from '../texts.js';
import { fields } from './fields.js';

/** @returns {import('./blocks.js').Block} */
export const contactBlock = () => ({
  name: 'contact',
  title: texts.contact,
  content: ({ customer, channel }) => [
    fields([
      [
        texts.email,
        customer.email && el('a', { href: `mailto:${customer.email}` }, customer.email),
      ],
      [texts.customerId, customer.id.startsWith('cus_') && customer.id],
      [texts.writesSince, channel && dateOf(channel.created_at)],
    ]),
  ],
});
