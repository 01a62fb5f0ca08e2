// @ts-check
/**
 * Above the conversation: who the customer is, which other admins look at it, who has it, and what
 * can be done with it.
 *
 * Events: `back`, `finish` (close or reopen), `details`, and for menus `assign`, `snooze`, `more`
 * {anchor}.
 */

import { el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { hiddenText } from '../parts/feedback.js';
import { counted, filled } from '../parts/format.js';
import { icon, iconButton } from '../parts/icons.js';
import { patch } from '../parts/patch.js';
import { avatar, displayName, hasUnverifiedName, hereTag } from '../parts/people.js';
import { texts } from '../texts.js';

const MAX_AVATARS = 3;

/** @typedef {import('../parts/people.js').Person} Person */

export class ThreadHeader extends EventTarget {
  #shown = '';
  element = el('header', { class: 'thread-head' });

  /**
   * @param {object} head
   * @param {Person} head.customer
   * @param {string} head.recipient With whom the conversation is, if that has to be said.
   * @param {boolean} head.isHere Whether the customer is proven here.
   * @param {Person[]} head.lookers
   * @param {string} head.assignee Empty if nobody has it.
   * @param {string} head.snoozed Until when; empty if it is not snoozed.
   * @param {boolean} head.isClosed
   * @param {boolean} head.isEmpty Without messages it can be neither closed nor snoozed.
   * @param {boolean} head.hasDetails Whether the details are open.
   */
  show(head) {
    const content = JSON.stringify(head);
    if (this.#shown === content) return;
    this.#shown = content;
    const { customer, lookers, assignee, isClosed, isEmpty, hasDetails } = head;
    patch(
      this.element,
      iconButton(texts.back, 'back', () => emit(this, 'back'), {
        class: 'back icon-button',
      }),
      avatar(customer),
      whoOf(head),
      ...(lookers.length ? [lookersOf(lookers)] : []),
      this.#menuButton(
        'assign',
        assignee ? filled(texts.assignedTo, { name: assignee }) : texts.assign,
        'A',
        [
          icon('person'),
          el('span', { class: 'button-text', dir: 'auto' }, assignee || texts.assign),
        ],
      ),
      this.#menuButton(
        'snooze',
        texts.snooze,
        'S',
        [icon('moon'), el('span', { class: 'button-text' }, texts.snooze)],
        isEmpty,
      ),
      this.#menuButton('more', texts.more, '', [icon('more')]),
      el(
        'button',
        {
          type: 'button',
          class: 'finish primary',
          title: filled(texts.withKey, {
            what: isClosed ? texts.reopen : texts.close,
            key: 'E',
          }),
          disabled: isEmpty,
          onclick: () => emit(this, 'finish'),
        },
        icon(isClosed ? 'reopen' : 'check'),
        el('span', { class: 'button-text' }, isClosed ? texts.reopen : texts.close),
        el('kbd', { 'aria-hidden': 'true' }, 'E'),
      ),
      iconButton(texts.details, 'panel', () => emit(this, 'details'), {
        class: 'details-button icon-button',
        title: filled(texts.withKey, { what: texts.details, key: 'D' }),
        'aria-expanded': String(hasDetails),
      }),
    );
  }

  /** @param {string} name Of a button. */
  anchor(name) {
    return this.element.querySelector(`.${name}`) ?? this.element;
  }

  /**
   * @param {string} name
   * @param {string} label
   * @param {string} key
   * @param {Node[]} children
   * @param {boolean} [disabled]
   */
  #menuButton(name, label, key, children, disabled = false) {
    return el(
      'button',
      {
        type: 'button',
        class: name,
        'aria-haspopup': 'menu',
        // One with words is named by them.
        'aria-label': !key && label,
        title: key ? filled(texts.withKey, { what: label, key }) : label,
        disabled,
        onclick: () => emit(this, name, { anchor: this.anchor(name) }),
      },
      ...children,
      key && el('kbd', { 'aria-hidden': 'true' }, key),
    );
  }
}

/** @param {Parameters<ThreadHeader['show']>[0]} head */
function whoOf({ customer, recipient, isHere, snoozed }) {
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
      snoozed && el('span', { class: 'tag' }, filled(texts.snoozedUntil, { time: snoozed })),
    ),
    el(
      'div',
      { class: 'who-line' },
      isHere && hereTag(),
      el('div', { class: 'who-sub', dir: 'auto', title: subtitle }, subtitle),
    ),
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
    hiddenText(text),
  );
}
