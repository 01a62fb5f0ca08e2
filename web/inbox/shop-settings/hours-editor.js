// @ts-check
/** Opening hours as fields: the time zone, the week, and dates with other hours. */

import { el } from '../../ui/dom.js';
import { filled } from '../parts/format.js';
import { iconButton } from '../parts/icons.js';
import { locale, texts } from '../texts.js';
import { DAYS, areWrong, isZone } from './hours.js';
import { copyOf } from './shop-settings.js';

/** @typedef {import('./shop-settings.js').Span} Span */

const USUAL = { from: '09:00', to: '17:00' };
/** A Monday. */
const MONDAY = Date.UTC(2024, 0, 1);
const NAMED_DAY_MS = 86_400_000;
const MAX_SPANS_OF_DAY = 8;

/** @param {string} day @param {'long' | 'short'} [style] Its name. */
export const dayName = (day, style = 'long') =>
  new Intl.DateTimeFormat(locale, { weekday: style, timeZone: 'UTC' }).format(
    MONDAY + DAYS.indexOf(day) * NAMED_DAY_MS,
  );

const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** @returns {import('./shop-settings.js').Hours} What a shop begins with. */
const usualHours = () => ({
  time_zone: ownZone(),
  week: Object.fromEntries(DAYS.slice(0, 5).map((day) => [day, [{ ...USUAL }]])),
  exceptions: [],
});

export class HoursEditor {
  #settings;
  #changed;
  /** The hours that were there before "always open" was chosen. */
  #before = usualHours();
  #body = el('div', { class: 'hours' });
  element;

  /**
   * @param {import('./shop-settings.js').Settings} settings Changed here.
   * @param {() => void} changed
   */
  constructor(settings, changed) {
    this.#settings = settings;
    this.#changed = changed;
    const choice = (/** @type {boolean} */ isAlways, /** @type {string} */ text) => {
      const input = el('input', {
        type: 'radio',
        name: 'hours',
        onchange: () => this.#choose(isAlways),
        checked: (settings.hours === null) === isAlways,
      });
      return el('label', { class: 'choice' }, input, text);
    };
    this.element = el(
      'div',
      {},
      choice(true, texts.alwaysOpen),
      choice(false, texts.openByHours),
      this.#body,
    );
    this.#draw();
  }

  /** @returns {string} What keeps these hours from being saved; empty: nothing. */
  get problem() {
    const { hours } = this.#settings;
    if (!hours) return '';
    if (!isZone(hours.time_zone)) return texts.zoneUnknown;
    for (const day of DAYS)
      if (areWrong(hours.week[day] ?? [])) return filled(texts.hoursWrong, { day: dayName(day) });
    const dates = hours.exceptions.map(({ date }) => date);
    if (dates.some((date) => !date) || new Set(dates).size < dates.length) return texts.dateWrong;
    const wrong = hours.exceptions.find(({ spans }) => areWrong(spans));
    return wrong ? filled(texts.hoursWrong, { day: wrong.date }) : '';
  }

  /** @param {boolean} isAlways */
  #choose(isAlways) {
    if (this.#settings.hours) this.#before = this.#settings.hours;
    this.#settings.hours = isAlways ? null : this.#before;
    this.#draw();
    this.#changed();
  }

  /** @param {string} [focused] The `data-at` of the field that gets the focus. */
  #draw(focused) {
    const { hours } = this.#settings;
    this.#body.replaceChildren(
      ...(hours ? [this.#zone(hours), this.#week(hours), this.#exceptions(hours)] : []),
    );
    if (!focused) return;
    const field = this.#body.querySelector(`[data-at="${focused}"]`);
    /** @type {HTMLElement | null | undefined} */ (
      field?.matches('input,button') ? field : field?.querySelector('input,button')
    )?.focus();
  }

