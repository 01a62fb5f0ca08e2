// @ts-check
/** Short messages to the reader: toasts, texts for screen readers, and dialogs. */

import { el } from '../../ui/dom.js';
import { texts } from '../texts.js';
import { iconButton } from './icons.js';

const TOAST_MS = 6_000;

const STATUS = el('div', { class: 'hidden', role: 'status' });
const TOAST = el('div', { class: 'toast', role: 'alert', hidden: true });
/** The page must contain it once. */
export const FEEDBACK = el('div', {}, STATUS, TOAST);
/** @type {any} */
let toastTimer;

/** @param {string} text Read out by screen readers, not visible. */
export function announce(text) {
  STATUS.textContent = text;
}

/**
 * @param {string} text
 * @param {{ label: string, run: () => void }} [action] A button next to it.
 */
export function toast(text, action) {
  const onclick = () => {
    TOAST.hidden = true;
    action?.run();
  };
  TOAST.replaceChildren(
    el('span', { dir: 'auto' }, text),
    ...(action ? [el('button', { type: 'button', onclick }, action.label)] : []),
  );
  TOAST.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (TOAST.hidden = true), TOAST_MS);
}

/**
 * @param {any} error Of the API, or another one with a message in the page's language.
 * @returns {string} Why a request failed.
 */
export function errorText({ message, type }) {
  const { errors } = texts;
  return errors[message] ?? errors[type] ?? (type && errors.unknown_error) ?? message;
}

/** @param {string} text Not visible, for screen readers only. */
export const hiddenText = (text) => el('span', { class: 'hidden' }, text);

/**
 * Opens a modal dialog, which is removed when it closes.
 * @param {string} title @param {...Node} children @returns {HTMLDialogElement}
 */
export function openDialog(title, ...children) {
  const close = iconButton(texts.close, 'close', () => box.close());
  const box = el(
    'dialog',
    { class: 'card', 'aria-label': title },
    el('header', {}, el('h2', {}, title), close),
    ...children,
  );
  box.addEventListener('close', () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}
