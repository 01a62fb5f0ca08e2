// @ts-check
/**
 * `assignee`: another admin or none has the conversation.
 * @type {import('./staff.js').ApplyStaff}
 */
export const assigneeChanged = (lines, entry) => lines.put(entry);
