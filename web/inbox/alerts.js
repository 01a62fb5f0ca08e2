// @ts-check
/**
 * How somebody who looks elsewhere learns of a message: the number in the title and on the icon, a
 * sound, a notification. Which of them, each person settles for each browser; a button tries them
 * out.
 */

import { el } from '../ui/dom.js';
import { kept } from './parts.js';

const SETTINGS_KEY = 'chat-inbox:alerts';
const TOLD_KEY = 'chat-inbox:told';
/** A busy minute is one chime now and then, not a carillon. */
const SOUND_PAUSE_MS = 2_000;
/** The number waits so long: what is read on arrival never shows. */
const TITLE_PAUSE_MS = 400;
const ICON_PX = 64;

export class Alerts {
  #settings = { sound: true, desktop: false, ...kept.read('localStorage', SETTINGS_KEY) };
  #name;
  #open;
  /** @type {AudioContext | undefined} */
  #audio;
  #soundedAt = -Infinity;
  #unread = -1;
  /** @type {any} */
  #timer;

  /** @param {string} name Of the page. @param {(hash: string) => void} open */
  constructor(name, open) {
    this.#name = name;
    this.#open = open;
    // A page may make sounds only once somebody has touched it.
    for (const gesture of ['pointerdown', 'keydown'])
      addEventListener(gesture, () => this.#wakeAudio(), { capture: true, passive: true });
  }

  /** @param {number} unread For the title and the icon. */
  count(unread) {
    if (unread === this.#unread) return;
    const wasUnknown = this.#unread < 0;
    this.#unread = unread;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#show(unread), wasUnknown ? 0 : TITLE_PAUSE_MS);
  }

  /**
   * @param {{ id: string, hash: string, title: string, body: string }} message That a customer has
   * sent, and nobody here is reading.
   */
  message({ id, hash, title, body }) {
    // Several tabs are one person.
    if (kept.read('localStorage', TOLD_KEY) === id) return;
    kept.write('localStorage', TOLD_KEY, id);
    const isHeard = this.#settings.sound && this.#chime();
    if (!this.#settings.desktop || (document.visibilityState === 'visible' && document.hasFocus()))
      return;
    // Where this page cannot make a sound, the notification may.
    this.#notify(title, body, { silent: isHeard || !this.#settings.sound, hash });
  }

  /** The controls. */
  panel() {
    const status = el('p', { class: 'hint', role: 'status' });
    const sound = el('input', { type: 'checkbox', role: 'switch', id: 'sound' });
    const desktop = el('input', { type: 'checkbox', role: 'switch', id: 'desktop' });
    const test = el('button', { type: 'button' }, 'Test my alerts');
    sound.checked = this.#settings.sound;
    desktop.checked = this.#settings.desktop && permission() === 'granted';
    sound.addEventListener('change', () => this.#save({ sound: sound.checked }));
    desktop.addEventListener('change', async () => {
      status.textContent = desktop.checked ? await asked() : '';
      if (status.textContent) desktop.checked = false;
      this.#save({ desktop: desktop.checked });
    });
    test.addEventListener('click', () => {
      const done = [];
      if (sound.checked && this.#chime(true)) done.push('You should have heard a chime.');
      if (
        desktop.checked &&
        this.#notify('Live chat', 'This is what a new message looks like.', { silent: true })
      )
        done.push('A notification should have appeared.');
      status.textContent =
        done.join(' ') ||
        'Sound and notifications are both off: only the page title will tell you.';
    });
    return el(
      'div',
      { class: 'alerts' },
      el('label', { for: 'sound' }, 'Sound', sound),
      el('label', { for: 'desktop' }, 'Desktop notifications', desktop),
      test,
      status,
    );
  }

  /** @param {Partial<{ sound: boolean, desktop: boolean }>} change */
  #save(change) {
    this.#settings = { ...this.#settings, ...change };
    kept.write('localStorage', SETTINGS_KEY, this.#settings);
  }

  /** @param {number} unread */
  #show(unread) {
    document.title = unread > 0 ? `(${unread}) ${this.#name}` : this.#name;
    const link = document.querySelector('link[rel~=icon]');
    if (link) link.setAttribute('href', faviconOf(unread));
  }

  #wakeAudio() {
    try {
      this.#audio ??= new AudioContext();
      if (this.#audio.state === 'suspended') this.#audio.resume().catch(() => {});
    } catch {
      // No sound here.
    }
  }

  /**
   * @param {boolean} [atOnce]
   * @returns {boolean} Whether there is a sound. Two notes, a fifth apart.
   */
  #chime(atOnce = false) {
    const audio = this.#audio;
    if (audio?.state !== 'running' || (!atOnce && Date.now() - this.#soundedAt < SOUND_PAUSE_MS))
      return false;
    this.#soundedAt = Date.now();
    [659.25, 987.77].forEach((pitch, index) => {
      const start = audio.currentTime + index * 0.13;
      const [tone, volume] = [audio.createOscillator(), audio.createGain()];
      tone.type = 'sine';
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, start);
      volume.gain.exponentialRampToValueAtTime(0.35, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.6);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.65);
    });
    return true;
  }

  /**
   * @param {string} title
   * @param {string} body
   * @param {{ silent: boolean, hash?: string }} how
   * @returns {boolean} Whether it was shown.
   */
  #notify(title, body, { silent, hash }) {
    if (permission() !== 'granted') return false;
    try {
      const note = new Notification(title, {
        body: body.slice(0, 200),
        tag: hash ?? 'test',
        silent,
      });
      note.addEventListener('click', () => {
        window.focus();
        note.close();
        if (hash) this.#open(hash);
      });
      return true;
    } catch {
      // Some phones know the word and refuse the deed.
      return false;
    }
  }
}

function permission() {
  return 'Notification' in globalThis ? Notification.permission : 'denied';
}

/** @returns {Promise<string>} Why there will be no notifications; nothing if there will be. */
async function asked() {
  if (!('Notification' in globalThis)) return 'This browser has no notifications.';
  const answer = permission() === 'default' ? await Notification.requestPermission() : permission();
  return answer === 'granted'
    ? ''
    : 'Notifications are blocked for this page. Allow them in the browser’s settings for this site.';
}

/** @param {number} unread A speech bubble, and how much is unread. */
function faviconOf(unread) {
  const canvas = el('canvas', { width: ICON_PX, height: ICON_PX });
  const paint = canvas.getContext('2d');
  if (!paint) return 'data:,';
  paint.fillStyle = '#3b82f6';
  paint.beginPath();
  paint.roundRect(4, 8, 56, 42, 12);
  paint.moveTo(16, 48);
  paint.lineTo(16, 61);
  paint.lineTo(32, 48);
  paint.fill();
  if (unread > 0) {
    paint.fillStyle = '#e11d48';
    paint.beginPath();
    paint.roundRect(unread > 9 ? 16 : 26, 22, unread > 9 ? 48 : 38, 42, 21);
    paint.fill();
    paint.fillStyle = '#fff';
    paint.font = 'bold 34px system-ui, sans-serif';
    paint.textAlign = 'center';
    paint.fillText(unread > 99 ? '99' : String(unread), unread > 9 ? 40 : 45, 55);
  }
  return canvas.toDataURL('image/png');
}
