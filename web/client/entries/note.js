// @ts-check
/**
 * `note`: staff wrote a note.
 * @type {import('./staff.js').ApplyStaff}
 */
export const noteAdded = (lines, entry) => lines.putNote(entry.note, entry.staff_seq);
