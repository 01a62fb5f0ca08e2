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
  #push;

  /** @param {import('./web-push.js').WebPush} push */
  constructor(push) {
    super();
    this.#push = push;
  }

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
    const isSilent = isHeard || !sound;
    if (this.#push.show(title, body, hash, isSilent)) return;
    showNotification(title, body, hash, isSilent, () => emit(this, 'open', { hash }));
  }

  /** @param {boolean} sound @param {boolean} desktop Tries them out. */
  test(sound, desktop) {
    return {
      isHeard: sound && this.#chime.play(true),
      isShown: desktop && showNotification(texts.exampleTitle, texts.example, 'test', true),
    };
  }
}
