// @ts-check
/**
 * `status`: the conversation was opened, snoozed or closed.
 * @type {import('./staff.js').ApplyStaff}
 */
export const statusChanged = (lines, entry) => lines.put(entry);
