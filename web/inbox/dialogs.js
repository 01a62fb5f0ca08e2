// @ts-check
/** The small dialogs: a new conversation, the keyboard shortcuts, deleting a message. */

import { el } from '../ui/dom.js';
import { areLetterKeysOn, setLetterKeys } from './keyboard.js';
import { errorText, openDialog } from './parts/feedback.js';

const DELETE_QUOTE_LENGTH = 140;
const SHORTCUTS = [
  ['J or ↓', 'Next conversation'],
  ['K or ↑', 'Previous conversation'],
  ['Enter', 'Open it and write'],
  ['E', 'Mark as read and go to the next unread one'],
  ['R', 'Reply'],
  ['/', 'Search; in a message, insert a reply'],
  ['N', 'New conversation'],
  ['↑', 'In an empty message, edit your last one'],
  ['Esc', 'Back: from the message to the list, and out of it'],
  ['?', 'This help'],
];

/**
 * @param {(id: string) => Promise<void>} create Creates the conversation with this customer.
 */
export function newConversation(create) {
  const id = el('input', {
    id: 'customer-id',
    title: 'Letters, digits, _ and -',
    required: true,
    maxlength: 128,
    pattern: '\\s*[A-Za-z0-9_\\-]+\\s*',
    placeholder: 'cus_01…',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const problem = el('p', { class: 'problem', role: 'alert' });
  const button = el('button', { class: 'primary' }, 'Open');
  const label = el('label', { for: 'customer-id' }, 'Customer id');
  const form = el('form', { class: 'stack' }, label, id, problem, el('footer', {}, button));
  const box = openDialog('New conversation', form);
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

export function showShortcuts() {
  const rows = SHORTCUTS.map(([keys, what]) => {
    const parts = keys
      .split(/( or )/)
      .map((part) => (part === ' or ' ? part : el('kbd', {}, part)));
    return el('div', {}, el('dt', {}, ...parts), el('dd', {}, what));
  });
  const toggle = el('input', { type: 'checkbox', role: 'switch', id: 'keys' });
  toggle.checked = areLetterKeysOn();
  toggle.addEventListener('change', () => setLetterKeys(toggle.checked));
  const text = 'Use single-letter shortcuts';
  const label = el('label', { class: 'switch', for: 'keys' }, text, toggle);
  const list = el('dl', { class: 'shortcuts' }, ...rows);
  openDialog('Keyboard shortcuts', el('div', { class: 'stack' }, list, label));
}

/** @param {string} body @param {() => void} remove */
export function confirmDelete(body, remove) {
  const text = body.length > DELETE_QUOTE_LENGTH ? `${body.slice(0, DELETE_QUOTE_LENGTH)}…` : body;
  const confirm = () => {
    box.close();
    remove();
  };
  const keep = el('button', { type: 'button', onclick: () => box.close() }, 'Keep');
  const button = el('button', { type: 'button', class: 'danger', onclick: confirm }, 'Delete');
  const quote = el('blockquote', { dir: 'auto' }, text);
  const box = openDialog(
    'Delete this message?',
    el('div', { class: 'stack' }, quote, el('footer', {}, keep, button)),
  );
  button.focus();
}
