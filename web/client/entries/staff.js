// @ts-check
/**
 * The kinds of entry in the staff's log, by name: how each one changes what staff sees of a
 * channel. The widget does not load them.
 *
 * A kind that is missing here changes nothing. Its entry counts as seen.
 */

import { assigneeChanged } from './assignee.js';
import { labelsChanged } from './labels.js';
import { noteAdded } from './note.js';
import { noteDeleted } from './note-deleted.js';
import { noteEdited } from './note-edited.js';
import { ratingGiven } from './rating.js';
import { statusChanged } from './status.js';

/**
 * @typedef {import('../staff-log.js').StaffEntry} StaffEntry
 * @typedef {import('../staff-lines.js').StaffLines} StaffLines
 * @typedef {(lines: StaffLines, entry: StaffEntry) => boolean} ApplyStaff Returns whether anything
 *   changed.
 */

/** @type {Map<string, ApplyStaff>} */
export const STAFF_ENTRIES = new Map([
  ['note', noteAdded],
  ['note_edited', noteEdited],
  ['note_deleted', noteDeleted],
  ['status', statusChanged],
  ['assignee', assigneeChanged],
  ['labels', labelsChanged],
  ['rating', ratingGiven],
]);
