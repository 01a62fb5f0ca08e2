// @ts-check
/**
 * `note_deleted`: a note is gone for good.
 * @type {import('./staff.js').ApplyStaff}
 */
export const noteDeleted = (lines, entry) => lines.putNote(entry.note, entry.staff_seq);
