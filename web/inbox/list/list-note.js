// @ts-check
/** Says why the list is empty: an error, a search without results, or no conversations yet. */

import { el } from '../../ui/dom.js';
import { errorText } from '../parts/feedback.js';
import { icon } from '../parts/icons.js';
import { patch } from '../parts/patch.js';

const notFound = () => [
  icon('search'),
  el('p', {}, 'Nobody found'),
  el('small', {}, 'Search goes by name, email, or the start of an id.'),
];
const noConversations = () => [
  icon('chat'),
  el('p', {}, 'No conversations yet'),
  el('small', {}, 'They appear here as soon as a customer writes.'),
];

export class ListNote {
  #channels;
  element = el('div', { class: 'empty' });

  /** @param {import('../channels/channels.js').Channels} channels */
  constructor(channels) {
    this.#channels = channels;
  }

  /** @param {import('../channels/channel-rows.js').ChannelRows} rows @param {boolean} isEmpty */
  show(rows, isEmpty) {
    const { term, isSearching } = this.#channels;
    this.element.hidden = !isEmpty && !rows.error;
    if (this.element.hidden) patch(this.element);
    else if (rows.error) this.#showError(rows);
    else patch(this.element, ...(term && !isSearching ? notFound() : noConversations()));
  }

  /** @param {import('../channels/channel-rows.js').ChannelRows} rows */
  #showError(rows) {
    patch(
      this.element,
      el('p', {}, errorText(rows.error)),
      el('button', { type: 'button', onclick: () => this.#retry() }, 'Try again'),
    );
  }

  #retry() {
    const rows = this.#channels.shown;
    rows.error = undefined;
    this.#channels.more(Math.max(1, rows.hashes.length + 1));
  }
}
