// @ts-check
/**
 * A person's conversations, where the shop has several people to write to. Loaded when somebody
 * wants to see them.
 */

import { el } from '../ui/dom.js';

const LIST_CSS = `
.list { position: absolute; inset: 0; z-index: 2; padding: 8px; overflow-y: auto; background: var(--surface); }
.panel .channel { display: grid; gap: 2px; inline-size: 100%; min-block-size: 64px; padding: 10px 12px; align-content: center; text-align: start; }
.channel span { font-weight: 600; overflow-wrap: anywhere; }
.preview { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
`;
/** @type {WeakSet<Node>} Tags that have the style. */
const styled = new WeakSet();

/**
 * Shows the list over the conversation.
 * @param {import('./launcher.js').LiveChat} host @param {import('./texts.js').Texts} texts @param {any[]} channels @param {(channel: any) => string} nameOf @param {HTMLElement} panel
 * @returns {Promise<string | undefined>} Ends with a `close` event on the list, too. The hash of the one that is chosen; nothing when the list is closed.
 */
export function createList(host, texts, channels, nameOf, panel) {
  return new Promise((resolve) => {
    /** @param {string} [hash] */
    const close = (hash) => {
      list.remove();
      for (const other of panel.children) /** @type {HTMLElement} */ (other).inert = false;
      resolve(hash);
    };
    const items = channels.map((channel) =>
      el(
        'button',
        { part: 'channel', onclick: () => close(channel.channel_hash) },
        el(
          'span',
          { dir: 'auto' },
          nameOf(channel),
          channel.unread_count ? ` (${channel.unread_count})` : '',
        ),
        el('p', { part: 'preview', dir: 'auto' }, channel.last_message?.body ?? ''),
      ),
    );
    /** @param {KeyboardEvent} event */
    const leave = (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      close();
    };
    const list = el(
      'div',
      {
        part: 'list',
        role: 'group',
        'aria-label': texts.all,
        onkeydown: leave,
        onclose: () => close(),
      },
      ...items,
    );
    if (!styled.has(host)) host.adopt(LIST_CSS);
    styled.add(host);
    for (const other of panel.children) /** @type {HTMLElement} */ (other).inert = true;
    panel.append(list);
    items[0]?.focus();
  });
}
