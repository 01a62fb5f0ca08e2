// @ts-check
/**
 * The entry of the panel's script: connects the element with its panel, and the panel with the
 * page, the other tabs and the browser's storage.
 */

import { Panel } from './panel.js';
import { GONE, GUEST, keep } from './storage.js';
import { textsFor } from './texts.js';

/** Another tab that logs somebody out removes keys first: what it means is clear after this. */
const SETTLED_MS = 100;
/** Events that end at the chat: the page's shortcuts, drop zones and drawers are not for it. */
const OWN_EVENTS = ['keydown', 'keypress', 'keyup', 'paste', 'dragenter', 'dragover', 'drop'];

/**
 * @typedef {ReturnType<typeof hostOf>} Host What the panel gets of its element.
 */

/**
 * @param {import('./live-chat.js').Host} outer
 * @param {AbortSignal} signal The element has left the page.
 * @returns {Promise<import('./live-chat.js').Panel>}
 */
export async function mountPanel(outer, signal) {
  const host = hostOf(outer, signal);
  const texts = await textsFor(host);
  signal.throwIfAborted();
  const panel = new Panel(host, texts);
  addEventListener(
    'storage',
    ({ key, newValue }) => {
      if (key !== GUEST) return;
      const isGone = newValue === GONE;
      if (!newValue || isGone) host.guestId(null);
      if (!isGone) setTimeout(() => panel.update(), SETTLED_MS);
      else if (panel.session.person) host.element.logout();
    },
    { signal },
  );
  for (const name of OWN_EVENTS)
    host.root.addEventListener(name, (event) => keepInside(/** @type {any} */ (event)), { signal });
  const speech = new MutationObserver(() => panel.translate());
  speech.observe(document, { subtree: true, attributeFilter: ['lang'] });
  signal.onabort = () => {
    speech.disconnect();
    panel.end();
  };
  return panel;
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

/** @param {import('./live-chat.js').Host} outer @param {AbortSignal} signal */
function hostOf(outer, signal) {
  const root = /** @type {ShadowRoot} */ (outer.box.getRootNode());
  const element = /** @type {import('./live-chat.js').LiveChat} */ (root.host);
  return {
    ...outer,
    signal,
    root,
    element,
    /** @param {string} name Of a module beside the panel's script. */
    load: (name) => outer.load(new URL(name, import.meta.url).href),
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
