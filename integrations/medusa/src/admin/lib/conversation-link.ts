/** Addresses of conversations: `/app/chat#direct:…` in the dashboard. */

/** @returns The conversation in an address's hash; empty if there is none. */
export function conversationIn(hash: string): string {
  try {
    const text = decodeURIComponent(hash.replace(/^#/, ''));
    return text.startsWith('direct:') ? text : '';
  } catch {
    return '';
  }
}

/** @returns A hash for an address; empty for no conversation. */
export function hashFor(conversation: string): string {
  return conversation && `#${encodeURIComponent(conversation)}`;
}

/**
 * The conversation that an entry of the dashboard's bell leads to; empty if it leads elsewhere. An
 * entry can only link a file to download, and a browser follows such a link only to another origin.
 * So it links the chat's own inbox.
 */
export function conversationOfEntry(href: string): string {
  if (!URL.canParse(href)) return '';
  const { pathname, hash } = new URL(href);
  return pathname.endsWith('/app/chat') ? conversationIn(hash) : '';
}
