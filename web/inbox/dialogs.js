// @ts-check
/** The small dialogs: a new conversation, the keyboard shortcuts, deleting a message. */

import { el } from '../ui/dom.js';
import { clipped, isBlank } from '../ui/text.js';
import { areLetterKeysOn, setLetterKeys } from './keyboard.js';
import { errorText, openDialog } from './parts/feedback.js';

const DELETE_QUOTE_LENGTH = 140;
const ANY_ID = /^[A-Za-z0-9_-]{3,128}$/;
const CUSTOMER_ID = /^(cus|guest)_[A-Za-z0-9_-]{1,120}$/;
const SHORTCUTS = [
  ['J', 'Open the next conversation'],
  ['K', 'Open the previous conversation'],
  ['↓ or ↑', 'Move in the list'],
  ['Enter', 'Open the conversation and write'],
  ['E', 'Mark as read and go to the next unread one'],
  ['R', 'Reply'],
  ['/', 'Search; in a message, insert a reply'],
  ['N', 'New conversation'],
  ['↑', 'In an empty message, edit your last one'],
  ['Esc', 'Back: from the message to the list, and out of it'],
  ['?', 'This help'],
];

/**
 * Asks for a customer's id. One that is not known is opened only on a second request, because a
 * conversation cannot be removed.
 * @param {object} ways
 * @param {(id: string) => Promise<string | undefined>} ways.find The hash of a known conversation.
 * @param {(hash: string) => void} ways.open
 * @param {(id: string) => Promise<string>} ways.begin Creates a conversation; returns its hash.
 * @param {(text: string) => void} ways.search
 */
export function newConversation({ find, open, begin, search }) {
  const input = el('input', {
    id: 'customer-id',
    placeholder: 'cus_01…',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    'aria-describedby': 'customer-problem',
  });
  const problem = el('p', { class: 'problem', id: 'customer-problem', role: 'alert' });
  const searchButton = el('button', { type: 'button', hidden: true }, 'Search instead');
  const openButton = el('button', { class: 'primary' }, 'Open');
  const label = el('label', { for: 'customer-id' }, 'Customer id');
  const footer = el('footer', {}, searchButton, openButton);
  const form = el('form', { class: 'stack' }, label, input, problem, footer);
  const box = openDialog('New conversation', form);
  /** The unknown id that a second request opens. */
  let confirmed = '';
  const say = (text = '', isSearchable = false) => {
    problem.textContent = text;
    searchButton.hidden = !isSearchable;
    openButton.textContent = confirmed ? 'Open anyway' : 'Open';
  };
  /** @param {string} text */
  const submit = async (text) => {
    const id = text.replace(/^cus_/i, 'cus_');
    if (isBlank(text)) return say('Type the id of a customer.');
    if (id.startsWith('user_'))
      return say('This is an admin. The ids of customers begin with cus_.');
    const hash = id === confirmed ? await begin(id) : await findAny(id);
    if (!box.open) return;
    if (hash) {
      box.close();
      return open(hash);
    }
    if (!CUSTOMER_ID.test(id))
      return say('The ids of customers begin with cus_. Names and emails can be searched.', true);
    confirmed = id;
    say(
      `Nobody with the id ${id} has written yet. Is it right? The conversation will be new.`,
      true,
    );
  };
  /** @param {string} id Perhaps without its prefix. */
  const findAny = async (id) => {
    if (!ANY_ID.test(id)) return undefined;
    return (await find(id)) ?? (CUSTOMER_ID.test(id) ? undefined : find(`cus_${id}`));
  };
  searchButton.addEventListener('click', () => {
    box.close();
    search(cleaned(input.value));
  });
  input.addEventListener('input', () => {
    confirmed = '';
    say();
  });
  // A key that is held down does not confirm.
  input.addEventListener(
    'keydown',
    (event) => event.repeat && event.key === 'Enter' && event.preventDefault(),
  );
  input.focus();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    openButton.disabled = true;
    try {
      await submit(cleaned(input.value));
    } catch (error) {
      say(errorText(error));
    }
    openButton.disabled = false;
  });
}

/** @param {string} text Pasted: without white space around it and without invisible characters. */
const cleaned = (text) => text.replace(/(?!\s)[\p{Cc}\p{DI}]/gu, '').trim();

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
  const confirm = () => {
    box.close();
    remove();
  };
  const keep = el('button', { type: 'button', onclick: () => box.close() }, 'Keep');
  const button = el('button', { type: 'button', class: 'danger', onclick: confirm }, 'Delete');
  const quote = el('blockquote', { dir: 'auto' }, clipped(body, DELETE_QUOTE_LENGTH));
  const box = openDialog(
    'Delete this message?',
    el('div', { class: 'stack' }, quote, el('footer', {}, keep, button)),
  );
  button.focus();
}
