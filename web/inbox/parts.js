// @ts-check
/** Small things that several parts of the inbox show or need. */

import { el } from '../ui/dom.js';
import { clock, sameDay } from '../ui/time.js';

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

export const LANG = navigator.language;
const WEEK_MS = 7 * 86_400_000;
const HUES = 6;
const TOAST_MS = 6_000;
const SVG = 'http://www.w3.org/2000/svg';

/** Drawn for this page, 16 by 16, one stroke. */
const ICONS = {
  search: 'M7 12.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM11 11l3.5 3.5',
  plus: 'M8 3v10M3 8h10',
  gear: 'M2 4.5h6.5M12 4.5h2M2 11.5h2M7.5 11.5H14M10.25 6.25a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5ZM5.75 13.25a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5Z',
  back: 'M9.5 3.5 5 8l4.5 4.5',
  close: 'm4 4 8 8M12 4l-8 8',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  checks: 'm1 8.5 3 3 6-6.5M7.5 11.2l.3.3 6.7-6.7',
  pencil: 'm10.5 2.8 2.7 2.7L5.7 13l-3.2.5.5-3.2 7.5-7.5Z',
  trash: 'M2.5 4.5h11M6 4V2.5h4V4M4 4.5l.6 9h6.8l.6-9M6.7 7v4M9.3 7v4',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.4',
  calendar: 'M2.5 4h11v9.5h-11zM2.5 7h11M5.5 2v3M10.5 2v3',
  alert: 'M8 5v3.5M8 10.8v.1M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z',
  send: 'M8 13V3.5M3.8 7.2 8 3l4.2 4.2',
  down: 'M8 3v10M3.8 8.8 8 13l4.2-4.2',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Z',
  chat: 'M2.5 3.5h11v8H7l-3 2.5v-2.5H2.5z',
  bolt: 'M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z',
};

/** @param {keyof typeof ICONS} name Beside a text, or in something that has a name of its own. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  for (const [key, value] of Object.entries({
    viewBox: '0 0 16 16',
    'aria-hidden': 'true',
    class: 'icon',
  }))
    svg.setAttribute(key, value);
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * @param {string} label
 * @param {keyof typeof ICONS} name
 * @param {() => void} onclick
 * @param {Record<string, any>} [props]
 */
export const iconButton = (label, name, onclick, props) =>
  el(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': label, title: label, onclick, ...props },
    icon(name),
  );

/** @param {Person} person What to call somebody: by name, by address, and at last by id. */
export function nameOf({ id, first_name, last_name, email }) {
  const name = [first_name, last_name].filter(Boolean).join(' ').trim();
  return name || email || (id.startsWith('guest_') ? `Visitor ${id.slice(6, 10)}` : id);
}

/** @param {Person} person */
export function avatar(person) {
  const name = nameOf(person);
  const hue =
    [...person.id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 0) % HUES;
  const face = el('span', { class: `avatar hue-${hue}`, 'aria-hidden': 'true' });
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
  return chosen.map((word) => [...word][0].toLocaleUpperCase(LANG)).join('');
}

/** @param {string} at As short as it can be told apart: the time, the weekday, the date. */
export function shortTime(at) {
  const [then, now] = [new Date(at), new Date()];
  if (sameDay(at, now.getTime())) return clock(at, LANG);
  if (now.getTime() - then.getTime() < WEEK_MS)
    return new Intl.DateTimeFormat(LANG, { weekday: 'short' }).format(then);
  const year = then.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(LANG, { day: 'numeric', month: 'short', year }).format(then);
}

/** @param {string | number} at */
export const fullTime = (at) =>
  new Intl.DateTimeFormat(LANG, { dateStyle: 'full', timeStyle: 'short' }).format(new Date(at));

/** @param {number} count @param {string} one @param {string} many */
export const counted = (count, one, many) =>
  `${new Intl.NumberFormat(LANG).format(count)} ${count === 1 ? one : many}`;

/** @param {string} text With a capital at its head. */
export const capital = (text) => text.charAt(0).toLocaleUpperCase(LANG) + text.slice(1);

/** @param {unknown} error What to tell the reader. */
export const wordsOf = (error) => (error instanceof Error ? error.message : String(error));

/** @param {string} text For those who hear the page. */
export const unseen = (text) => el('span', { class: 'hidden' }, text);

const POLITE = el('div', { class: 'hidden', role: 'status' });
const TOAST = el('div', { class: 'toast', role: 'alert', hidden: true });
/** Belongs into the page once. */
export const VOICES = el('div', {}, POLITE, TOAST);
/** @type {any} */
let toastTimer;

/** @param {string} text Read out when the reader is idle, shown nowhere. */
export function announce(text) {
  POLITE.textContent = text;
}

/** @param {string} text Shown for a while. */
export function toast(text) {
  TOAST.textContent = text;
  TOAST.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (TOAST.hidden = true), TOAST_MS);
}

/**
 * A modal dialog that lives as long as it is open.
 * @param {string} title @param {...Node} children @returns {HTMLDialogElement}
 */
export function dialog(title, ...children) {
  const close = iconButton('Close', 'close', () => box.close());
  const box = el(
    'dialog',
    { class: 'card', 'aria-label': title },
    el('header', {}, el('h2', {}, title), close),
    ...children,
  );
  box.addEventListener('close', () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}

/** @type {Map<string, unknown>} */
const unstored = new Map();
/** Storage that may be blocked or full: then things are kept for as long as the page lives. */
export const kept = {
  /** @param {'localStorage' | 'sessionStorage'} area @param {string} key @returns {any} */
  read(area, key) {
    if (unstored.has(key)) return unstored.get(key);
    try {
      return JSON.parse(globalThis[area].getItem(key) ?? 'null');
    } catch {
      return null;
    }
  },
  /**
   * @param {'localStorage' | 'sessionStorage'} area
   * @param {string} key
   * @param {unknown} value Null removes it.
   */
  write(area, key, value) {
    unstored.delete(key);
    try {
      if (value === null) globalThis[area].removeItem(key);
      else globalThis[area].setItem(key, JSON.stringify(value));
    } catch {
      unstored.set(key, value);
    }
  },
};
