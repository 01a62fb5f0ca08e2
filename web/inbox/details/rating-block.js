// @ts-check
/** How the person rated the conversation, and what they wrote about it. */

import { el } from '../../ui/dom.js';
import { dateOf, filled } from '../parts/format.js';
import { texts } from '../texts.js';

const BEST = 5;

/** @param {import('./blocks.js').DetailsParts} parts @returns {import('./blocks.js').Block} */
export const ratingBlock = ({ staffLogs }) => ({
  name: 'rating',
  title: texts.rating,
  content: ({ hash, channel }) => {
    const rating = /** @type {any} */ (channel)?.rating;
    if (!rating) return [];
    const { score, updated_at } = rating;
    const said = filled(texts.ratingScore, { count: String(score) });
    const stars = '★'.repeat(score) + '☆'.repeat(BEST - score);
    // An envelope's rating has no comment; the log has it.
    const entry = staffLogs
      .view(hash)
      .lines.findLast((line) => !line.note && line.rating?.case === rating.case);
    const comment = rating.comment ?? /** @type {any} */ (entry)?.rating.comment;
    return [
      el(
        'p',
        {},
        el('span', { class: 'stars', role: 'img', 'aria-label': said, title: said }, stars),
        ` · ${dateOf(updated_at)}`,
      ),
      comment && el('blockquote', { dir: 'auto' }, comment),
    ];
  },
});
