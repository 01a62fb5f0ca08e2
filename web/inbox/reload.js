// @ts-check
/**
 * Reloads the inbox when one of its files is missing: the page is from before a deployment.
 *
 * It is a plain script with a name that never changes, loaded before the others, because a missing
 * file cannot do it.
 */

const RELOADED_KEY = 'live-chat:reloaded';
const PAUSE_MS = 60_000;

addEventListener(
  'error',
  ({ target }) => {
    if (!(target instanceof Element && target.matches('script, link[rel=stylesheet]'))) return;
    try {
      if (Date.now() - Number(sessionStorage.getItem(RELOADED_KEY)) > PAUSE_MS) {
        sessionStorage.setItem(RELOADED_KEY, String(Date.now()));
        return location.reload();
      }
    } catch {
      // Without storage, it might reload forever.
    }
    document.body.textContent = 'The inbox could not be loaded. Please load the page again.';
  },
  true,
);
