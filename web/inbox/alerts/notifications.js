// @ts-check
/** The page's own notifications, which may be missing or blocked. */

import { clipped } from '../../ui/text.js';
import { texts } from '../texts.js';

const MAX_LENGTH_SHOWN = 200;

export function notificationPermission() {
  return 'Notification' in globalThis ? Notification.permission : 'denied';
}

/** @returns {Promise<string>} Why there are no notifications; empty if there are. */
export async function requestPermission() {
  if (!('Notification' in globalThis)) return texts.noNotifications;
  const permission =
    Notification.permission === 'default'
      ? await Notification.requestPermission()
      : Notification.permission;
  return permission === 'granted' ? '' : texts.blockedNotifications;
}

/**
 * @param {string} title
 * @param {string} body
 * @param {string} tag A later notification with the same tag replaces it.
 * @param {boolean} silent
 * @param {() => void} [onClick]
 * @returns {boolean} Whether it is shown.
 */
export function showNotification(title, body, tag, silent, onClick) {
  if (notificationPermission() !== 'granted') return false;
  try {
    const options = { body: clipped(body, MAX_LENGTH_SHOWN), tag, silent };
    const notification = new Notification(title, options);
    notification.addEventListener('click', () => {
      window.focus();
      notification.close();
      onClick?.();
    });
    return true;
  } catch {
    // Some phones have the class and refuse to construct it.
    return false;
  }
}
