// @ts-check
/** Uploads one file straight to the store of files: announce, PUT, complete. */

import { ApiError, retryAfter } from '../../client/http.js';

/** An upload that makes no progress for so long is broken off, and tried again. */
const STALLED_MS = 45_000;
/** An announcement is used up to so long before its end. */
const MARGIN_MS = 60_000;
/** Seconds. Messages behind it must not wait longer for a file: the person decides. */
const LONGEST_WAIT = 30;
/** The browser sets these itself. */
const FORBIDDEN = /^(content-length|host)$/i;

/**
 * @typedef {object} Outgoing A file of a message that is not sent yet.
 * @property {string} key Of its bytes.
 * @property {string} name
 * @property {string} type
 * @property {number} size
 * @property {number} [width] @property {number} [height]
 * @property {string} [alt]
 * @property {string} [id] Once it is uploaded.
 *
 * @typedef {{ method: string, url: string, headers: Record<string, string>, expires_in: number }}
 *   Target
 */

/**
 * By key. A second attempt uses the same announcement, for those are counted.
 * @type {Map<string, { id: string, target: Target, until: number }>}
 */
const announced = new Map();

/**
 * @param {{ request: import('../../client/chat.js').Chat['request'] }} chat
 * @param {string} channel_hash
 * @param {Outgoing} file
 * @param {Blob} blob
 * @param {AbortSignal} signal
 * @param {(fraction: number) => void} progress
 * @returns {Promise<string>} The file's id. Fails with an `ApiError`.
 */
export async function upload(chat, channel_hash, file, blob, signal, progress) {
  const { key, name, type, size, width, height, alt } = file;
  let known = announced.get(key);
  if (!known || Date.now() > known.until) {
    const body = { channel_hash, name, content_type: type, size, width, height };
    const given = await chat
      .request('POST', 'files', { ...body, alt: alt || undefined })
      .catch((error) => {
        throw refusalOf(error);
      });
    const until = Date.now() + given.upload.expires_in * 1000 - MARGIN_MS;
    known = { id: given.file.id, target: given.upload, until };
    announced.set(key, known);
  }
  try {
    await put(known.target, blob, signal, progress);
    await chat.request('POST', `files/${encodeURIComponent(known.id)}`).catch((error) => {
      throw error.status === 400 ? new ApiError('file_bytes', error.message, 400) : error;
    });
  } catch (error) {
    const { status = 0 } = /** @type {ApiError} */ (error);
    if (status >= 400 && status < 500 && status !== 429 && status !== 401) announced.delete(key);
    // The announcement has expired: the next attempt announces the file anew.
    if (status === 403 || status === 404) throw new ApiError('network', '', 0);
    throw error;
  }
  announced.delete(key);
  return known.id;
}

/** Why an announcement failed. @param {any} error @returns {ApiError} */
function refusalOf(error) {
  const { status, message } = error;
  if (status === 429 && retryAfter(error) > LONGEST_WAIT) {
    const until = new Date(Date.now() + retryAfter(error) * 1000).toISOString();
    return new ApiError('file_limit', until, 400);
  }
  if (status !== 400) return error;
  const [field] = /\b(size|content_type)\b/.exec(message) ?? [];
  return field ? new ApiError(field === 'size' ? 'file_size' : 'file_type', message, 400) : error;
}

/**
 * @param {Target} target @param {Blob} blob @param {AbortSignal} signal
 * @param {(fraction: number) => void} progress
 * @returns {Promise<void>}
 */
function put({ method, url, headers }, blob, signal, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    /** @type {any} */
    let timer;
    const abort = () => request.abort();
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(abort, STALLED_MS);
    };
    request.upload.onprogress = ({ loaded }) => {
      watch();
      progress(loaded / blob.size);
    };
    request.onloadend = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      const { status } = request;
      // 412: an earlier attempt arrived, and only its response was lost.
      if ((status >= 200 && status < 300) || status === 412) return resolve();
      reject(new ApiError(status ? 'file_refused' : 'network', request.responseText, status));
    };
    request.open(method, url);
    for (const [name, value] of Object.entries(headers))
      if (!FORBIDDEN.test(name)) request.setRequestHeader(name, value);
    signal.addEventListener('abort', abort);
    if (signal.aborted) return reject(new ApiError('network', '', 0));
    watch();
    request.send(blob);
  });
}
