// @ts-check
/**
 * The settings, in a popover: alerts, the shop's settings, canned answers, labels, shortcuts, and
 * signing out.
 */

import { el } from '../ui/dom.js';
import { alertSettings } from './alerts/alert-settings.js';
import { editCannedAnswers } from './composer/canned-dialog.js';
import { showShortcuts } from './dialogs.js';
import { editLabels } from './labels-dialog.js';
import { texts } from './texts.js';

/** The longest wait for the end of notifications. */
const SIGN_OUT_MS = 2_000;

/**
 * @param {import('./alerts/alerts.js').Alerts} alerts
 * @param {import('./composer/canned.js').CannedAnswers} canned
 * @param {import('./labels.js').Labels} labels
 * @param {import('./session/session.js').Session} session
 * @param {import('./alerts/web-push.js').WebPush} push
 * @param {() => void} editShop
 */
export function settingsPanel(alerts, canned, labels, session, push, editShop) {
  const panel = el('div', {
    class: 'card settings',
    id: 'settings',
    popover: 'auto',
    role: 'dialog',
    'aria-label': texts.settings,
  });
  const item = (/** @type {string} */ label, /** @type {() => void} */ run) => {
    const onclick = () => {
      panel.hidePopover();
      run();
    };
    return el('button', { type: 'button', class: 'item', onclick }, label);
  };
  panel.append(
    el('h2', {}, texts.alerts),
    alertSettings(alerts, push),
    el('hr'),
    item(texts.shopSettings, editShop),
    item(texts.manageReplies, () => editCannedAnswers(canned)),
    item(texts.manageLabels, () => editLabels(labels)),
    item(texts.shortcuts, showShortcuts),
  );
  const signOut = async () => {
    const later = new Promise((done) => setTimeout(done, SIGN_OUT_MS));
    // The next one at this computer must not read who writes.
    await Promise.race([push.turnOff().catch(() => {}), later]);
    session.signOut();
  };
  if (session.canSignOut) panel.append(item(texts.signOut, signOut));
  return panel;
}
