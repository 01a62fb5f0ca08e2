// @ts-check
/**
 * The kinds of log entry, by wire name: how each one changes the messages of a thread.
 *
 * A kind that is missing here changes nothing. Its entry still takes its place in the log and
 * counts as seen, so that an open page goes on when the server is newer than it.
 */

import { messageCreated } from './message-created.js';
import { messageDeleted } from './message-deleted.js';
import { messageUpdated } from './message-updated.js';

/**
 * @typedef {import('../messages.js').Messages} Messages
 * @typedef {import('../thread.js').Entry} Entry
 * @typedef {(messages: Messages, entry: Entry) => boolean} Apply Returns whether anything changed.
 */

/** @type {Map<string, Apply>} */
export const ENTRIES = new Map([
  ['chat.message.created', messageCreated],
  ['chat.message.updated', messageUpdated],
  ['chat.message.deleted', messageDeleted],
]);
