// @ts-check
/** Says why the list is empty: an error, a search without results, or no conversations yet. */

import { el } from '../../ui/dom.js';
import { errorText } from '../parts/feedback.js';
import { icon } from '../parts/icons.js';
import { texts } from '../texts.js';

const notFound = () => [
  icon('search'),
  el('p', {}, texts.notFound),
  el('small', {}, texts.notFoundHint),
];
const noConversations = () => [
  icon('chat'),
  el('p', {}, texts.noConversations),
  el('small', {}, texts.noConversationsHint),
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
    if (this.element.hidden) this.element.replaceChildren();
    else if (rows.error) this.#showError(rows);
    else this.element.replaceChildren(...(term && !isSearching ? notFound() : noConversations()));
  }

  /** @param {import('../channels/channel-rows.js').ChannelRows} rows */
  #showError(rows) {
    const retry = () => {
      rows.error = undefined;
      this.#channels.more(Math.max(1, rows.hashes.length + 1));
    };
    this.element.replaceChildren(
      el('p', {}, errorText(rows.error)),
      el('button', { type: 'button', onclick: retry }, texts.tryAgain),
    );
  }
}
