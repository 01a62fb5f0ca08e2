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

/**
 * @param {import('./alerts/alerts.js').Alerts} alerts
 * @param {import('./composer/canned.js').CannedAnswers} canned
 * @param {import('./labels.js').Labels} labels
 * @param {import('./session/session.js').Session} session
 * @param {() => void} editShop
 */
export function settingsPanel(alerts, canned, labels, session, editShop) {
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
    alertSettings(alerts),
    el('hr'),
    item(texts.shopSettings, editShop),
    item(texts.manageReplies, () => editCannedAnswers(canned)),
    item(texts.manageLabels, () => editLabels(labels)),
    item(texts.shortcuts, showShortcuts),
  );
  if (session.canSignOut) panel.append(item(texts.signOut, () => session.signOut()));
  return panel;
}
