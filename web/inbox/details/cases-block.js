// @ts-check
/** When the conversation was closed before, and by whom: as far as its log is loaded. */

import { el } from '../../ui/dom.js';
import { counted, dateOf, filled } from '../parts/format.js';
import { texts } from '../texts.js';

const MAX_CASES = 5;

/** @param {import('./blocks.js').DetailsParts} parts @returns {import('./blocks.js').Block} */
export const casesBlock = ({ staffLogs, presence }) => ({
  name: 'cases',
  title: texts.cases,
  content: ({ hash, channel }) => {
    const closings = staffLogs
      .view(hash)
      .lines.flatMap((line) => (line.note || line.status !== 'closed' ? [] : [line]))
      .slice(-MAX_CASES)
      .reverse();
    const count = channel?.case ?? 1;
    if (!closings.length && count < 2) return [];
    return [
      el('p', { class: 'case-count' }, counted(texts.caseCount, count)),
      ...closings.map(({ ts, by }) =>
        el(
          'p',
          { class: 'case' },
          `${dateOf(ts)} · `,
          by
            ? filled(texts.lineClosed, { name: presence.shortName(by.id) })
            : texts.lineClosedAlone,
        ),
      ),
    ];
  },
});
