// @ts-check
/**
 * The keyboard shortcuts of the page. They are off in fields, menus and dialogs; those of the list
 * work only where no other control has the focus. Single letters can be switched off, because they
 * disturb people who control the computer by voice.
 */

import { COMPOSING } from '../ui/dom.js';
import { readStored, writeStored } from './parts/storage.js';
import { texts } from './texts.js';

/** The second key of two follows the first this soon. */
const SEQUENCE_MS = 1_500;
const LETTERS_OFF = 'chat-inbox:keys-off';

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.platform);

/** @param {string} key @returns {string} How pressing it with the control key is written. */
export const withControl = (key) => (IS_APPLE ? `⌘${key}` : `${texts.keyControl} ${key}`);

/** @typedef {Record<string, () => unknown>} Commands By key; letters in lower case. */

export const areLetterKeysOn = () => readStored('localStorage', LETTERS_OFF) !== true;

/** @param {boolean} isOn */
export const setLetterKeys = (isOn) => writeStored('localStorage', LETTERS_OFF, isOn ? null : true);

export class Keyboard {
  #everywhere;
  #controls;
  #sequences;
  /** The commands that the last key began, until another key or some time ends it. */
  #begun = /** @type {Commands | undefined} */ (undefined);
  #begunAt = 0;
  #onList;
  #inLog;
  #hasListFocus;

  /**
   * @param {object} commands
   * @param {Commands} commands.everywhere
   * @param {Commands} commands.controls With the control key; also in fields and menus.
   * @param {Record<string, Commands>} commands.sequences Two keys, one after the other.
   * @param {Commands} commands.onList
   * @param {Commands} commands.inLog
   * @param {() => boolean} hasListFocus
   */
  constructor({ everywhere, controls, sequences, onList, inLog }, hasListFocus) {
    this.#everywhere = everywhere;
    this.#controls = controls;
    this.#sequences = sequences;
    this.#onList = onList;
    this.#inLog = inLog;
    this.#hasListFocus = hasListFocus;
    document.addEventListener('keydown', (event) => this.#pressed(event));
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.defaultPrevented || event.altKey || event.getModifierState('AltGraph')) return;
    if (event.isComposing || event.keyCode === COMPOSING) return;
    if (event.ctrlKey || event.metaKey) return this.#pressedWithControl(event);
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.closest('input, textarea, select, [popover]')) return;
    if (document.querySelector('dialog[open], :popover-open')) return;
    const key = pressedKey(event);
    const isCharacter = key.length === 1;
    if (isCharacter && !areLetterKeysOn()) return;
    const isInTime = performance.now() - this.#begunAt < SEQUENCE_MS;
    const begun = isInTime ? this.#begun : undefined;
    this.#begun = begun ? undefined : this.#sequences[key];
    this.#begunAt = performance.now();
    const run = begun ? begun[key] : this.#command(target, key);
    if (!run) return;
    event.preventDefault();
    run();
  }

  /** @param {KeyboardEvent} event */
  #pressedWithControl(event) {
    const run = this.#controls[pressedKey(event)];
    if (!run || event.shiftKey || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    run();
  }

  /** @param {HTMLElement} target @param {string} key @returns {(() => unknown) | undefined} */
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
