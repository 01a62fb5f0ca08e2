// @ts-check
/**
 * What is known of the staff's log of one channel. Pure: no time, no network. It does for
 * `staff_seq` what `Thread` does for `seq`: entries may come in any order, any number of times, or
 * not at all.
 *
 * @typedef {object} Note
 * @property {string} id
 * @property {number} staff_seq
 * @property {number} after_seq
 * @property {string} author_id
 * @property {{ id: string, first_name?: string | null, last_name?: string | null,
 *   avatar_url?: string | null } | null} author
 * @property {string} body Empty once deleted.
 * @property {string[]} mentions
 * @property {string | null} edited_at
 * @property {string | null} deleted_at
 * @property {string} created_at
 *
 * @typedef {object} StaffEntry
 * @property {number} staff_seq
 * @property {number} after_seq The seq after which it is shown.
 * @property {string} kind
 * @property {{ id: string, role: string } | null} by Null: the shop itself.
 * @property {string} ts
 * @property {Note} [note] In its present state.
 * @property {string} [status]
 * @property {string | null} [snoozed_until]
 * @property {string | null} [assignee_id]
 * @property {string[]} [added] Labels.
 * @property {string[]} [removed]
 * @property {{ score: number, comment: string | null, case: number, created_at: string,
 *   updated_at: string }} [rating]
 */

import { STAFF_ENTRIES } from './entries/staff.js';
import { StaffLines } from './staff-lines.js';

/** The kinds of the pushes about notes. @type {Record<string, string>} */
const NOTE_KINDS = {
  'chat.note.created': 'note',
  'chat.note.updated': 'note_edited',
  'chat.note.deleted': 'note_deleted',
};

/**
 * @param {any} envelope A push to staff.
 * @returns {StaffEntry | undefined} Its entry; undefined if it has none, or only a cut one.
 */
export function staffEntryOf({ event, staff_seq, after_seq, ts, payload }) {
  if (payload?.entry) return payload.entry;
  const kind = NOTE_KINDS[event];
  if (!kind || !payload?.note || payload.truncated) return undefined;
  return { staff_seq, after_seq, kind, by: null, ts, note: payload.note };
}

export class StaffLog {
  /** Everything up to it is known. */
  seq;
  /** The highest `staff_seq` that is known to exist. */
  highest;
  lines = new StaffLines();
  #ahead = new Set();

  /** @param {number} after The log is read from here on; what is older can be added. */
  constructor(after) {
    this.seq = this.highest = this.lines.floor = after;
  }

  /** Whether the log has entries that are missing here. */
  get behind() {
    return this.highest > this.seq;
  }

  /** @param {number} seq That exists. @returns {boolean} Whether entries are missing now. */
  learn(seq) {
    if (seq > this.highest) this.highest = seq;
    return this.behind;
  }

  /** @param {any} envelope A push to staff. @returns {boolean} Whether anything changed. */
  push(envelope) {
    if (!envelope.staff_seq) return false;
    this.learn(envelope.staff_seq);
    const entry = staffEntryOf(envelope);
    return entry !== undefined && this.#apply(entry);
  }

  /**
   * @param {{ entries: StaffEntry[], staff_seq: number }} log The piece after `seq`.
   * @returns {boolean} Whether anything changed.
   */
  catchUp({ entries, staff_seq }) {
    this.learn(staff_seq);
    return entries.map((entry) => this.#apply(entry)).includes(true);
  }

  /**
   * @param {StaffEntry[]} entries The piece from `after` to the first known one.
   * @param {number} after
   */
  prepend(entries, after) {
    // A state that was known before is newer.
    for (const entry of entries) STAFF_ENTRIES.get(entry.kind)?.(this.lines, entry);
    this.lines.reveal(after);
  }

  /**
   * @param {Note} note From a REST response.
   * @param {number} asOf `highest` at the request.
   * @returns {boolean} Whether anything changed.
   */
  put(note, asOf) {
    const isChanged = this.lines.putNote(note, Math.max(asOf, note.staff_seq) + 0.5);
    this.learn(note.staff_seq);
    return isChanged;
  }

  /** @param {StaffEntry} entry */
  #apply(entry) {
    const { staff_seq, kind } = entry;
    if (staff_seq <= this.seq || this.#ahead.has(staff_seq)) return false;
    this.#ahead.add(staff_seq);
    while (this.#ahead.delete(this.seq + 1)) this.seq++;
    return STAFF_ENTRIES.get(kind)?.(this.lines, entry) ?? false;
  }
}
