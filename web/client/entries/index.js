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
 * Applies one entry. Returns whether anything changed.
 * @typedef {(messages: import('../messages.js').Messages, entry: import('../thread.js').Entry) => boolean} Apply
 */

/** @type {Map<string, Apply>} */
export const ENTRIES = new Map([
  ['chat.message.created', messageCreated],
  ['chat.message.updated', messageUpdated],
  ['chat.message.deleted', messageDeleted],
]);
