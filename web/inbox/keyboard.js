// @ts-check
/**
 * The keyboard shortcuts of the page. They are off in fields, menus and dialogs; those of the list
 * work only where no other control has the focus. Single letters can be switched off, because they
 * disturb people who control the computer by voice.
 */

import { COMPOSING } from '../ui/dom.js';
import { readStored, writeStored } from './parts/storage.js';

const LETTERS_OFF = 'chat-inbox:keys-off';

/** @typedef {Record<string, () => void>} Commands By key; letters in lower case. */

export const areLetterKeysOn = () => readStored('localStorage', LETTERS_OFF) !== true;

/** @param {boolean} isOn */
export const setLetterKeys = (isOn) => writeStored('localStorage', LETTERS_OFF, isOn ? null : true);

export class Keyboard {
  #everywhere;
  #onList;
  #inLog;
  #hasListFocus;

  /**
   * @param {object} commands
   * @param {Commands} commands.everywhere
   * @param {Commands} commands.onList
   * @param {Commands} commands.inLog
   * @param {() => boolean} hasListFocus
   */
  constructor({ everywhere, onList, inLog }, hasListFocus) {
    this.#everywhere = everywhere;
    this.#onList = onList;
    this.#inLog = inLog;
    this.#hasListFocus = hasListFocus;
    document.addEventListener('keydown', (event) => this.#pressed(event));
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.isComposing || event.keyCode === COMPOSING) return;
    if (event.getModifierState('AltGraph')) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.closest('input, textarea, select, [popover]')) return;
    if (document.querySelector('dialog[open], :popover-open')) return;
    const key = pressedKey(event);
    const isCharacter = key.length === 1;
    if (isCharacter && !areLetterKeysOn()) return;
    const run = this.#command(target, key);
    if (!run) return;
    event.preventDefault();
    run();
  }

  /** @param {HTMLElement} target @param {string} key @returns {(() => void) | undefined} */
  #command(target, key) {
    if (this.#everywhere[key]) return this.#everywhere[key];
    if (this.#hasListFocus() || target === document.body) return this.#onList[key];
    return target.role === 'log' ? this.#inLog[key] : undefined;
  }
}

/** Letters of alphabets that have no J. */
const OTHER_ALPHABET = /^(?!\p{Script=Latin})[^\0-\x7f]+$/u;

/**
 * @param {KeyboardEvent} event
 * @returns {string} The key; letters in lower case. On a layout without Latin letters it is the one
 *   that stands there on an English keyboard.
 */
function pressedKey({ key, code, shiftKey }) {
  if (!OTHER_ALPHABET.test(key)) return key.length === 1 ? key.toLowerCase() : key;
  if (code === 'Slash') return shiftKey ? '?' : '/';
  return /^Key[A-Z]$/.test(code) ? code.slice(-1).toLowerCase() : key;
}
