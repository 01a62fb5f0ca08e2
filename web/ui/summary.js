// @ts-check

/**
 * A message in a line: its text, else what it carries.
 * @param {{ body: string, card?: { title: string } | null, attachments?: { name: string }[] }} message
 */
export const summaryOf = ({ body, card, attachments = [] }) =>
  body || card?.title || attachments[0]?.name || '';
