// @ts-check
/** Faces of those who answer. */

import { el } from '../ui/dom.js';
import { icon } from './icon.js';

const CHAT = 'M21 12a8 8 0 0 1-8 8H4l1.6-3.2A8 8 0 1 1 21 12z';

/**
 * The face of somebody who answers: their picture, the first letter of the name, or a bubble.
 * @param {string | null} [name]
 * @param {string | null} [picture]
 */
export function face(name, picture) {
  // A whole letter with its accents, whatever comes before it.
  const [letter] = /\p{L}\p{M}*|\p{N}/u.exec(name ?? '') ?? [];
  const isSafe = picture?.startsWith('https:');
  const image = el('img', { alt: '', referrerpolicy: 'no-referrer', src: isSafe && picture });
  // The page's policy, or another host, may refuse it.
  image.onerror = () => (image.hidden = true);
  return el(
    'span',
    { part: 'face', 'aria-hidden': 'true' },
    letter?.toUpperCase() ?? icon(CHAT),
    isSafe && image,
  );
}
