// @ts-check
/** How far the upload of a message is, with what can be done about it. */

import { el } from '../dom.js';
import { cancelUpload, holdsOthers, sendLast, uploadOf } from './deliver.js';
import { filledIn } from './texts.js';

/**
 * @param {import('../../client/outbox.js').Outbox} outbox
 * @param {import('../../client/outbox.js').Unsent} item Not refused.
 * @param {import('./view.js').Words} words
 */
export function progressOf(outbox, item, { texts, locale }) {
  const { done = 0, isWaiting = false } = uploadOf(item) ?? {};
  const percent = new Intl.NumberFormat(locale, { style: 'percent' }).format(done);
  const said = isWaiting ? texts.waiting : filledIn(texts.uploading, { percent });
  return el(
    'div',
    { part: 'upload' },
    isWaiting
      ? el('span', {}, said)
      : el('progress', { max: 1, value: String(done), 'aria-label': said }),
    !isWaiting && el('span', {}, percent),
    isWaiting &&
      el('button', { type: 'button', name: 'now', onclick: () => outbox.wake() }, texts.now),
    holdsOthers(outbox.list(item.channel_hash), item) &&
      el(
        'button',
        { type: 'button', name: 'last', onclick: () => sendLast(outbox, item.id) },
        texts.last,
      ),
    el(
      'button',
      { type: 'button', name: 'cancel', onclick: () => cancelUpload(outbox, item.id) },
      texts.cancel,
    ),
  );
}
