// @ts-check
/** What customers see with these settings: the widget's head, greeting and quick questions. */

import { el } from '../../ui/dom.js';
import { inLanguage, openingText } from '../../widget/opening.js';
import { locale, texts } from '../texts.js';
import { DAYS, isZone, noonOf, noonOfDate, openingAt } from './hours.js';
import { dayName } from './hours-editor.js';

const NOW = 'now';

export class SettingsPreview {
  #shop;
  #at = el('select', { id: 'preview-at', onchange: () => this.#draw() });
  #widget = el('div', { class: 'preview-widget', 'aria-live': 'polite' });
  /** @type {import('./shop-settings.js').Settings | undefined} */
  #settings;
  #language = '';
  element = el(
    'section',
    { class: 'preview', 'aria-label': texts.previewTitle },
    el('label', { for: 'preview-at' }, texts.previewAt),
    this.#at,
    this.#widget,
  );

  /** @param {string} shop Its name. */
  constructor(shop) {
    this.#shop = shop;
  }

  /** @param {import('./shop-settings.js').Settings} settings @param {string} language */
  show(settings, language) {
    this.#settings = settings;
    this.#language = language;
    const chosen = this.#at.value || NOW;
    const dates = settings.hours?.exceptions.flatMap(({ date }) => (date ? [date] : [])) ?? [];
    const choices = [
      [NOW, texts.previewNow],
      ...DAYS.map((day) => [day, `${dayName(day)} 12:00`]),
      ...dates.map((date) => [date, `${date} 12:00`]),
    ];
    this.#at.replaceChildren(
      ...choices.map(([value, name]) => el('option', { value, selected: value === chosen }, name)),
    );
    this.#draw();
  }

  #draw() {
    if (!this.#settings) return;
    const { hours, greeting, quick_replies, away_message } = this.#settings;
    const language = this.#language;
    if (hours && !isZone(hours.time_zone)) return;
    const at = this.#time(hours);
    const opening = openingAt(hours, at);
    const says = { ...texts, soon: texts.replySoon, replies: '' };
    const bubble = (/** @type {string} */ kind, /** @type {string | undefined} */ text) =>
      text && el('p', { class: `preview-${kind}`, dir: 'auto', lang: language }, text);
    this.#widget.replaceChildren(
      el(
        'div',
        { class: 'preview-head' },
        el('b', { dir: 'auto' }, this.#shop),
        el('span', {}, openingText({ ...opening, reply_time: null }, says, locale, at)),
      ),
      ...[
        bubble('bubble', inLanguage(greeting, language)),
        el(
          'div',
          { class: 'preview-questions' },
          ...(inLanguage(quick_replies, language) ?? []).map((text) => bubble('question', text)),
        ),
        !opening.open && bubble('away', inLanguage(away_message, language)),
      ].flatMap((node) => node || []),
    );
  }

  /** @param {import('./shop-settings.js').Hours | null} hours */
  #time(hours) {
    const { value } = this.#at;
    const zone = hours?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (value === NOW || !value) return Date.now();
    return DAYS.includes(value) ? noonOf(value, zone, Date.now()) : noonOfDate(value, zone);
  }
}
