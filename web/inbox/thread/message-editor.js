// @ts-check
/**
 * The form in which a message is edited.
 *
 * Events: `message-save` {id, body, failed}, whose sender calls `failed` to go on editing, and
 * `message-cancel` {id}.
 */

import { COMPOSING, el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { characterCount, isBlank } from '../../ui/text.js';
import { texts } from '../texts.js';
import { MAX_MESSAGE_LENGTH, lengthText } from './conversation.js';

const MAX_ROWS = 8;

/** @param {import('./thread-rows.js').EditorRow} row */
export function createEditor({ id, body, isNote }) {
  const text = el('textarea', {
    'aria-label': isNote ? texts.editNote : texts.editLabel,
    rows: Math.min(MAX_ROWS, body.split('\n').length + 1),
    dir: 'auto',
  });
  text.value = body;
  const save = el('button', { class: 'primary' }, texts.save);
  const cancel = () => emit(form, 'message-cancel', { id });
  const count = el('span', { class: 'count over', role: 'status' });
  const footer = el(
    'footer',
    {},
    count,
    el('button', { type: 'button', onclick: cancel }, texts.cancel),
    save,
  );
  const form = el(
    'form',
    { class: isNote ? 'msg own note editor' : 'msg own editor', 'data-message': id },
    text,
    footer,
  );
  text.addEventListener('input', () => {
    const length = characterCount(text.value);
    const isTooLong = length > MAX_MESSAGE_LENGTH;
    count.textContent = isTooLong ? lengthText(length) : '';
    save.disabled = isTooLong || isBlank(text.value);
  });
  form.addEventListener('keydown', (event) => {
    if (event.keyCode === COMPOSING) return;
    if (event.key === 'Escape') cancel();
    else if (event.key === 'Enter' && !event.shiftKey && event.target === text)
      form.requestSubmit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (text.value === body) return cancel();
    if (save.disabled) return;
    save.disabled = true;
    emit(form, 'message-save', { id, body: text.value, failed: () => (save.disabled = false) });
  });
  return form;
}
