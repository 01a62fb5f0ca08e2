// @ts-check
/**
 * The page of the shop's settings. What is changed is saved as a whole. If somebody else has saved
 * meanwhile, the reader keeps the own changes above those, or loads theirs.
 */

import { el } from '../../ui/dom.js';
import { errorText, toast } from '../parts/feedback.js';
import { filled } from '../parts/format.js';
import { iconButton } from '../parts/icons.js';
import { texts } from '../texts.js';
import { DAYS } from './hours.js';
import { HoursEditor } from './hours-editor.js';
import { SettingsPreview } from './preview.js';
import { changedFields, copyOf } from './shop-settings.js';
import { TextsEditor, languagesOf } from './texts-editor.js';

/** The server's limits. */
const NOTIFY_SECONDS = [10, 3_600];
const MOST_IDLE_DAYS = 3_650;

/** @typedef {import('./shop-settings.js').Settings} Settings */
/** @typedef {import('./shop-settings.js').Field} Field */

/** The names of fields in the server's refusals that are parts of another one. */
/** @type {Record<string, Field>} */
const PARTS = {
  time_zone: 'hours',
  week: 'hours',
  date: 'hours',
  spans: 'hours',
  exceptions: 'hours',
};

/**
 * @param {import('./shop-settings.js').ShopSettings} store
 * @param {string} shop Its name.
 */
export const openShopSettings = (store, shop) => new SettingsPage(store, shop).open();

class SettingsPage {
  #store;
  /** @type {Settings} As they were read. */
  #base = /** @type {any} */ (undefined);
  /** @type {Settings} With the reader's changes. */
  #draft = /** @type {any} */ (undefined);
  /** @type {HoursEditor | undefined} */
  #hours;
  /** @type {TextsEditor | undefined} */
  #texts;
  #preview;
  #leaving = new AbortController();
  #problem = el('p', { class: 'problem', role: 'alert' });
  #save = el('button', { class: 'primary', disabled: true }, texts.save);
  #sections = el('div', { class: 'settings-sections' });
  #question = el('div', { class: 'settings-question', hidden: true, role: 'alert' });
  #form = el(
    'form',
    { class: 'settings-form', novalidate: true },
    this.#sections,
    el('footer', {}, this.#question, this.#problem, this.#save),
  );
  #box;

