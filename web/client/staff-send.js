// @ts-check
/** What staff does with replies that carry a status and are not stored yet. */

/**
 * Sends a reply without the status that came with it, and waits until it is stored, refused or
 * discarded. An attempt that is on its way may still set the status.
 * @param {import('./chat.js').Chat} chat
 * @param {string} id Of a message that may be unsent.
 */
export async function sendWithoutStatus(chat, id) {
  const item = chat.outbox.items.get(id);
  if (!item) return;
  // Files, a card or a meeting stay.
  const { status, snoozed_until, ...work } = item.work ?? {};
  chat.outbox.put({ ...item, work });
  const isUnsent = () => chat.outbox.items.has(id) && !chat.outbox.items.get(id)?.failed;
  while (isUnsent()) await attempt(chat);
}

/** Waits for the end of any request, and what follows. @param {import('./chat.js').Chat} chat */
const attempt = (chat) =>
  new Promise((ended) => {
    const over = new AbortController();
    const end = () => {
      over.abort();
      setTimeout(ended);
    };
    const { signal } = over;
    for (const type of ['reach', 'change']) chat.addEventListener(type, end, { signal });
  });

/**
 * @param {import('./chat.js').Chat} chat
 * @returns {string[]} Channels with replies on their way.
 */
export const channelsBeingAnswered = (chat) =>
  [...chat.outbox.items.values()].flatMap(({ channel_hash, failed }) =>
    failed ? [] : [channel_hash],
  );
