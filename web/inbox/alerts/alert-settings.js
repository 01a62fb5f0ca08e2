// @ts-check
/** The controls for alerts, with a button that tries them out. */

import { el } from '../../ui/dom.js';
import { texts } from '../texts.js';
import { notificationPermission, requestPermission } from './notifications.js';

/** @param {import('./alerts.js').Alerts} alerts */
export function alertSettings(alerts) {
  const status = el('p', { class: 'hint', role: 'status' });
  const sound = el('input', { type: 'checkbox', role: 'switch', id: 'sound' });
  const desktop = el('input', { type: 'checkbox', role: 'switch', id: 'desktop' });
  const test = el('button', { type: 'button' }, texts.testAlerts);
  sound.checked = alerts.settings.sound;
  desktop.checked = alerts.settings.desktop && notificationPermission() === 'granted';
  sound.addEventListener('change', () => alerts.save({ sound: sound.checked }));
  desktop.addEventListener('change', async () => {
    status.textContent = desktop.checked ? await requestPermission() : '';
    if (status.textContent) desktop.checked = false;
    alerts.save({ desktop: desktop.checked });
  });
  test.addEventListener('click', () => {
    const { isHeard, isShown } = alerts.test(sound.checked, desktop.checked);
    const done = [isHeard && texts.chimed, isShown && texts.notified];
    status.textContent = done.filter(Boolean).join(' ') || texts.noAlerts;
  });
  return el(
    'div',
    { class: 'alerts' },
    el('label', { for: 'sound' }, texts.sound, sound),
    el('label', { for: 'desktop' }, texts.desktop, desktop),
    test,
    status,
  );
}
