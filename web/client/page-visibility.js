// @ts-check
/**
 * Says to the server whether the page is hidden. Its person is there only while it is not.
 *
 * The server takes every new connection for a visible page.
 */

/**
 * @param {import('./chat.js').Chat} chat
 * @param {AbortSignal} [signal] Ends it.
 */
export function sendVisibility(chat, signal) {
  let isAway = false;
  const say = (isHidden = document.hidden) => {
    if (isHidden !== isAway && chat.sendFrame({ action: isHidden ? 'away' : 'back' }))
      isAway = isHidden;
  };
  const opened = () => {
    isAway = false;
    say();
  };
  chat.addEventListener('opened', opened, { signal });
  for (const name of ['visibilitychange', 'resume'])
    document.addEventListener(name, () => say(), { signal });
  // A page that is kept for the way back may keep its socket, too.
  document.addEventListener('freeze', () => say(true), { signal });
  addEventListener('pagehide', ({ persisted }) => persisted && say(true), { signal });
  addEventListener('pageshow', () => say(), { signal });
  say();
}
