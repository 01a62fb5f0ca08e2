// @ts-check
/**
 * Reloads the inbox when one of its files is missing: the page is from before a deployment.
 *
 * It is a plain script with a name that never changes, loaded before the others, because a missing
 * file cannot do it.
 */

const RELOADED_KEY = 'live-chat:reloaded';
const PAUSE_MS = 60_000;
/** The texts' own modules may be missing, too. @type {Record<string, string>} */
const FAILED = {
  en: 'The inbox could not be loaded. Please load the page again.',
  de: 'Der Posteingang konnte nicht geladen werden. Bitte laden Sie die Seite neu.',
  es: 'No se pudo cargar la bandeja de entrada. Vuelva a cargar la página.',
  fr: 'La boîte de réception n’a pas pu être chargée. Veuillez recharger la page.',
};

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
    const named = new URLSearchParams(location.search).get('lang') ?? '';
    const lang =
      [named, ...navigator.languages]
        .map((tag) => tag.slice(0, 2).toLowerCase())
        .find((one) => FAILED[one]) ?? 'en';
    document.documentElement.lang = lang;
    document.body.textContent = FAILED[lang];
  },
  true,
);
