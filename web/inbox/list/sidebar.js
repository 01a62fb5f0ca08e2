// @ts-check
/**
 * The side of the page with the conversations: how many messages are unread, and the list.
 *
 * Events: `new-conversation`.
 */

import { el } from '../../ui/dom.js';
import { emit, listen } from '../../ui/events.js';
import { hiddenText } from '../parts/feedback.js';
import { filled, formOf, number } from '../parts/format.js';
import { icon, iconButton } from '../parts/icons.js';
import { openMenu } from '../parts/menu.js';
import { patch } from '../parts/patch.js';
import { texts } from '../texts.js';

const MAX_COUNT = 999;

export class Sidebar extends EventTarget {
  #channels;
  #views;
  #title = el('button', {
    type: 'button',
    class: 'side-title',
    'aria-haspopup': 'menu',
    onclick: () => this.openViews(),
  });
  #count = el('span', { class: 'count-all', hidden: true });
  element;

  /**
   * @param {import('../channels/channels.js').Channels} channels
   * @param {import('./list.js').ListView} list
   * @param {import('./search-box.js').SearchBox} search Whose result the list shows.
   * @param {import('./views-nav.js').ViewsNav} views
   * @param {import('./bulk-bar.js').BulkBar} bulk
   */
  constructor(channels, list, search, views, bulk) {
    super();
    this.#channels = channels;
    this.#views = views;
    listen(search, 'leave', () => list.focus());
    listen(search, 'enter-list', () => list.moveCursor(0));
    channels.addEventListener('change', () => this.#showCount());
    for (const source of [channels, views])
      source.addEventListener('change', () => this.#showTitle());
    this.#showTitle();
    this.element = el(
      'nav',
      { class: 'side', 'aria-label': texts.title },
      el(
        'header',
        { class: 'side-head' },
        this.#title,
        this.#count,
        list.news,
        iconButton(texts.newConversation, 'plus', () => emit(this, 'new-conversation'), {
          title: filled(texts.newConversationKey, { key: 'C' }),
        }),
      ),
      search.hint,
      list.element,
      bulk.element,
    );
  }

  /** The views as a menu: where there is no room for them next to the list. */
  openViews() {
    openMenu(this.#title, texts.views, () =>
      this.#views.entries.map(({ key, name, count, mark, heading }) => ({
        label: name,
        hint: count ? number(count) : '',
        mark: mark(),
        heading,
        isChecked: key === this.#channels.view.key,
        run: () => emit(this.#views, 'choose', { key }),
      })),
    );
  }

  #showTitle() {
    patch(this.#title, el('span', {}, this.#views.nameOf(this.#channels.view.key)), icon('expand'));
  }

  #showCount() {
    const { unreadTotal } = this.#channels;
    this.#count.hidden = unreadTotal === 0;
    this.#count.dataset.total = String(unreadTotal);
    patch(
      this.#count,
      unreadTotal > MAX_COUNT ? `${MAX_COUNT}+` : String(unreadTotal),
      hiddenText(` ${formOf(texts.unread, unreadTotal)}`),
    );
  }
}
