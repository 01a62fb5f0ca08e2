// @ts-check
/**
 * Messages with files on their way. They wait in the outbox like all others, and so keep their
 * order, survive a reload, and are stored once. Their files are uploaded when their turn comes; an
 * id that was given stays with the message, so that each attempt has the same content.
 */

import { discard } from '../../client/actions.js';
import { ApiError, isPassing, retryAfter } from '../../client/http.js';
import { forgetBlob, keptBlob } from './kept.js';
import { upload } from './upload.js';

/**
 * @typedef {import('../../client/outbox.js').Unsent} Unsent
 * @typedef {import('./upload.js').Outgoing} Outgoing
 * @typedef {object} Upload
 * @property {AbortController} abort
 * @property {number} done The fraction of all bytes that is uploaded.
 * @property {boolean} isWaiting After a failure that passes.
 * @property {number} until When the server allows the next attempt.
 */

/** @type {Map<string, Upload>} By the id of the message. */
const uploads = new Map();

/** @param {Unsent} item @returns {Upload | undefined} */
export const uploadOf = ({ id }) => uploads.get(id);

/**
 * Lets an outbox send messages with files.
 * @param {import('../../client/chat.js').Chat} chat
 * @param {Unsent} item Its `work` has the `files`.
 * @param {(item: Unsent) => Promise<void>} send
 */
export async function deliver(chat, item, send) {
  const run = () => deliverOnce(chat, item, send);
  // Another tab has the same outbox: only one of them uploads.
  await (navigator.locks?.request(`live-chat:files:${item.id}`, run) ?? run());
}

/**
 * @param {import('../../client/chat.js').Chat} chat @param {Unsent} item
 * @param {(item: Unsent) => Promise<void>} send
 */
async function deliverOnce({ outbox, http }, item, send) {
  const { id, channel_hash } = item;
  let current = outbox.stored.has(id) ? outbox.read(id) : outbox.items.get(id);
  // Another tab has sent or discarded it.
  if (!current) return;
  /** @type {Upload} */
  const state = { abort: new AbortController(), done: 0, isWaiting: false, until: 0 };
  uploads.set(id, state);
  try {
    /** @type {Outgoing[]} */
    const files = [...current.work.files];
    const all = files.reduce((sum, { size }) => sum + size, 0);
    let before = 0;
    for (const [at, file] of files.entries()) {
      const report = (/** @type {number} */ fraction) => {
        const done = Math.floor(((before + fraction * file.size) / all) * 100) / 100;
        if (done === state.done) return;
        state.done = done;
        outbox.changed(channel_hash);
      };
      if (!file.id) {
        const blob = await keptBlob(file.key);
        if (!blob) throw new ApiError('file_lost', file.name, 400);
        const given = await upload(http, channel_hash, file, blob, state.abort.signal, report);
        files[at] = { ...file, id: given };
        const latest = outbox.items.get(id);
        if (!latest) return;
        outbox.put({ ...latest, work: { ...latest.work, files: [...files] } });
      }
      report(1);
      before += file.size;
    }
    const attachments = files.map((file) => file.id);
    // Staff may have taken its status back meanwhile.
    current = outbox.items.get(id) ?? current;
    await send({ ...current, work: { ...current.work, files: undefined, attachments } });
    uploads.delete(id);
  } catch (error) {
    // It was cancelled.
    if (!outbox.items.has(id)) return void uploads.delete(id);
    if (isPassing(error)) {
      state.isWaiting = true;
      state.until = retryAfter(error) && Date.now() + retryAfter(error) * 1000;
    } else uploads.delete(id);
    outbox.changed(channel_hash);
    throw error;
  }
}

/** @param {Outgoing[]} files Of a message that is settled. */
export function forgetFiles(files) {
  for (const { key } of files) forgetBlob(key);
}

/**
 * Whether other messages of the conversation wait for this one.
 * @param {Unsent[]} unsent All of the conversation, in their order. @param {Unsent} item
 */
export function holdsOthers(unsent, { id }) {
  const [first, ...others] = unsent.filter(({ failed }) => !failed);
  return first?.id === id && others.length > 0;
}

/**
 * Lets the messages that wait for this one go first, and sends it after them. Messages keep their
 * order unless somebody asks for this.
 * @param {import('../../client/outbox.js').Outbox} outbox @param {string} id
 */
export function sendLast(outbox, id) {
  const item = outbox.items.get(id);
  if (!item) return;
  outbox.lastAt = Math.max(outbox.env.now(), outbox.lastAt + 1);
  outbox.put({ ...item, at: outbox.lastAt });
  uploads.get(id)?.abort.abort();
  // The attempt that was broken off begins to wait first.
  setTimeout(() => outbox.wake());
}

/** @param {import('../../client/outbox.js').Outbox} outbox @param {string} id */
export function cancelUpload(outbox, id) {
  discard(outbox, id);
  uploads.get(id)?.abort.abort();
  // The next message need not wait for this one's next attempt.
  outbox.wake();
}
