// @ts-check
/** What files look like: pictures with their space reserved, all others as chips. */

import { el } from '../dom.js';
import { keptBlob } from './kept.js';
import { filledIn, sizeText } from './texts.js';

/** Pixels. */
const WIDEST = 280;
const HIGHEST = 200;
const MOST_LISTS = 500;
const SVG_SPACE = 'http://www.w3.org/2000/svg';

/**
 * @typedef {object} Attachment
 * @property {string} id
 * @property {string} name
 * @property {string} content_type
 * @property {number} size
 * @property {number | null} width @property {number | null} height
 * @property {string | null} alt
 * @property {string} url
 * @property {string} expires_at
 *
 * @typedef {object} Words
 * @property {import('./texts.js').FileTexts} texts
 * @property {string} locale
 */

/** A redraw loads no picture again that the page's policy has refused. */
/** @type {Map<string, HTMLElement>} */
const lists = new Map();
let made = 0;

/**
 * @param {Attachment[]} attachments @param {Words} words
 * @param {(attachment: Attachment) => void} open Shows a picture.
 * @param {(attachment: Attachment) => Promise<Attachment | undefined>} renew Reads a new link.
 */
export function attachmentsOf(attachments, words, open, renew) {
  const key = [words.locale, ...attachments.map(({ url }) => url)].join(' ');
  const known = lists.get(key);
  if (known) return known;
  const list = el(
    'div',
    // A redraw finds it by its first name, and so never mixes two lists.
    { part: `list-${++made} files` },
    ...attachments.map((one) =>
      isPicture(one.content_type) ? pictureOf(one, words, open, renew) : chipOf(one, words, renew),
    ),
  );
  if (lists.size > MOST_LISTS) lists.clear();
  lists.set(key, list);
  return list;
}

/** @param {string} type */
export const isPicture = (type) => type.startsWith('image/');

/**
 * @param {Attachment} one @param {Words} words
 * @param {(attachment: Attachment) => void} open
 * @param {(attachment: Attachment) => Promise<Attachment | undefined>} renew
 */
function pictureOf(one, words, open, renew) {
  const image = el('img', {
    ...spaceOf(one.width, one.height),
    alt: one.alt || one.name,
    loading: 'lazy',
    referrerpolicy: 'no-referrer',
    src: hrefOf(one),
  });
  // The node stays when the message is drawn again, with a newer link.
  const button = el(
    'button',
    {
      type: 'button',
      part: 'photo',
      'aria-label': filledIn(words.texts.open, { name: one.alt || one.name }),
      onclick: () => open({ ...one, url: image.src }),
    },
    image,
  );
  image.onerror = async () => {
    const again = isOver(one) ? await renew(one) : undefined;
    // The page's policy may refuse pictures.
    if (!again) return button.replaceWith(chipOf(one, words, renew));
    one = again;
    image.src = hrefOf(again);
  };
  return button;
}

/**
 * @param {Attachment} one @param {Words} words
 * @param {(attachment: Attachment) => Promise<Attachment | undefined>} renew
 */
function chipOf(one, { locale }, renew) {
  const link = el(
    'a',
    { part: 'file', href: hrefOf(one), download: one.name, target: '_blank', rel: 'noreferrer' },
    ...labelOf(one.name, one.size, locale),
  );
  link.onclick = (event) => {
    if (!isOver(one)) return;
    event.preventDefault();
    renew(one).then((again) => {
      if (!again) return;
      one = again;
      link.href = hrefOf(again);
      link.click();
    });
  };
  return link;
}

/**
 * The API's links are relative if it does not know its own address. This script comes from there.
 * @param {Attachment} one
 */
const hrefOf = ({ url }) => new URL(url, import.meta.url).href;

/** Whether the link has expired. @param {Attachment} one */
const isOver = ({ expires_at }) => Date.parse(expires_at) <= Date.now();

/**
 * Reads new links from the newest messages.
 * @param {{ request: import('../../client/chat.js').Chat['request'] }} chat @param {string} hash
 * @returns {(one: Attachment) => Promise<Attachment | undefined>}
 */
export const renewal = (chat, hash) => async (one) => {
  const page = await chat
    .request('GET', `messages/${encodeURIComponent(hash)}?limit=100`)
    .catch(() => ({ messages: [] }));
  return page.messages
    .flatMap((/** @type {any} */ { attachments }) => attachments ?? [])
    .find((/** @type {Attachment} */ { id }) => id === one.id);
};

/**
 * Files that are not sent yet.
 * @param {import('./upload.js').Outgoing[]} files @param {string} locale
 */
export const unsentFilesOf = (files, locale) =>
  el(
    'div',
    { part: 'unsent-files files' },
    ...files.map((file) =>
      isPicture(file.type)
        ? el('span', { part: 'photo' }, thumbnailOf(file))
        : el('span', { part: 'file' }, ...labelOf(file.name, file.size, locale)),
    ),
  );

/** By key: a redraw does not decode again. @type {Map<string, HTMLCanvasElement>} */
const previews = new Map();

/**
 * A picture of bytes in this browser, drawn without an address: pages allow few of those.
 * @param {import('./upload.js').Outgoing} file
 */
export function thumbnailOf({ key, name, alt, width, height }) {
  const space = spaceOf(width, height);
  const known = previews.get(key);
  if (known) return known;
  const canvas = el('canvas', { ...space, role: 'img', 'aria-label': alt || name });
  previews.set(key, canvas);
  keptBlob(key)
    .then((blob) => blob && createImageBitmap(blob))
    .then((picture) => {
      if (!picture) return;
      canvas.getContext('2d')?.drawImage(picture, 0, 0, space.width, space.height);
      picture.close();
    })
    .catch(() => {});
  return canvas;
}

/** @param {string} name @param {number} size @param {string} locale */
const labelOf = (name, size, locale) => [
  drawn('M7 3h7l4 4v14H7zM14 3v4h4'),
  el('bdi', { class: 'file-name' }, name),
  el('small', {}, sizeText(size, locale)),
];

/**
 * The size in which a picture is shown.
 * @param {number | null} [width] @param {number | null} [height]
 */
function spaceOf(width, height) {
  if (!width || !height) return { width: WIDEST, height: HIGHEST };
  const scale = Math.min(1, WIDEST / width, HIGHEST / height);
  return {
    width: Math.max(24, Math.round(width * scale)),
    height: Math.max(24, Math.round(height * scale)),
  };
}

/** An icon of 24 by 24. @param {string} lines */
export function drawn(lines) {
  const svg = document.createElementNS(SVG_SPACE, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('drawn');
  const path = document.createElementNS(SVG_SPACE, 'path');
  path.setAttribute('d', lines);
  svg.append(path);
  return svg;
}
