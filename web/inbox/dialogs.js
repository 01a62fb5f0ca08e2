// @ts-check
/** What opens over the page for a moment: a new conversation, the settings, the shortcuts. */

import { el } from '../ui/dom.js';
import { dialog, kept, wordsOf } from './parts.js';

const KEYS_OFF = 'chat-inbox:keys-off';
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

/** Single keys can be in the way of those who speak to their computer. */
export const shortcutsAreOn = () => kept.read('localStorage', KEYS_OFF) !== true;

/**
 * @param {(method: string, path: string, body: unknown) => Promise<any>} ask
 * @param {(channel: any) => void} opened
 */
export function newConversation(ask, opened) {
  const id = el('input', {
    id: 'customer-id',
    required: true,
    maxlength: 128,
    pattern: '\\s*[A-Za-z0-9_\\-]+\\s*',
    placeholder: 'cus_01…',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  id.title = 'Letters, digits, _ and -';
  const problem = el('p', { class: 'problem', role: 'alert' });
  const button = el('button', { class: 'primary' }, 'Open');
  const form = el(
    'form',
    { class: 'stack' },
    el('label', { for: 'customer-id' }, 'Customer id'),
    id,
    problem,
    el('footer', {}, button),
  );
  const box = dialog('New conversation', form);
  id.focus();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    problem.textContent = '';
    try {
      const { channel } = await ask('POST', 'channels', { customer_id: id.value.trim() });
      box.close();
      opened(channel);
    } catch (error) {
      problem.textContent = wordsOf(error);
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
  const on = el('input', { type: 'checkbox', role: 'switch', id: 'keys' });
  on.checked = shortcutsAreOn();
  on.addEventListener('change', () =>
    kept.write('localStorage', KEYS_OFF, on.checked ? null : true),
  );
  const label = el('label', { class: 'switch', for: 'keys' }, 'Use single-letter shortcuts', on);
  dialog(
    'Keyboard shortcuts',
    el('div', { class: 'stack' }, el('dl', { class: 'shortcuts' }, ...rows), label),
  );
}

/**
 * @param {import('./alerts.js').Alerts} alerts @param {import('./canned.js').CannedReplies} canned
 * @param {import('./session.js').Session} session
 */
export function settingsPanel(alerts, canned, session) {
  const panel = el('div', {
    class: 'card settings',
    id: 'settings',
    popover: 'auto',
    role: 'dialog',
    'aria-label': 'Settings',
  });
  const item = (/** @type {string} */ label, /** @type {() => void} */ run) => {
    const onclick = () => {
      panel.hidePopover();
      run();
    };
    return el('button', { type: 'button', class: 'item', onclick }, label);
  };
  panel.append(el('h2', {}, 'Alerts'), alerts.panel(), el('hr'));
  panel.append(
    item('Manage replies', () => canned.manage()),
    item('Keyboard shortcuts', showShortcuts),
  );
  if (session.canSignOut) panel.append(item('Sign out', () => session.signOut()));
  return panel;
}
