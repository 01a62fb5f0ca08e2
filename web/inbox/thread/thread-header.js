// @ts-check
/**
 * Above the conversation: who the customer is, which other admins look at it, and whether it is
 * read.
 *
 * Events: `back`, `mark-read`.
 */

import { el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { counted, filled } from '../parts/format.js';
import { icon, iconButton } from '../parts/icons.js';
import { patch } from '../parts/patch.js';
import { avatar, displayName, hasUnverifiedName } from '../parts/people.js';
import { texts } from '../texts.js';

const MAX_AVATARS = 3;

/** @typedef {import('../parts/people.js').Person} Person */

export class ThreadHeader extends EventTarget {
  #shown = '';
  element = el('header', { class: 'thread-head' });

  /**
   * @param {Person} customer
   * @param {string} recipient With whom the conversation is, if that has to be said.
   * @param {boolean} isUnread
   * @param {Person[]} lookers
   */
  show(customer, recipient, isUnread, lookers) {
    const content = JSON.stringify([customer, recipient, isUnread, lookers]);
    if (this.#shown === content) return;
    this.#shown = content;
    patch(
      this.element,
      iconButton(texts.back, 'back', () => emit(this, 'back'), {
        class: 'icon-button back',
      }),
      avatar(customer),
      whoOf(customer, recipient),
      ...(lookers.length ? [lookersOf(lookers)] : []),
      this.#readButton(isUnread),
    );
  }

  /** @param {boolean} isUnread */
  #readButton(isUnread) {
    return el(
      'button',
      {
        type: 'button',
        title: isUnread && filled(texts.markReadKey, { key: 'E' }),
        disabled: !isUnread,
        onclick: () => emit(this, 'mark-read'),
      },
      icon(isUnread ? 'check' : 'checks'),
      el('span', {}, isUnread ? texts.markRead : texts.read),
    );
  }
}

/** @param {Person} customer @param {string} recipient */
function whoOf(customer, recipient) {
  const name = displayName(customer);
  const ids = [...new Set([customer.email, customer.id])].filter((text) => text && text !== name);
  const subtitle = ids.join(' · ');
  return el(
    'div',
    { class: 'who' },
    el(
      'div',
      { class: 'who-line' },
      el('h2', { dir: 'auto', title: name }, name),
      customer.role === 'guest' && el('span', { class: 'tag' }, texts.guest),
      hasUnverifiedName(customer) &&
        el('span', { class: 'tag warn', title: texts.unverifiedLong }, texts.unverified),
      recipient && el('span', { class: 'tag' }, recipient),
    ),
    el('div', { class: 'who-sub', dir: 'auto', title: subtitle }, subtitle),
  );
}

/** @param {Person[]} lookers */
function lookersOf(lookers) {
  const names = lookers.map(displayName).join(', ');
  const text = counted(texts.lookingLong, lookers.length, { names });
  return el(
    'span',
    { class: 'lookers', title: text },
    ...lookers.slice(0, MAX_AVATARS).map(avatar),
    el('span', {}, text),
  );
}
