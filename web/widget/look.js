// @ts-check
/** What the button shows a known person before the panel is loaded. Loaded only for them. */

/**
 * @param {import('./live-chat.js').Host} host
 * @param {string | null | undefined} token The customer's; empty: there is none.
 * @param {string | undefined} guestId The secret of this browser's guest.
 * @returns {Promise<number>} The unread messages. Below zero: the panel has something to do, since
 *   it claims the guest, and sends what an earlier page could not send.
 */
export async function look({ api, isProxied }, token, guestId) {
  if ((guestId && (token || isProxied())) || hasUnsent()) return -1;
  /** @type {Record<string, string>} */
  const headers = token
    ? { authorization: `Bearer ${token}` }
    : guestId
      ? { 'x-guest-id-for-live-chat': guestId }
      : {};
  const url = `${api().replace(/\/$/, '')}/store/chat/messages/unread-count`;
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(String(response.status));
  return (await response.json()).unread_count;
}

function hasUnsent() {
  try {
    return Object.keys(localStorage).some((key) => key.startsWith('live-chat:outbox'));
  } catch {
    return false;
  }
}
