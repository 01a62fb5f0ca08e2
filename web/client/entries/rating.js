// @ts-check
/**
 * `rating`: the member rated a case, or changed its rating.
 * @type {import('./staff.js').ApplyStaff}
 */
export const ratingGiven = (lines, entry) => lines.put(entry);
