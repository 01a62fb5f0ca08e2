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
import { avatar, displayName, hasUnverifiedName } from '../parts/people.js';
import { texts } from '../texts.js';

const MAX_AVATARS = 3;

/** @typedef {import('../parts/people.js').Person} Person */

export class ThreadHeader extends EventTarget {
  #shown = '';
  element = el('header', { class: 'thread-head' });

  /** @param {Person} customer @param {boolean} isUnread @param {Person[]} lookers */
  show(customer, isUnread, lookers) {
    const content = JSON.stringify([customer, isUnread, lookers]);
    if (this.#shown === content) return;
    this.#shown = content;
    this.element.replaceChildren(
      iconButton(texts.back, 'back', () => emit(this, 'back'), {
        class: 'icon-button back',
      }),
      avatar(customer),
      whoOf(customer),
      ...(lookers.length ? [lookersOf(lookers)] : []),
      isUnread ? this.#markButton() : readButton(),
    );
  }

  #markButton() {
    return el(
      'button',
      {
        type: 'button',
        title: filled(texts.markReadKey, { key: 'E' }),
        onclick: () => emit(this, 'mark-read'),
      },
      icon('check'),
      el('span', {}, texts.markRead),
    );
  }
}

const readButton = () =>
  el('button', { type: 'button', disabled: true }, icon('checks'), el('span', {}, texts.read));

/** @param {Person} customer */
function whoOf(customer) {
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
