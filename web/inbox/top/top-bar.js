// @ts-check
/**
 * Above all columns: the shop's name, the search with the way to all commands, how fast the shop
 * answers, and the reader's own face with the settings.
 *
 * Events: `palette`.
 */

import { el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { withControl } from '../keyboard.js';
import { filled } from '../parts/format.js';
import { patch } from '../parts/patch.js';
import { avatar, displayName } from '../parts/people.js';
import { texts } from '../texts.js';
import { ReplyTime } from './reply-time.js';

const SETTINGS_GAP_PX = 8;

export class TopBar extends EventTarget {
  #presence;
  #settings;
  #me = el('div', { class: 'settings-me' });
  #button;
  replyTime;
  element;

  /**
   * @param {object} parts
   * @param {string} parts.shop Its name.
   * @param {import('../presence.js').Presence} parts.presence
   * @param {import('../list/search-box.js').SearchBox} parts.search
   * @param {HTMLElement} parts.settings The panel that the face opens.
   * @param {(url: string) => Promise<Response>} parts.fetch
   */
  constructor({ shop, presence, search, settings, fetch }) {
    super();
    this.#presence = presence;
    this.#settings = settings;
    this.replyTime = new ReplyTime(fetch);
    this.#button = el('button', {
      type: 'button',
      class: 'face-button icon-button',
      'aria-label': texts.settings,
      title: texts.settings,
      popovertarget: settings.id,
    });
    settings.prepend(this.#me);
    settings.addEventListener('toggle', () => this.#place());
    const key = withControl('K');
    search.element.append(
      el(
        'button',
        {
          type: 'button',
          class: 'commands',
          'aria-label': filled(texts.withKey, { what: texts.commands, key }),
          onclick: () => emit(this, 'palette'),
        },
        // A name has to contain the text of its button, so the style sheet draws the key.
        el('kbd', { 'data-key': key }),
      ),
    );
    this.element = el(
      'header',
      { class: 'top' },
      el('span', { class: 'shop', dir: 'auto' }, shop),
      search.element,
      el('div', { class: 'top-end' }, this.replyTime.element, this.#button, settings),
    );
    presence.addEventListener('change', () => this.#showMe());
    this.#showMe();
  }

  openSettings() {
    this.#settings.showPopover();
  }

  #showMe() {
    const me = this.#presence.admin(this.#presence.me);
    patch(this.#button, faceOfButton(me));
    patch(this.#me, avatar(me), el('b', { dir: 'auto' }, displayName(me)));
  }

  /** Below the button, as far as the page is wide enough. */
  #place() {
    if (!this.#settings.matches(':popover-open')) return;
    const { left, right, bottom } = this.#button.getBoundingClientRect();
    const start = texts.dir === 'rtl' ? innerWidth - right : left;
    const room = innerWidth - this.#settings.offsetWidth - SETTINGS_GAP_PX;
    const { style } = this.#settings;
    style.insetInlineStart = `${Math.max(SETTINGS_GAP_PX, Math.min(start, room))}px`;
    style.insetBlockStart = `${bottom + SETTINGS_GAP_PX}px`;
  }
}

/**
 * The initials are drawn by the style sheet, too.
 * @param {import('../parts/people.js').Person} person
 */
function faceOfButton(person) {
  const face = avatar(person);
  face.dataset.initials = face.textContent ?? '';
  if (!face.querySelector('img')) face.textContent = '';
  return face;
}
