// @ts-check

/**
 * A message in a line: its text, else what it carries.
 * @param {object} message
 * @param {string} message.body
 * @param {{ title: string } | null} [message.card]
 * @param {{ name: string }[]} [message.attachments]
 */
export const summaryOf = ({ body, card, attachments = [] }) =>
  body || card?.title || attachments[0]?.name || '';
