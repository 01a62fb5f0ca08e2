import { ChatBubbleLeftRight } from '@medusajs/icons';
import { useEffect, useSyncExternalStore } from 'react';
import { followEntries, unread } from './dashboard';

/**
 * The icon beside "Chat" in the sidebar. The label there is a fixed text, so the icon shows the
 * number of unread messages. It is on every page of the dashboard, so it serves the bell as well.
 */
export const ChatIcon = () => {
  const count = useSyncExternalStore(unread.subscribe, unread.get);
  useEffect(() => {
    const ends = new AbortController();
    followEntries(ends.signal);
    return () => ends.abort();
  }, []);
  if (!count) return <ChatBubbleLeftRight />;
  return (
    <span
      role="img"
      aria-label={`Unread messages: ${count}`}
      title={String(count)}
      className={
        'bg-ui-bg-interactive text-ui-fg-on-color flex size-full min-h-[15px] min-w-[15px] ' +
        'items-center justify-center rounded-sm font-sans font-medium'
      }
      style={{ fontSize: 9, lineHeight: 1 }}
    >
      {count > 9 ? '9+' : count}
    </span>
  );
};
