// @ts-check
/**
 * `labels`: the conversation has other labels.
 * @type {import('./staff.js').ApplyStaff}
 */
export const labelsChanged = (lines, entry) => lines.put(entry);
