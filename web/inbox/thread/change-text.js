// @ts-check
/** What a line in the log says about a change of the staff's work. */

import { clipped } from '../../ui/text.js';
import { filled, shortMoment } from '../parts/format.js';
import { texts } from '../texts.js';

/** The whole comment is in the details. */
const MAX_COMMENT = 200;

/**
 * @param {import('../../client/staff-log.js').StaffEntry} entry
 * @param {(id: string) => string} nameOf An admin, by id.
 * @param {string} customer The customer's name.
 * @param {(slug: string) => string} labelOf
 * @returns {string} Empty for one that is not shown.
 */
export function changeText(entry, nameOf, customer, labelOf) {
  const { kind, by, status, snoozed_until, assignee_id, added = [], removed = [], rating } = entry;
  const name = by?.role === 'admin' ? nameOf(by.id) : customer;
  if (kind === 'assignee') {
    if (assignee_id && assignee_id === by?.id) return filled(texts.lineTook, { name });
    if (!assignee_id) return filled(texts.lineUnassigned, { name });
    return filled(texts.lineAssigned, { name, other: nameOf(assignee_id) });
  }
  if (kind === 'labels')
    return [
      added.length ? filled(texts.lineLabelled, { labels: added.map(labelOf).join(', ') }) : '',
      removed.length
        ? filled(texts.lineUnlabelled, { labels: removed.map(labelOf).join(', ') })
        : '',
    ]
      .filter(Boolean)
      .join(' · ');
  if (kind === 'rating' && rating) {
    const { score, comment } = rating;
    const line = filled(texts.lineRated, { name, count: String(score) });
    return comment ? `${line}: ${clipped(comment, MAX_COMMENT)}` : line;
  }
  if (kind !== 'status') return '';
  if (status === 'snoozed')
    return filled(texts.lineSnoozed, {
      name,
      time: snoozed_until ? shortMoment(snoozed_until) : '',
    });
  if (status === 'closed') return by ? filled(texts.lineClosed, { name }) : texts.lineClosedAlone;
  return by ? filled(texts.lineOpened, { name }) : texts.lineWoke;
}
