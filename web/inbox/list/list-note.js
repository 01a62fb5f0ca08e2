// @ts-check
/** Says why the list is empty: an error, a search without results, or no conversations yet. */

import { el } from '../../ui/dom.js';
import { errorText } from '../parts/feedback.js';
import { icon } from '../parts/icons.js';
import { patch } from '../parts/patch.js';
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

const emptyView = () => [icon('check'), el('p', {}, texts.emptyView)];
const allAnswered = () => [icon('check'), el('p', {}, texts.allAnswered)];

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
    else patch(this.element, ...(term && !isSearching ? notFound() : emptyOf(rows.view.key)));
  }

  /** @param {import('../channels/channel-rows.js').ChannelRows} rows */
  #showError(rows) {
    patch(
      this.element,
      el('p', {}, errorText(rows.error)),
      el('button', { type: 'button', onclick: () => this.#retry() }, texts.tryAgain),
    );
  }

  #retry() {
    const rows = this.#channels.shown;
    rows.error = undefined;
    this.#channels.more(Math.max(1, rows.hashes.length + 1));
  }
}

/** @param {string} key Of the view. */
const emptyOf = (key) =>
  key === 'all' ? noConversations() : key === 'waiting' ? allAnswered() : emptyView();
