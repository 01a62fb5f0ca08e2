// @ts-check
/** The controls for alerts, with a button that tries them out. */

import { el } from '../../ui/dom.js';
import { texts } from '../texts.js';
import { notificationPermission, requestPermission } from './notifications.js';

/**
 * @param {import('./alerts.js').Alerts} alerts
 * @param {import('./web-push.js').WebPush} push
 */
export function alertSettings(alerts, push) {
  const status = el('p', { class: 'hint', role: 'status' });
  const control = (/** @type {string} */ id, /** @type {string} */ text) => {
    const input = el('input', { type: 'checkbox', role: 'switch', id });
    return { input, label: el('label', { for: id }, text, input) };
  };
  const sound = control('sound', texts.sound);
  const desktop = control('desktop', texts.desktop);
  const closed = control('push', texts.push);
  const withText = control('push-text', texts.pushText);
  const test = el('button', { type: 'button' }, texts.testAlerts);
  const show = (problem = '') => {
    status.textContent = problem;
    closed.input.checked = push.isOn;
    withText.input.checked = push.withText;
    withText.label.hidden = !push.isOn;
  };
  show(push.obstacle);
  closed.input.disabled = push.obstacle !== '';
  sound.input.checked = alerts.settings.sound;
  desktop.input.checked = alerts.settings.desktop && notificationPermission() === 'granted';
  sound.input.addEventListener('change', () => alerts.save({ sound: sound.input.checked }));
  desktop.input.addEventListener('change', async () => {
    status.textContent = desktop.input.checked ? await requestPermission() : '';
    if (status.textContent) desktop.input.checked = false;
    alerts.save({ desktop: desktop.input.checked });
  });
  closed.input.addEventListener('change', async () => {
    closed.input.disabled = true;
    if (closed.input.checked) show((await push.turnOn(false)) || texts.pushIsOn);
    else {
      await push.turnOff().catch(() => {});
      show(texts.pushIsOff);
    }
    closed.input.disabled = false;
  });
  withText.input.addEventListener('change', async () => {
    show((await push.save(withText.input.checked)) ? '' : texts.pushRefused);
  });
  test.addEventListener('click', async () => {
    const { isHeard, isShown } = alerts.test(sound.input.checked, desktop.input.checked);
    const done = [isHeard && texts.chimed, isShown && texts.notified];
    const say = (/** @type {any[]} */ parts) => {
      status.textContent = parts.filter(Boolean).join(' ') || texts.noAlerts;
    };
    say(done);
    if (push.isOn) say([...done, (await push.test()) ? texts.pushSent : texts.pushRefused]);
  });
  return el(
    'div',
    { class: 'alerts' },
    sound.label,
    desktop.label,
    closed.label,
    withText.label,
    test,
    status,
  );
}
