// @ts-check
/** Tells two conversations of one customer apart. */

import { isWithAdmin } from './channel-store.js';
import { filled } from '../parts/format.js';
import { displayName } from '../parts/people.js';
import { texts } from '../texts.js';

/**
 * @param {import('./channel-store.js').ChannelView | undefined} channel
 * @param {import('../presence.js').Presence} presence
 * @param {boolean} isOneOfSeveral Whether the customer has other conversations, too.
 * @returns {string} With whom it is; empty if that goes without saying.
 */
export function recipient(channel, presence, isOneOfSeveral) {
  if (!channel || !isWithAdmin(channel)) return isOneOfSeveral ? texts.withShop : '';
  const { admin_id = '', admin } = channel;
  if (admin_id === presence.me) return texts.withYou;
  const person = admin ?? presence.admin(admin_id);
  return filled(texts.withAdmin, { name: person.first_name || displayName(person) });
}
