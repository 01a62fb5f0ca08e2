// @ts-check
/**
 * `note_edited`: a note has another body or other mentions.
 * @type {import('./staff.js').ApplyStaff}
 */
export const noteEdited = (lines, entry) => lines.putNote(entry.note, entry.staff_seq);
