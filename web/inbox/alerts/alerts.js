// @ts-check
/**
 * Alerts about new messages, for admins who look elsewhere: a sound and a notification. Each
 * browser has its own settings.
 *
 * Events: `open` {hash} when a notification is clicked.
 */

import { emit } from '../../ui/events.js';
import { readStored, writeStored } from '../parts/storage.js';
import { texts } from '../texts.js';
import { Chime } from './chime.js';
import { showNotification } from './notifications.js';

const SETTINGS_KEY = 'chat-inbox:alerts';
const LAST_ALERT_KEY = 'chat-inbox:last-alert';

/** @typedef {{ sound: boolean, desktop: boolean }} AlertSettings */

export class Alerts extends EventTarget {
  /** @type {AlertSettings} */
  #settings = { sound: true, desktop: false, ...readStored('localStorage', SETTINGS_KEY) };
  #chime = new Chime();

  get settings() {
    return this.#settings;
  }

  /** @param {Partial<AlertSettings>} change */
  save(change) {
    this.#settings = { ...this.#settings, ...change };
    writeStored('localStorage', SETTINGS_KEY, this.#settings);
  }

  /** @param {{ id: string, hash: string, title: string, body: string }} message */
  alert({ id, hash, title, body }) {
    // Another tab of the same browser has already alerted.
    if (readStored('localStorage', LAST_ALERT_KEY) === id) return;
    writeStored('localStorage', LAST_ALERT_KEY, id);
    const { sound, desktop } = this.#settings;
    const isHeard = sound && this.#chime.play();
    const isInFront = document.visibilityState === 'visible' && document.hasFocus();
    if (!desktop || isInFront) return;
    // Where the page makes no sound, the notification may make one.
    showNotification(title, body, hash, isHeard || !sound, () => emit(this, 'open', { hash }));
  }

  /** @param {boolean} sound @param {boolean} desktop Tries them out. */
  test(sound, desktop) {
    return {
      isHeard: sound && this.#chime.play(true),
      isShown: desktop && showNotification(texts.exampleTitle, texts.example, 'test', true),
    };
  }
}
