// @ts-check
/**
 * What staff sees of one channel beside the messages: notes, each in the newest state that is
 * known, and changes of status, assignee and labels.
 *
 * Ranks decide which of two states of a note is newer, as in `Messages`. A deletion is final.
 */

/**
 * @typedef {import('./staff-log.js').StaffEntry} StaffEntry
 * @typedef {import('./staff-log.js').Note} Note
 * @typedef {{ staff_seq: number, after_seq: number, note: Note }} NoteLine
 * @typedef {NoteLine | (StaffEntry & { note?: undefined })} StaffLine
 */

export class StaffLines {
  /** @type {Map<number, StaffLine>} By `staff_seq`. */
  #lines = new Map();
  /** @type {Map<string, number>} The rank of each note's state, by id. */
  #ranks = new Map();
  /** @type {StaffLine[] | undefined} */
  #sorted;
  /** Lines up to this `staff_seq` are not loaded, and not shown. */
  floor = 0;

  /** In the order of the log. The same array until something changes. */
  get all() {
    return (this.#sorted ??= [...this.#lines.values()]
      .filter(({ staff_seq }) => staff_seq > this.floor)
      .sort((a, b) => a.staff_seq - b.staff_seq));
  }

  /** @param {number} floor */
  reveal(floor) {
    this.floor = floor;
    this.#sorted = undefined;
  }

  /** @param {StaffEntry} entry */
  put(entry) {
    this.#lines.set(entry.staff_seq, /** @type {StaffLine} */ (entry));
    this.#sorted = undefined;
    return true;
  }

  /** @param {Note | undefined} note @param {number} rank @returns {boolean} */
  putNote(note, rank) {
    if (!note) return false;
    const known = this.#ranks.get(note.id) ?? -1;
    if (rank <= known) return false;
    this.#ranks.set(note.id, note.deleted_at ? Infinity : rank);
    const { staff_seq, after_seq } = note;
    this.#lines.set(staff_seq, { staff_seq, after_seq, note });
    this.#sorted = undefined;
    return true;
  }
}
