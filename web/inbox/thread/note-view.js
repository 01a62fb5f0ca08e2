// @ts-check
/** What a note looks like, and a line about a change of the staff's work. */

import { el } from '../../ui/dom.js';
import { clock } from '../../ui/time.js';
import { filled, fullTime } from '../parts/format.js';
import { icon } from '../parts/icons.js';
import { patch } from '../parts/patch.js';
import { avatar, displayName } from '../parts/people.js';
import { locale, texts } from '../texts.js';
import { actionsOf, describe, lineOf } from './message-view.js';

/** @param {HTMLElement} node @param {import('./thread-rows.js').NoteRow} row */
export function updateNote(node, { note, author, isOwn }) {
  const { id, body, created_at, edited_at, deleted_at } = note;
  const by = filled(texts.noteBy, { name: author.first_name || displayName(author) });
  const names = ['note', 'own', 'first', 'last', deleted_at ? 'gone' : ''];
  describe(node, id, `${by}, ${clock(created_at, locale)}`, names);
  if (deleted_at)
    return patch(node, el('div', { class: 'bubble' }, icon('trash'), texts.noteDeleted));
  patch(
    node,
    el('div', { class: 'name' }, avatar(author), `${by} · ${texts.onlyStaff}`),
    lineOf(body, false, actionsOf(node, { is_own: isOwn })),
    el(
      'div',
      { class: 'meta' },
      timeOfNote(created_at),
      edited_at && el('span', { title: fullTime(edited_at) }, texts.edited),
    ),
  );
}

/** @param {HTMLElement} node @param {import('./thread-rows.js').ChangeRow} row */
export function updateChange(node, row) {
  patch(node, el('span', { dir: 'auto' }, row.texts.join(' · ')), ' · ', timeOfNote(row.at));
}

/** @param {string} at */
const timeOfNote = (at) => el('time', { datetime: at, title: fullTime(at) }, clock(at, locale));
