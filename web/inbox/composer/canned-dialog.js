// @ts-check
/** The dialog in which the shop's canned answers are edited. */

import { el } from '../../ui/dom.js';
import { characterCount } from '../../ui/text.js';
import { errorText, openDialog } from '../parts/feedback.js';
import { filled } from '../parts/format.js';
import { iconButton } from '../parts/icons.js';
import { MAX_MESSAGE_LENGTH, lengthText } from '../thread/conversation.js';
import { texts } from '../texts.js';

/** @typedef {import('./canned.js').CannedAnswer} CannedAnswer */

/** @type {CannedAnswer} */
const EMPTY = { shortcut: '', text: '' };
/** How an answer names the customer. */
const CODE = { code: '{{name}}' };

/** @param {import('./canned.js').CannedAnswers} canned */
export async function editCannedAnswers(canned) {
  const problem = el('p', { class: 'problem', role: 'alert' });
  const rows = el('div', { class: 'replies' });
  const save = el('button', { class: 'primary' }, texts.save);
  const add = el(
    'button',
    { type: 'button', onclick: () => append(EMPTY).focus() },
    texts.addReply,
  );
  const hint = el('p', { class: 'hint' }, filled(texts.repliesHint, CODE));
  const form = el('form', { class: 'stack' }, hint, rows, problem, el('footer', {}, add, save));
  const box = openDialog(texts.replies, form);
  const append = (/** @type {CannedAnswer} */ answer) => {
    const row = rowOf(answer);
    rows.append(row);
    return /** @type {HTMLInputElement} */ (row.querySelector('input'));
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    save.disabled = true;
    problem.textContent = '';
    try {
      await canned.save([...rows.children].map(answerOf));
      box.close();
    } catch (error) {
      problem.textContent = errorText(error);
    }
    save.disabled = false;
  });
  try {
    const answers = await canned.reload();
    answers.forEach(append);
    if (!answers.length) append(EMPTY).focus();
  } catch (error) {
    // Saving would replace answers that could not be loaded.
    problem.textContent = errorText(error);
    save.disabled = add.disabled = true;
  }
}

/** @param {CannedAnswer} answer */
function rowOf({ shortcut, text }) {
  const short = el('input', {
    'aria-label': texts.shortcut,
    placeholder: texts.shortcutExample,
    title: texts.shortcutForm,
    pattern: '[A-Za-z0-9_\\-]{1,32}',
    maxlength: 32,
    required: true,
    autocomplete: 'off',
    autocapitalize: 'none',
  });
  short.value = shortcut;
  const long = el('textarea', {
    'aria-label': texts.reply,
    placeholder: filled(texts.replyExample, CODE),
    rows: 2,
    required: true,
    dir: 'auto',
  });
  long.value = text;
  long.addEventListener('input', () => {
    const length = characterCount(long.value);
    const isTooLong = length > MAX_MESSAGE_LENGTH;
    long.setCustomValidity(isTooLong ? lengthText(length) : '');
  });
  const slash = el('span', { class: 'slash', 'aria-hidden': 'true' }, '/');
  const remove = iconButton(texts.removeReply, 'trash', () => row.remove());
  const row = el('div', { class: 'reply' }, slash, short, long, remove);
  return row;
}

/** @param {Element} row @returns {CannedAnswer} */
function answerOf(row) {
  const shortcut = row.querySelector('input')?.value ?? '';
  const text = row.querySelector('textarea')?.value ?? '';
  return { shortcut: shortcut.toLowerCase(), text };
}
