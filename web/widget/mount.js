// @ts-check
/**
 * The entry of the panel's script: connects the element with its panel, and the panel with the
 * page, the other tabs and the browser's storage.
 */

import { Panel } from './panel.js';
import { GONE, GUEST, forget, keep } from './storage.js';
import { textsFor } from './texts.js';

const OPEN = 'live-chat:open';
/** Another tab that logs somebody out removes keys first: what it means is clear after this. */
const SETTLED_MS = 100;
/** Events that end at the chat: the page's shortcuts, drop zones and drawers are not for it. */
const OWN_EVENTS = ['keydown', 'keypress', 'keyup', 'paste', 'dragenter', 'dragover', 'drop'];

/**
 * @typedef {ReturnType<typeof hostOf>} Host What the panel gets of its element.
 */

/**
 * @param {import('./live-chat.js').Host} outer
 * @returns {Promise<import('./live-chat.js').Panel>}
 */
export async function mountPanel(outer) {
  const host = hostOf(outer);
  const { element, root } = host;
  let panel = new Panel(host, await textsFor(host));
  // The element has left the page meanwhile.
  if (!element.isConnected) {
    panel.end();
    throw new Error();
  }

  const stop = new AbortController();
  const options = { signal: stop.signal };
  /** Builds the panel anew if the page speaks another language now. */
  const speak = async () => {
    const texts = await textsFor(host);
    if (texts === panel.texts || stop.signal.aborted) return;
    const { isShown, hasFocus } = panel;
    panel.end();
    panel = new Panel(host, texts);
    if (isShown) panel.show(hasFocus);
  };
  const speech = new MutationObserver(speak);
  speech.observe(document, { subtree: true, attributeFilter: ['lang'] });

  const key = () => [outer.login, outer.api(), host.admin()].join();
  let known = key();
  const update = () => {
    if (known === (known = key())) panel.check();
    else panel.identify();
  };
  addEventListener(
    'storage',
    (event) => {
      if (event.key !== GUEST) return;
      const isGone = event.newValue === GONE;
      if (!event.newValue || isGone) host.guestId(null);
      if (!isGone) setTimeout(update, SETTLED_MS);
      else if (panel.isSomebody) element.logout();
    },
    options,
  );
  for (const name of OWN_EVENTS)
    root.addEventListener(name, (event) => keepInside(/** @type {any} */ (event)), options);

  return {
    show: (focus) => {
      if (/^#live-chat/.test(location.hash))
        // The same link must work again.
        history.replaceState(history.state, '', location.href.split('#')[0]);
      keep('sessionStorage', OPEN, '1');
      panel.show(focus);
      speak();
    },
    hide: () => {
      keep('sessionStorage', OPEN, null);
      panel.hide();
    },
    update,
    logout: () => {
      forget();
      panel.logout();
    },
    end: () => {
      stop.abort();
      speech.disconnect();
      panel.end();
    },
  };
}

/** @param {KeyboardEvent & DragEvent} event */
function keepInside(event) {
  const { type, target, key, dataTransfer } = event;
  const { part, localName } = /** @type {HTMLElement} */ (target);
  // The button is the page's, but the end of the Escape that closed the panel is not.
  if (!dataTransfer && part.contains('launcher') && type + key !== 'keyupEscape') return;
  event.stopPropagation();
  // The browser would leave the page for a file or a link.
  if (dataTransfer && (localName !== 'textarea' || dataTransfer.types.includes('Files')))
    event.preventDefault();
}

/** @param {import('./live-chat.js').Host} outer */
function hostOf(outer) {
  const { box, load } = outer;
  const root = /** @type {ShadowRoot} */ (box.getRootNode());
  const element = /** @type {import('./live-chat.js').LiveChat} */ (root.host);
  return {
    ...outer,
    root,
    element,
    keep,
    /** @param {string} name Of a module beside the panel's script. */
    load: (name) => load(new URL(name, import.meta.url).href),
    /** The id of the admin to write to. */
    admin: () => element.getAttribute('admin'),
    language: () =>
      /** @type {HTMLElement | null} */ (element.closest('[lang]'))?.lang || navigator.language,
    /** A guest's secret; null before their first message. @param {string | null} [secret] */
    guestId: (secret) => keep('localStorage', GUEST, secret),
    /** @param {string} css Constructed style sheets are allowed under any content policy. */
    adopt(css) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets.push(sheet);
    },
  };
}
