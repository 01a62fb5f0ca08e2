// @ts-check
/**
 * Loads the inbox anew when one of its files is missing: the page is from before a deployment, and
 * its files are gone.
 *
 * It stands in front of them, under a name that never changes, as a plain script: what is missing
 * cannot say so itself.
 */

const RELOADED = 'live-chat:reloaded';
const AGAIN_AFTER_MS = 60_000;

addEventListener(
  'error',
  ({ target }) => {
    if (!(target instanceof Element && target.matches('script, link[rel=stylesheet]'))) return;
    try {
      if (Date.now() - Number(sessionStorage.getItem(RELOADED)) > AGAIN_AFTER_MS) {
        sessionStorage.setItem(RELOADED, String(Date.now()));
        return location.reload();
      }
    } catch {
      // Without storage it could go on for ever.
    }
    document.body.textContent = 'The inbox could not be loaded. Please load the page again.';
  },
  true,
);
