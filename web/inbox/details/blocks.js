// @ts-check
/**
 * The blocks of the details pane, in their order. A new one is a module here that exports a
 * function of the parts, and a line in this list.
 */

import { assigneeBlock } from './assignee-block.js';
import { casesBlock } from './cases-block.js';
import { contactBlock } from './contact-block.js';
import { labelsBlock } from './labels-block.js';
import { mailBlock } from './mail-block.js';
import { othersBlock } from './others-block.js';
import { ratingBlock } from './rating-block.js';
import { shopBlock } from './shop-block.js';

/**
 * @typedef {object} About The open conversation.
 * @property {string} hash
 * @property {import('../parts/people.js').Person} customer
 * @property {import('../channels/channel-store.js').ChannelView | undefined} channel Undefined
 *   until it is known.
 *
 * @typedef {object} DetailsParts What a block may use.
 * @property {import('../channels/channels.js').Channels} channels
 * @property {import('../presence.js').Presence} presence
 * @property {import('../labels.js').Labels} labels
 * @property {import('../../client/staff-logs.js').StaffLogs} staffLogs
 * @property {import('./shop.js').Shop} shop
 * @property {import('../desk.js').Desk} desk
 * @property {(method: string, path: string, body?: unknown) => Promise<any>} request
 * @property {(hash: string) => void} open Opens another conversation.
 * @property {() => void} changed Draws the pane anew: for a block that has loaded something.
 *
 * @typedef {object} Block
 * @property {string} name Of its class.
 * @property {string} title
 * @property {(about: About) => (Node | string | false | null | undefined)[]} content Drawn with
 *   each change of the conversation. A block without content is not shown. Listeners are those of
 *   the first drawing, as with `patch`.
 */

/** @param {DetailsParts} parts @returns {Block[]} */
export const detailsBlocks = (parts) => [
  contactBlock(),
  shopBlock(parts),
  assigneeBlock(parts),
  labelsBlock(parts),
  mailBlock(),
  ratingBlock(parts),
  casesBlock(parts),
  othersBlock(parts),
];
