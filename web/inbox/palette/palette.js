// @ts-check
/**
 * The palette: every command, and conversations by name. It filters while one types; arrows and
 * Enter choose, Escape leaves.
 */

import { COMPOSING, el } from '../../ui/dom.js';
import { SEARCH_MIN_LENGTH } from '../channels/channels.js';
import { filled, includes } from '../parts/format.js';
import { icon } from '../parts/icons.js';
import { avatar, displayName } from '../parts/people.js';
import { texts } from '../texts.js';

const MAX_PEOPLE = 8;
const LOOK_UP_PAUSE_MS = 180;

/**
 * @typedef {object} Command
 * @property {string} label
 * @property {string} heading Of its group.
 * @property {() => unknown} run
 * @property {string} [hint] At the end: its key, or what tells it apart.
 * @property {Node} [mark] At the start.
 */

export class Palette {
  #channels;
  #commands;
  #open;
  #search;
  /** @type {HTMLDialogElement | undefined} */
  #box;
  /** @type {Command[]} */
  #shown = [];
  #at = 0;
  /** @type {any} */
  #timer;
  #list = el('div', { role: 'listbox', id: 'palette-list', 'aria-label': texts.commands });
  #none = el('p', { class: 'hint', role: 'status' });
  #input = el('input', {
    type: 'text',
    role: 'combobox',
    class: 'palette-input',
    'aria-label': texts.commands,
    'aria-controls': 'palette-list',
    'aria-autocomplete': 'list',
    placeholder: texts.commandsHint,
    autocomplete: 'off',
    spellcheck: 'false',
  });

  /**
   * @param {object} parts
   * @param {import('../channels/channels.js').Channels} parts.channels
   * @param {() => Command[]} parts.commands Those that are possible now.
   * @param {(hash: string) => void} parts.open
   * @param {(text: string) => void} parts.search In the list.
   */
  constructor({ channels, commands, open, search }) {
    this.#channels = channels;
    this.#commands = commands;
    this.#open = open;
    this.#search = search;
    this.#input.addEventListener('input', () => this.#typed());
    this.#input.addEventListener('keydown', (event) => this.#pressed(event));
    this.#list.addEventListener('click', ({ target }) => {
      const option = /** @type {HTMLElement} */ (target).closest('[role=option]');
      if (option) this.#choose(this.#options.indexOf(/** @type {HTMLElement} */ (option)));
    });
    // The focus stays in the field.
    this.#list.addEventListener('mousedown', (event) => event.preventDefault());
  }

  open() {
    if (this.#box) return;
    this.#input.value = '';
    const box = el(
      'dialog',
      { class: 'card palette', 'aria-label': texts.commands },
      el('div', { class: 'palette-field' }, icon('search'), this.#input),
      this.#list,
      this.#none,
    );
    box.addEventListener('close', () => {
      clearTimeout(this.#timer);
      box.remove();
      this.#box = undefined;
    });
    // A press beside it leaves it.
    box.addEventListener('click', ({ target }) => target === box && box.close());
    document.body.append(box);
    box.showModal();
    this.#box = box;
    this.#typed();
    this.#input.focus();
  }

  get #term() {
    return this.#input.value.trim();
  }

  get #options() {
    return [...this.#list.querySelectorAll('[role=option]')];
  }

  #typed() {
    const term = this.#term;
    clearTimeout(this.#timer);
    this.#at = 0;
    this.#draw(term ? this.#channels.known(term, MAX_PEOPLE) : []);
    if (term.length < SEARCH_MIN_LENGTH) return;
    this.#timer = setTimeout(async () => {
      const found = await this.#channels.lookUp(term, MAX_PEOPLE).catch(() => undefined);
      if (found && this.#box && term === this.#term) this.#draw(found);
    }, LOOK_UP_PAUSE_MS);
  }

  /** @param {import('../channels/channel-store.js').ChannelView[]} people */
  #draw(people) {
    const term = this.#term;
    const chosen = this.#shown[this.#at]?.label;
    const commands = this.#commands().filter(({ label }) => includes(label, term));
    /** @type {Command[]} */
    const conversations = people.map(({ channel_hash, customer }) => ({
      label: displayName(customer),
      heading: texts.conversations,
      hint: customer.email && displayName(customer) !== customer.email ? customer.email : '',
      mark: avatar(customer),
      run: () => this.#open(channel_hash),
    }));
    const search = term.length >= SEARCH_MIN_LENGTH && {
      label: filled(texts.searchFor, { term }),
      heading: texts.conversations,
      mark: icon('search'),
      run: () => this.#search(term),
    };
    this.#shown = [...commands, ...conversations, ...(search ? [search] : [])];
    // What arrives later does not move the choice.
    if (this.#at)
      this.#at = Math.max(
        0,
        this.#shown.findIndex(({ label }) => label === chosen),
      );
    const headings = [...new Set(this.#shown.map(({ heading }) => heading))];
    this.#list.replaceChildren(
      ...headings.map((heading, index) =>
        el(
          'div',
          { role: 'group', 'aria-labelledby': `palette-group-${index}` },
          el(
            'div',
            { class: 'heading', role: 'presentation', id: `palette-group-${index}` },
            heading,
          ),
          ...this.#shown.flatMap((command, at) =>
            command.heading === heading ? [optionOf(command, at)] : [],
          ),
        ),
      ),
    );
    const isEmpty = this.#shown.length === 0;
    this.#list.hidden = isEmpty;
    this.#none.hidden = !isEmpty;
    this.#none.textContent = isEmpty ? texts.notFound : '';
    this.#input.setAttribute('aria-expanded', String(!isEmpty));
    this.#mark();
  }

  /** @param {number} [at] The option to mark. */
  #mark(at = this.#at) {
    this.#at = at;
    for (const [index, option] of this.#options.entries()) {
      option.setAttribute('aria-selected', String(index === at));
      if (index === at) option.scrollIntoView({ block: 'nearest' });
    }
    if (this.#shown.length) this.#input.setAttribute('aria-activedescendant', `palette-${at}`);
    else this.#input.removeAttribute('aria-activedescendant');
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing || event.keyCode === COMPOSING) return;
    const { length } = this.#shown;
    if (event.key === 'ArrowDown' && length) this.#mark((this.#at + 1) % length);
    else if (event.key === 'ArrowUp' && length) this.#mark((this.#at + length - 1) % length);
    else if (event.key === 'Enter' && !event.repeat) this.#choose(this.#at);
    else if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey))
      this.#box?.close();
    else return;
    event.preventDefault();
  }

  /** @param {number} at */
  #choose(at) {
    const command = this.#shown[at];
    if (!command) return;
    // The focus goes back first: a menu that the command opens remembers it.
    this.#box?.close();
    command.run();
  }
}

/** @param {Command} command @param {number} at */
const optionOf = ({ label, hint, mark }, at) =>
  el(
    'div',
    { role: 'option', id: `palette-${at}`, class: 'palette-option', 'aria-selected': 'false' },
    mark,
    el('span', { class: 'item-text', dir: 'auto' }, label),
    hint && el('span', { class: 'item-hint', dir: 'auto' }, hint),
  );
