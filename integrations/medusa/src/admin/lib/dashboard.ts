import { conversationOfEntry, hashFor } from './conversation-link';
import { sdk } from './sdk';
import { Unread } from './unread';

// The dashboard's bundler puts it in: the path below which the dashboard is.
declare const __BASE__: string | undefined;

const BASE = (__BASE__ ?? '/app').replace(/\/+$/, '');

/** Where a user logs in to the dashboard. */
export const loginUrl = () => `${window.location.origin}${BASE}/login`;

export const unread = new Unread(
  async () =>
    (await sdk.client.fetch<{ unread_count: number | null }>('/admin/chat-unread')).unread_count,
);

/** Makes the entries of the bell lead to the inbox in the dashboard, until the signal. */
export function followEntries(signal: AbortSignal): void {
  const follow = (event: MouseEvent) => {
    const link = event.target instanceof Element && event.target.closest('a[download]');
    const conversation = link ? conversationOfEntry((link as HTMLAnchorElement).href) : '';
    if (!conversation || event.defaultPrevented) return;
    event.preventDefault();
    // The bell's drawer closes.
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    const page = `${BASE}/chat`;
    const isHere = window.location.pathname.replace(/\/+$/, '') === page;
    if (isHere) window.location.hash = hashFor(conversation);
    else window.location.assign(page + hashFor(conversation));
  };
  document.addEventListener('click', follow, { capture: true, signal });
}
