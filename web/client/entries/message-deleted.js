// @ts-check
/** `chat.message.deleted`: a message is gone for good. @type {import('./index.js').Apply} */
export const messageDeleted = (messages, { payload }) => messages.remove(payload.id);
