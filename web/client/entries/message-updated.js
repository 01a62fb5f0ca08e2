// @ts-check
/** `chat.message.updated`: a message has another body. @type {import('./index.js').Apply} */
export const messageUpdated = (messages, { seq, payload }) => messages.put(payload.message, seq);