  /** @param {string} [focused] */
  #redraw(focused) {
    this.#draw(focused);
    this.#changed();
  }

  /** @param {import('./shop-settings.js').Hours} hours */
  #zone(hours) {
    const zone = ownZone();
    const input = el('input', {
      id: 'time-zone',
      list: 'time-zones',
      autocomplete: 'off',
      spellcheck: 'false',
      oninput: () => {
        hours.time_zone = input.value.trim();
        input.setAttribute('aria-invalid', String(!isZone(hours.time_zone)));
        this.#changed();
      },
    });
    input.value = hours.time_zone;
    const use = () => {
      hours.time_zone = zone;
      this.#redraw('zone');
    };
    const zones = Intl.supportedValuesOf('timeZone').map((value) => el('option', { value }));
    return el(
      'div',
      { class: 'field', 'data-at': 'zone' },
      el('label', { for: 'time-zone' }, texts.timeZone),
      el(
        'div',
        { class: 'inline' },
        input,
        el('datalist', { id: 'time-zones' }, ...zones),
        zone !== hours.time_zone &&
          el('button', { type: 'button', onclick: use }, filled(texts.useZone, { zone })),
      ),
    );
  }

  /** @param {import('./shop-settings.js').Hours} hours */
  #week(hours) {
    const rows = DAYS.map((day, index) => {
      const spans = (hours.week[day] ??= []);
      const name = dayName(day);
      const above = DAYS[index - 1];
      const copy = () => {
        hours.week[day] = copyOf(hours.week[above]);
        this.#redraw(day);
      };
      const isCopied = above && JSON.stringify(hours.week[above]) !== JSON.stringify(spans);
      return el(
        'div',
        { class: 'day-row', role: 'group', 'aria-label': name, 'data-at': day },
        el('span', { class: 'day-name' }, name),
        this.#spans(spans, day, name),
        isCopied &&
          el(
            'button',
            { type: 'button', class: 'quiet', onclick: copy },
            filled(texts.likeDay, { day: dayName(above) }),
          ),
      );
    });
    return el('div', { class: 'week' }, ...rows);
  }

  /** @param {import('./shop-settings.js').Hours} hours */
  #exceptions(hours) {
    const rows = hours.exceptions.map((exception, index) => {
      const at = `date-${index}`;
      const date = el('input', {
        type: 'date',
        'aria-label': texts.date,
        onchange: () => {
          exception.date = date.value;
          this.#redraw(at);
        },
      });
      date.value = exception.date;
      const remove = () => {
        hours.exceptions.splice(index, 1);
        this.#redraw('add-date');
      };
      return el(
        'div',
        { class: 'day-row', role: 'group', 'aria-label': exception.date, 'data-at': at },
        date,
        this.#spans(exception.spans, at, exception.date),
        iconButton(texts.removeDate, 'trash', remove),
      );
    });
    const add = () => {
      hours.exceptions.push({ date: '', spans: [] });
      this.#redraw(`date-${hours.exceptions.length - 1}`);
    };
    return el(
      'div',
      { class: 'week' },
      el('h4', {}, texts.exceptions),
      el('p', { class: 'hint' }, texts.exceptionsHint),
      ...rows,
      el('button', { type: 'button', 'data-at': 'add-date', onclick: add }, texts.addDate),
    );
  }

  /** @param {Span[]} spans Changed here. @param {string} at @param {string} name Of the day. */
  #spans(spans, at, name) {
    const field = (
      /** @type {Span} */ span,
      /** @type {'from' | 'to'} */ end,
      /** @type {string} */ label,
    ) => {
      const input = el('input', {
        type: 'time',
        'aria-label': `${name}, ${label}`,
        'aria-invalid': String(areWrong(spans)),
        onchange: () => {
          const isMidnight = end === 'to' && input.value === '00:00';
          span[end] = isMidnight ? '24:00' : input.value || span[end];
          const isWrong = String(areWrong(spans));
          for (const one of input.closest('.spans')?.querySelectorAll('input') ?? [])
            one.setAttribute('aria-invalid', isWrong);
          this.#changed();
        },
      });
      input.value = span[end] === '24:00' ? '00:00' : span[end];
      return input;
    };
    const rows = spans.map((span, index) => {
      const remove = () => {
        spans.splice(index, 1);
        this.#redraw(at);
      };
      return el(
        'span',
        { class: 'span' },
        field(span, 'from', texts.from),
        '–',
        field(span, 'to', texts.until),
        iconButton(texts.removeHours, 'close', remove),
      );
    });
    const add = () => {
      const last = spans.at(-1)?.to;
      const from = last && last < '22:00' ? last : USUAL.from;
      const hour = String(Number(from.slice(0, 2)) + 2).padStart(2, '0');
      spans.push(last ? { from, to: `${hour}:00` } : { ...USUAL });
      this.#redraw(at);
    };
    return el(
      'span',
      { class: 'spans' },
      ...rows,
      !spans.length && el('span', { class: 'shut' }, texts.shut),
      spans.length < MAX_SPANS_OF_DAY && iconButton(texts.addHours, 'plus', add),
    );
  }
}
