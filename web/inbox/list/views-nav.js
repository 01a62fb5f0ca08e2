// @ts-check
/**
 * The views, each with its number of conversations: the queues, the labels, the other admins. Next
 * to the list, or in a menu at its title where there is no room.
 *
 * Events: `choose` {key}, `change`.
 */

import { el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { LABEL, QUEUES, STAFF } from '../channels/views.js';
import { hiddenText } from '../parts/feedback.js';
import { counted, number } from '../parts/format.js';
import { icon } from '../parts/icons.js';
import { patch } from '../parts/patch.js';
import { avatar, displayName } from '../parts/people.js';
import { texts } from '../texts.js';

/** @type {Record<string, import('../parts/icons.js').IconName>} */
const ICONS = {
  mine: 'person',
  waiting: 'clock',
  unassigned: 'inbox',
  snoozed: 'moon',
  closed: 'check',
  all: 'chat',
};
const MAX_SHOWN = 9_999;

/**
 * @typedef {object} Entry
 * @property {string} key
 * @property {string} name
 * @property {number} count
 * @property {() => Node} mark
 * @property {string} [heading] Begins a group.
 */

export class ViewsNav extends EventTarget {
  #channels;
  #presence;
  #labels;
  #shown = '';
  element = el('nav', { class: 'views', 'aria-label': texts.views });

  /**
   * @param {import('../channels/channels.js').Channels} channels
   * @param {import('../presence.js').Presence} presence
   * @param {import('../labels.js').Labels} labels
   */
  constructor(channels, presence, labels) {
    super();
    this.#channels = channels;
    this.#presence = presence;
    this.#labels = labels;
    for (const source of [channels, presence, labels])
      source.addEventListener('change', () => this.#show());
    this.element.addEventListener('click', ({ target }) => {
      const key = /** @type {HTMLElement} */ (target).closest('button')?.dataset.view;
      if (key) emit(this, 'choose', { key });
    });
    this.#show();
  }

  /** @param {string} key @returns {string} What the view is called. */
  nameOf(key) {
    if (key.startsWith(LABEL)) return this.#labels.get(key.slice(LABEL.length)).name;
    if (key.startsWith(STAFF)) return displayName(this.#presence.admin(key.slice(STAFF.length)));
    return texts.queues[/** @type {keyof typeof texts.queues} */ (key)];
  }

  /** @returns {Entry[]} */
  get entries() {
    const { queues, view } = this.#channels;
    const others = new Set(queues.keys);
    if (view.key.includes(':')) others.add(view.key);
    const labels = [
      ...new Set([
        ...this.#labels.all.map(({ slug }) => LABEL + slug),
        ...[...others].filter((key) => key.startsWith(LABEL)),
      ]),
    ].filter((key) => others.has(key));
    const staff = [...others].filter(
      (key) => key.startsWith(STAFF) && key !== STAFF + this.#presence.me,
    );
    const entry = (/** @type {string} */ key, /** @type {() => Node} */ mark) => ({
      key,
      name: this.nameOf(key),
      count: key === 'all' || key === 'closed' ? 0 : queues.of(key),
      mark,
    });
    const groups = [
      { heading: '', all: QUEUES.map(({ key }) => entry(key, () => icon(ICONS[key]))) },
      { heading: texts.labels, all: labels.map((key) => entry(key, () => this.#dot(key))) },
      {
        heading: texts.team,
        all: staff
          .map((key) => entry(key, () => avatar(this.#presence.admin(key.slice(STAFF.length)))))
          .sort((a, b) => a.name.localeCompare(b.name)),
      },
    ];
    return groups.flatMap(({ heading, all }) =>
      all.map((one, index) => ({ ...one, heading: index ? '' : heading })),
    );
  }

  /** @param {string} key Of a label's view. */
  #dot(key) {
    const dot = el('i', { class: 'label-dot' });
    dot.style.backgroundColor = this.#labels.get(key.slice(LABEL.length)).color;
    return dot;
  }

  #show() {
    const { entries } = this;
    const { key } = this.#channels.view;
    const content = JSON.stringify([key, entries, entries.map((one) => this.#color(one.key))]);
    if (content === this.#shown) return;
    this.#shown = content;
    patch(
      this.element,
      ...entries.flatMap((one) => [
        one.heading && el('h2', { class: 'heading' }, one.heading),
        el(
          'button',
          {
            type: 'button',
            class: `view view-${one.key}`,
            'data-view': one.key,
            title: one.name,
            'aria-current': one.key === key && 'page',
          },
          one.mark(),
          el('span', { class: 'view-name', dir: 'auto' }, one.name),
          one.count > 0 && el('span', { class: 'view-count' }, this.#number(one.count)),
          one.count > 0 && hiddenText(` ${counted(texts.conversationCount, one.count)}`),
        ),
      ]),
    );
    emit(this, 'change');
  }

  /** @param {string} key */
  #color(key) {
    return key.startsWith(LABEL) ? this.#labels.get(key.slice(LABEL.length)).color : '';
  }

  /** @param {number} count */
  #number(count) {
    const shown = el('span', { 'aria-hidden': 'true' });
    shown.textContent = count > MAX_SHOWN ? `${number(MAX_SHOWN)}+` : number(count);
    return shown;
  }
}