  /** @param {import('./shop-settings.js').ShopSettings} store @param {string} shop */
  constructor(store, shop) {
    this.#store = store;
    this.#preview = new SettingsPreview(shop);
    this.#box = el(
      'dialog',
      { class: 'card shop-settings', 'aria-label': texts.shopSettings },
      el(
        'header',
        {},
        el('h2', {}, texts.shopSettings),
        iconButton(texts.close, 'close', () => this.#leave()),
      ),
      el('div', { class: 'settings-columns' }, this.#form, this.#preview.element),
    );
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#box.addEventListener('cancel', (event) => {
      event.preventDefault();
      this.#leave();
    });
    this.#box.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      this.#leave();
    });
    this.#box.addEventListener('close', () => {
      this.#leaving.abort();
      this.#box.remove();
    });
    const { signal } = this.#leaving;
    addEventListener(
      'beforeunload',
      (event) => {
        if (this.#isChanged) event.preventDefault();
      },
      { signal },
    );
  }

  async open() {
    document.body.append(this.#box);
    this.#box.showModal();
    this.#box.setAttribute('aria-busy', 'true');
    try {
      this.#edit(await this.#store.load());
    } catch (error) {
      // Saving would replace settings that could not be loaded.
      this.#problem.textContent = errorText(error);
    }
    this.#box.removeAttribute('aria-busy');
  }

  get #isChanged() {
    return this.#draft !== undefined && changedFields(this.#base, this.#draft).length > 0;
  }

  /** @param {Settings} base @param {Settings} [draft] */
  #edit(base, draft = copyOf(base)) {
    // The editor names every day; the server leaves out those without hours.
    this.#base = normal(copyOf(base));
    this.#draft = normal(draft);
    const changed = () => this.#changed();
    this.#hours = new HoursEditor(this.#draft, changed);
    this.#texts = new TextsEditor(this.#draft, changed);
    this.#sections.replaceChildren(
      section('hours', texts.openingHours, this.#hours.element),
      section('texts', texts.welcomeAndAway, this.#texts.element),
      section('work', texts.answersAndRatings, ...this.#workFields()),
    );
    this.#changed();
  }

  #changed() {
    this.#save.disabled = !this.#isChanged;
    this.#problem.textContent = '';
    this.#question.hidden = true;
    for (const one of this.#sections.querySelectorAll('.problem.refused')) one.remove();
    const language = this.#texts?.language ?? languagesOf(this.#draft)[0] ?? texts.lang;
    this.#preview.show(this.#draft, language);
  }

  #workFields() {
    const draft = this.#draft;
    const ask = el(
      'select',
      {
        id: 'ask-email',
        onchange: () => {
          draft.ask_email = /** @type {Settings['ask_email']} */ (ask.value);
          this.#changed();
        },
      },
      ...[
        ['never', texts.askEmailNever],
        ['away', texts.askEmailAway],
        ['always', texts.askEmailAlways],
      ].map(([value, name]) => el('option', { value }, name)),
    );
    ask.value = draft.ask_email;
    const check = (
      /** @type {'assign_on_reply' | 'rating'} */ name,
      /** @type {string} */ text,
    ) => {
      const input = el('input', {
        type: 'checkbox',
        role: 'switch',
        id: `settings-${name}`,
        onchange: () => {
          draft[name] = input.checked;
          this.#changed();
        },
      });
      input.checked = draft[name];
      return el(
        'div',
        { class: 'switch', 'data-field': name },
        el('label', { for: input.id }, text),
        input,
      );
    };
    const number = (
      /** @type {'close_after_days' | 'notify_after_seconds'} */ name,
      /** @type {string} */ text,
      /** @type {number} */ least,
      /** @type {number} */ most,
    ) => {
      const input = el('input', {
        type: 'number',
        id: `settings-${name}`,
        min: String(least),
        max: String(most),
        step: '1',
        inputmode: 'numeric',
        oninput: () => {
          const value = input.value === '' ? null : input.valueAsNumber;
          /** @type {any} */ (draft)[name] = value;
          input.setAttribute('aria-invalid', String(!input.checkValidity()));
          this.#changed();
        },
      });
      if (name === 'notify_after_seconds') input.required = true;
      input.value = String(draft[name] ?? '');
      return el(
        'div',
        { class: 'field', 'data-field': name },
        el('label', { for: input.id }, text),
        input,
      );
    };
    return [
      el(
        'div',
        { class: 'field', 'data-field': 'ask_email' },
        el('label', { for: 'ask-email' }, texts.askEmail),
        ask,
      ),
      check('assign_on_reply', texts.assignOnReply),
      check('rating', texts.askForRating),
      number('close_after_days', texts.closeAfter, 1, MOST_IDLE_DAYS),
      el('p', { class: 'hint' }, texts.closeAfterHint),
      number('notify_after_seconds', texts.notifyAfter, NOTIFY_SECONDS[0], NOTIFY_SECONDS[1]),
    ];
  }

  async #submit() {
    if (!this.#isChanged) return;
    const wrong = this.#hours?.problem;
    if (wrong) return this.#refuse('hours', wrong);
    const field = this.#sections.querySelector('input[type=number]:invalid');
    if (field) {
      const { field: name } = /** @type {HTMLElement} */ (field.closest('[data-field]')).dataset;
      return this.#refuse(/** @type {Field} */ (name), texts.numberWrong);
    }
    this.#save.disabled = true;
    try {
      const saved = await this.#store.save(sent(this.#draft));
      this.#base = normal(copyOf(saved));
      this.#draft = this.#base;
      this.#box.close();
      toast(texts.settingsSaved);
    } catch (error) {
      this.#save.disabled = false;
      const { status, message } = /** @type {any} */ (error);
      if (status === 409) return this.#settleConflict();
      const [, name = ''] = /(?:field|Field) '(\w+)/.exec(message ?? '') ?? [];
      if (status === 400) this.#refuse(PARTS[name] ?? /** @type {Field} */ (name), '', error);
      else this.#problem.textContent = errorText(error);
    }
  }

  /**
   * Says at the field what is wrong with it.
   * @param {Field} name @param {string} text @param {any} [error] The server's refusal.
   */
  #refuse(name, text, error) {
    this.#changed();
    const at =
      this.#sections.querySelector(`[data-field="${CSS.escape(name)}"]`) ??
      (name === 'hours' && this.#sections.querySelector('.settings-hours'));
    const said = text || `${texts.fieldRefused} ${errorText(error)}`;
    if (!at) {
      this.#problem.textContent = said;
      return;
    }
    at.append(el('p', { class: 'problem refused', role: 'alert' }, said));
    const field =
      at.querySelector('[aria-invalid=true],:invalid') ?? at.querySelector('input,textarea,select');
    /** @type {HTMLElement | null} */ (field)?.focus();
    at.querySelector('.refused')?.scrollIntoView({ block: 'nearest' });
  }

  /** Somebody else has saved. */
  async #settleConflict() {
    try {
      const mine = changedFields(this.#base, this.#draft);
      const before = this.#base;
      const theirs = await this.#store.load();
      const names = changedFields(before, normal(copyOf(theirs))).map(fieldName);
      const keepMine = () => {
        const draft = copyOf(theirs);
        for (const name of mine) /** @type {any} */ (draft)[name] = this.#draft[name];
        this.#edit(theirs, draft);
        this.#save.focus();
      };
      this.#ask(
        filled(texts.savedElsewhere, { fields: [...new Set(names)].join(', ') }),
        [texts.loadTheirs, () => this.#edit(theirs)],
        [texts.keepMine, keepMine],
      );
    } catch (error) {
      this.#problem.textContent = errorText(error);
    }
  }

  #leave() {
    if (!this.#isChanged) return this.#box.close();
    this.#ask(
      texts.unsaved,
      [texts.discardChanges, () => this.#box.close()],
      [texts.keepEditing, () => this.#form.querySelector('input')?.focus()],
    );
  }

  /** @param {string} text @param {...[string, () => void]} answers */
  #ask(text, ...answers) {
    this.#question.replaceChildren(
      el('p', {}, text),
      ...answers.map(([label, run]) => {
        const onclick = () => {
          this.#question.hidden = true;
          run();
        };
        return el('button', { type: 'button', onclick }, label);
      }),
    );
    this.#question.hidden = false;
    this.#question.querySelector('button')?.focus();
  }
}

