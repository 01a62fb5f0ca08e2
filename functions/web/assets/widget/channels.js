// @ts-check
/** A person's conversations, where the shop has several people to write to. Loaded when somebody wants to see them. */

import { el } from '../ui/dom.js';

/**
 * Shows the list over the conversation.
 * @param {import('./texts.js').Texts} texts @param {any[]} channels @param {(channel: any) => string} nameOf @param {HTMLElement} panel
 * @returns {Promise<string | undefined>} The hash of the one that is chosen; nothing when the list is closed.
 */
export function createList(texts, channels, nameOf, panel) {
  return new Promise((resolve) => {
    /** @param {string} [hash] */
    const close = (hash) => {
      list.remove();
      resolve(hash);
    };
    const items = channels.map((channel) =>
      el(
        'button',
        { part: 'channel', onclick: () => close(channel.channel_hash) },
        el('span', { dir: 'auto' }, nameOf(channel), channel.unread_count ? ` (${channel.unread_count})` : ''),
        el('p', { part: 'preview', dir: 'auto' }, channel.last_message?.body ?? ''),
      ),
    );
    /** @param {KeyboardEvent} event */
    const leave = (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      close();
    };
    const list = el('div', { part: 'list', role: 'group', 'aria-label': texts.all, onkeydown: leave }, ...items);
    panel.append(list);
    items[0]?.focus();
  });
}
