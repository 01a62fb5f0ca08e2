// @ts-check
/** Greeting, away message and quick questions, in one language at a time. */

import { el } from '../../ui/dom.js';
import { filled } from '../parts/format.js';
import { iconButton } from '../parts/icons.js';
import { locale, texts } from '../texts.js';

/** The most quick questions of a language. */
const MOST = 5;
/** The languages of the widget, which are offered. */
const OFFERED = ['en', 'de', 'fr', 'es', 'it', 'nl', 'pl', 'pt', 'ja', 'ar'];

/** @param {string} tag The name of a language. */
export function languageName(tag) {
  try {
    return new Intl.DisplayNames(locale, { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/**
 * @param {import('./shop-settings.js').Settings} settings
 * @returns {string[]} The first one leads.
 */
export function languagesOf({ greeting, away_message, quick_replies }) {
  return [...new Set([greeting, away_message, quick_replies].flatMap(Object.keys))];
}

export class TextsEditor {
  #settings;
  #changed;
  #languages;
  /** The language that is shown. */
  language;
  element = el('div', { class: 'texts' });

  /**
   * @param {import('./shop-settings.js').Settings} settings Changed here.
   * @param {() => void} changed
   */
  constructor(settings, changed) {
    this.#settings = settings;
    this.#changed = changed;
    this.#languages = languagesOf(settings);
    if (!this.#languages.length) this.#languages.push(texts.lang);
    this.language = this.#languages[0];
    this.#draw();
  }

  #draw() {
    const { greeting, away_message } = this.#settings;
    this.element.replaceChildren(
      this.#chooser(),
      this.#text(greeting, 'greeting', texts.greeting, texts.greetingHint, 1_000),
      this.#questions(),
      this.#text(away_message, 'away_message', texts.awayMessage, texts.awayHint, 2_000),
    );
  }

  #chooser() {
    const select = el(
      'select',
      {
        id: 'settings-language',
        onchange: () => {
          this.#show(select.value);
          this.#focus('#settings-language');
        },
      },
      ...this.#languages.map((tag) => el('option', { value: tag }, languageName(tag))),
    );
    select.value = this.language;
    const problem = el('p', { class: 'problem', role: 'alert' });
    const input = el('input', {
      id: 'new-language',
      list: 'languages',
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: 'pt-BR',
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== 'Enter') return;
        event.preventDefault();
        add();
      },
    });
    const add = () => {
      const tag = tagOf(input.value);
      if (!tag) return void (problem.textContent = texts.languageUnknown);
      if (!this.#languages.includes(tag)) this.#languages.push(tag);
      this.#show(tag);
      this.#focus('textarea');
    };
    const left = OFFERED.filter((tag) => !this.#languages.includes(tag));
    return el(
      'div',
      { class: 'pair' },
      el(
        'div',
        { class: 'field' },
        el('label', { for: 'settings-language' }, texts.textLanguage),
        select,
        el('p', { class: 'hint' }, texts.languageHint),
      ),
      el(
        'div',
        { class: 'field' },
        el('label', { for: 'new-language' }, texts.addLanguage),
        el(
          'div',
          { class: 'inline' },
          input,
          el('button', { type: 'button', onclick: add }, texts.add),
        ),
        el(
          'datalist',
          { id: 'languages' },
          ...left.map((value) => el('option', { value }, languageName(value))),
        ),
        problem,
      ),
    );
  }

  /**
   * @param {Record<string, string>} all By language. @param {string} name
   * @param {string} label @param {string} hint @param {number} most Characters.
   */
  #text(all, name, label, hint, most) {
    const { language } = this;
    const id = `settings-${name}`;
    const field = el('textarea', {
      id,
      rows: '2',
      dir: 'auto',
      lang: language,
      maxlength: String(most),
      'aria-describedby': `${id}-hint`,
      oninput: () => {
        all[language] = field.value;
        if (!field.value.trim()) delete all[language];
        this.#changed();
      },
    });
    field.value = all[language] ?? '';
    return el(
      'div',
      { class: 'field', 'data-field': name },
      el('label', { for: id }, label),
      field,
      el('p', { class: 'hint', id: `${id}-hint` }, hint),
    );
  }

  #questions() {
    const { language } = this;
    const all = this.#settings.quick_replies;
    const list = [...(all[language] ?? [])];
    const store = () => {
      const filledIn = list.filter((text) => text.trim());
      if (filledIn.length) all[language] = filledIn;
      else delete all[language];
      this.#changed();
    };
    const rows = el('div', { class: 'questions' });
    const draw = () =>
      rows.replaceChildren(
        ...list.map((text, index) => {
          const label = filled(texts.questionNumber, { number: String(index + 1) });
          const input = el('input', {
            'aria-label': label,
            lang: language,
            dir: 'auto',
            maxlength: '200',
            autocomplete: 'off',
            oninput: () => {
              list[index] = input.value;
              store();
            },
          });
          input.value = text;
          const remove = () => {
            list.splice(index, 1);
            store();
            draw();
            addButton.focus();
          };
          return el(
            'div',
            { class: 'inline' },
            input,
            iconButton(texts.removeQuestion, 'trash', remove),
          );
        }),
      );
    const addButton = el(
      'button',
      {
        type: 'button',
        onclick: () => {
          if (list.length >= MOST) return;
          list.push('');
          draw();
          rows.querySelector('.inline:last-child input')?.scrollIntoView({ block: 'nearest' });
          /** @type {HTMLElement | null} */ (
            rows.querySelector('.inline:last-child input')
          )?.focus();
        },
      },
      texts.addQuestion,
    );
    draw();
    return el(
      'div',
      {
        class: 'field',
        'data-field': 'quick_replies',
        role: 'group',
        'aria-label': texts.questions,
      },
      el('span', { class: 'label' }, texts.questions),
      rows,
      addButton,
      el('p', { class: 'hint' }, texts.questionsHint),
    );
  }

  /** @param {string} tag */
  #show(tag) {
    this.language = tag;
    this.#draw();
    this.#changed();
  }

  /** @param {string} selector */
  #focus(selector) {
    /** @type {HTMLElement | null} */ (this.element.querySelector(selector))?.focus();
  }
}

/** @param {string} text @returns {string | undefined} A language's tag in its usual form. */
function tagOf(text) {
  try {
    return Intl.getCanonicalLocales(text.trim())[0];
  } catch {
    return undefined;
  }
}
