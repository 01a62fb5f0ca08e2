// @ts-check
/** `chat.message.created`: a new message. @type {import('./index.js').Apply} */
export const messageCreated = (messages, { seq, payload }) => messages.put(payload.message, seq);
