// @ts-check
/** The small dialogs: a new conversation, the keyboard shortcuts, deleting a message. */

import { el } from '../ui/dom.js';
import { areLetterKeysOn, setLetterKeys } from './keyboard.js';
import { errorText, openDialog } from './parts/feedback.js';
import { parts } from './parts/format.js';
import { texts } from './texts.js';

const DELETE_QUOTE_LENGTH = 140;

/**
 * @param {(id: string) => Promise<void>} create Creates the conversation with this customer.
 */
export function newConversation(create) {
  const id = el('input', {
    id: 'customer-id',
    title: texts.idForm,
    required: true,
    maxlength: 128,
    pattern: '\\s*[A-Za-z0-9_\\-]+\\s*',
    placeholder: 'cus_01…',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const problem = el('p', { class: 'problem', role: 'alert' });
  const button = el('button', { class: 'primary' }, texts.open);
  const label = el('label', { for: 'customer-id' }, texts.customerId);
  const form = el('form', { class: 'stack' }, label, id, problem, el('footer', {}, button));
  const box = openDialog(texts.newConversation, form);
  id.focus();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    problem.textContent = '';
    try {
      await create(id.value.trim());
      box.close();
    } catch (error) {
      problem.textContent = errorText(error);
    }
    button.disabled = false;
  });
}

/** Each shortcut: one or two keys, and what they do. */
const shortcuts = () => [
  ['J', '↓', texts.helpNext],
  ['K', '↑', texts.helpPrevious],
  [texts.keyEnter, '', texts.helpOpen],
  ['E', '', texts.helpFinish],
  ['R', '', texts.helpReply],
  ['/', '', texts.helpSearch],
  ['N', '', texts.helpNew],
  ['↑', '', texts.helpEdit],
  [texts.keyEscape, '', texts.helpBack],
  ['?', '', texts.helpHelp],
];

export function showShortcuts() {
  const rows = shortcuts().map(([one, other, what]) => {
    const key = el('kbd', {}, one);
    const keys = other ? parts(texts.or, { one: key, other: el('kbd', {}, other) }) : [key];
    return el('div', {}, el('dt', {}, ...keys), el('dd', {}, what));
  });
  const toggle = el('input', { type: 'checkbox', role: 'switch', id: 'keys' });
  toggle.checked = areLetterKeysOn();
  toggle.addEventListener('change', () => setLetterKeys(toggle.checked));
  const label = el('label', { class: 'switch', for: 'keys' }, texts.letterKeys, toggle);
  const list = el('dl', { class: 'shortcuts' }, ...rows);
  openDialog(texts.shortcuts, el('div', { class: 'stack' }, list, label));
}

/** @param {string} body @param {() => void} remove */
export function confirmDelete(body, remove) {
  const text = body.length > DELETE_QUOTE_LENGTH ? `${body.slice(0, DELETE_QUOTE_LENGTH)}…` : body;
  const confirm = () => {
    box.close();
    remove();
  };
  const keep = el('button', { type: 'button', onclick: () => box.close() }, texts.keep);
  const button = el('button', { type: 'button', class: 'danger', onclick: confirm }, texts.remove);
  const quote = el('blockquote', { dir: 'auto' }, text);
  const box = openDialog(
    texts.sure,
    el('div', { class: 'stack' }, quote, el('footer', {}, keep, button)),
  );
  button.focus();
}
