// @ts-check
/** How people are shown: by name and by avatar. */

import { el } from '../../ui/dom.js';
import { firstCharacter } from '../../ui/text.js';
import { locale, texts } from '../texts.js';
import { filled } from './format.js';

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} [role]
 * @property {string | null} [first_name]
 * @property {string | null} [last_name]
 * @property {string | null} [email]
 * @property {string | null} [avatar_url]
 * @property {boolean} [verified]
 */

/** How many `hue-…` classes the style sheet has. */
const HUES = 6;

/** @param {Person} person @returns {string} The name, else the address, else the id. */
export function displayName({ id, first_name, last_name, email }) {
  const name = [first_name, last_name].filter(Boolean).join(' ').trim();
  if (name || email) return name || String(email);
  return id.startsWith('guest_') ? filled(texts.visitor, { id: id.slice(6, 10) }) : id;
}

/** @param {Person} person Whether a guest typed what is shown, and it is not verified. */
export const hasUnverifiedName = ({ role, verified, first_name, last_name, email }) =>
  first_name || last_name
    ? role === 'guest' || verified === false
    : verified === false && Boolean(email);

/** Only where it is proven. */
export const hereTag = () => el('span', { class: 'here' }, texts.here);

/** @param {Person} person */
export function avatar(person) {
  const name = displayName(person);
  const hue =
    [...person.id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 0) % HUES;
  const face = el('span', {
    class: `avatar hue-${hue}`,
    'aria-hidden': 'true',
    'data-whole': `${hue} ${person.avatar_url ?? ''} ${name}`,
  });
  if (person.avatar_url?.startsWith('https:')) {
    const image = el('img', {
      src: person.avatar_url,
      alt: '',
      referrerpolicy: 'no-referrer',
      loading: 'lazy',
    });
    image.addEventListener('error', () => face.replaceChildren(initials(name)));
    face.append(image);
  } else face.append(initials(name));
  return face;
}

/** @param {string} name */
function initials(name) {
  const words = name.split(/[\s._@-]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const chosen = words.length > 1 ? [words[0], words[1]] : [words[0] ?? '?'];
  return chosen.map((word) => firstCharacter(word).toLocaleUpperCase(locale)).join('');
}
