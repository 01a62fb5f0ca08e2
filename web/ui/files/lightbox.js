// @ts-check
/** Shows a picture as large as the window. */

import { el } from '../dom.js';
import { drawn } from './view.js';

/**
 * @param {HTMLElement | ShadowRoot} place Contains the dialog while it is open.
 * @param {import('./view.js').Attachment} one
 * @param {import('./view.js').Words} words
 */
export function openLightbox(place, one, { texts }) {
  const close = () => box.close();
  const box = el(
    'dialog',
    { part: 'lightbox', 'aria-label': one.alt || one.name },
    el(
      'div',
      { class: 'lightbox-bar' },
      el(
        'a',
        { href: one.url, download: one.name, target: '_blank', rel: 'noreferrer' },
        texts.download,
      ),
      el(
        'button',
        { type: 'button', 'aria-label': texts.close, onclick: close },
        drawn('M6 6l12 12M18 6L6 18'),
      ),
    ),
    el('img', { src: one.url, alt: one.alt || one.name, referrerpolicy: 'no-referrer' }),
    one.alt && el('p', { dir: 'auto' }, one.alt),
  );
  // Beside the picture.
  box.onclick = ({ target }) => target === box && close();
  // The keys of the page around it are not for it.
  box.onkeydown = (event) => event.stopPropagation();
  box.onclose = () => box.remove();
  place.append(box);
  box.showModal();
}
