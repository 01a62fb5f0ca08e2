// @ts-check
/** Turns what a person picks into what is sent. */

/** Pixels of a photo's longer side. */
const LONGEST = 2_048;
const QUALITY = 0.85;
/** What is sent as it is. A GIF would lose its animation, and has no place or camera in it. */
const AS_IT_IS = ['image/gif', 'application/pdf', 'text/plain', 'video/mp4'];
/** What a name must not contain: separators, control and bidirectional characters. */
const UNSAFE = /[/\\\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const LONGEST_NAME = 255;

/**
 * @typedef {object} Prepared
 * @property {Blob} blob
 * @property {string} name
 * @property {number} [width] @property {number} [height] Of a picture.
 */

/**
 * Scales a photo and encodes it anew, which turns it upright and removes place and camera.
 * @param {File} file
 * @returns {Promise<Prepared | undefined>} Undefined: of a type that cannot be sent.
 */
export async function prepared(file) {
  const type = file.type || (/\.txt$/i.test(file.name) ? 'text/plain' : '');
  const isPicture = type.startsWith('image/') && !type.includes('svg');
  if (!isPicture && !AS_IT_IS.includes(type)) return undefined;
  const name = safe(file.name);
  if (!isPicture) return { blob: file.type ? file : new Blob([file], { type }), name };
  const picture = await createImageBitmap(file).catch(() => undefined);
  if (!picture) return undefined;
  const { width, height } = picture;
  try {
    if (type === 'image/gif') return { blob: file, name, width, height };
    return await encoded(picture, name);
  } finally {
    picture.close();
  }
}

/** @param {ImageBitmap} picture @param {string} name @returns {Promise<Prepared | undefined>} */
async function encoded(picture, name) {
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  // JPEG has no transparency.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0, width, height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
  // An encoder that is missing gives PNG.
  if (!blob) return undefined;
  const [, kind] = blob.type.split('/');
  const ending = kind === 'jpeg' ? 'jpg' : kind;
  return { blob, name: named(name, ending), width, height };
}

/** @param {string} name @param {string} ending */
function named(name, ending) {
  const stem = name.replace(/\.\w{1,5}$/, '') || 'photo';
  return `${[...stem].slice(0, LONGEST_NAME - 5).join('')}.${ending}`;
}

/** @param {string} name */
function safe(name) {
  const clean = [...name.toWellFormed().replace(UNSAFE, '_')];
  // The end says what kind of file it is.
  const short = clean.slice(-LONGEST_NAME).join('');
  return /^\.{0,2}$/.test(short) ? 'file' : short;
}