/** @param {string} name @param {string} title @param {...Node} children */
const section = (name, title, ...children) =>
  el('section', { class: `settings-${name}` }, el('h3', {}, title), ...children);

/** @param {Field} name What the page calls it. */
function fieldName(name) {
  /** @type {Record<Field, string>} */
  const names = {
    hours: texts.openingHours,
    away_message: texts.awayMessage,
    greeting: texts.greeting,
    quick_replies: texts.questions,
    ask_email: texts.askEmail,
    assign_on_reply: texts.assignOnReply,
    rating: texts.askForRating,
    close_after_days: texts.closeAfter,
    notify_after_seconds: texts.notifyAfter,
  };
  return names[name] ?? name;
}

/** Each day once, in order, so that two settings can be compared. @param {Settings} settings */
function normal(settings) {
  const { hours } = settings;
  if (hours) hours.week = Object.fromEntries(DAYS.map((day) => [day, hours.week[day] ?? []]));
  return settings;
}

/** With the spans of each day in their order. @param {Settings} settings */
function sent(settings) {
  const copy = copyOf(settings);
  const all = [...Object.values(copy.hours?.week ?? {})];
  for (const { spans } of copy.hours?.exceptions ?? []) all.push(spans);
  for (const spans of all) spans.sort((a, b) => (a.from < b.from ? -1 : 1));
  return copy;
}
