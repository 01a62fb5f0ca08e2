// @ts-check
/**
 * What is known about the person and the conversation, next to the thread. Where there is no room
 * for it, it is a sheet over the thread, and on a phone a screen of its own.
 *
 * Events: `change` when it opens or closes.
 */

import { el } from '../../ui/dom.js';
import { emit, listen } from '../../ui/events.js';
import { iconButton } from '../parts/icons.js';
import { patch } from '../parts/patch.js';
import { avatar, displayName, hasUnverifiedName, hereTag } from '../parts/people.js';
import { readStored, writeStored } from '../parts/storage.js';
import { texts } from '../texts.js';
import { detailsBlocks } from './blocks.js';

/** There is room next to the thread, as in the style sheet. */
const HAS_ROOM = matchMedia('(min-width: 1180px)');
const DETAILS_OFF = 'chat-inbox:details-off';

/** @typedef {import('../parts/people.js').Person} Person */

export class DetailsPane extends EventTarget {
  #parts;
  #blocks;
  #hash = '';
  #isWanted = readStored('localStorage', DETAILS_OFF) !== true;
  #isSheet = false;
  #isScheduled = false;
  /** @type {HTMLElement | null} */
  #focusedBefore = null;
  #content = el('div', { class: 'details-content' });
  element = el(
    'aside',
    { class: 'details', 'aria-label': texts.details, tabindex: '-1', hidden: true },
    iconButton(texts.closeDetails, 'close', () => this.close(), {
      class: 'details-close icon-button',
    }),
    this.#content,
  );

  /** @param {Omit<import('./blocks.js').DetailsParts, 'changed'>} parts */
  constructor(parts) {
    super();
    this.#parts = parts;
    const changed = () => this.#schedule();
    this.#blocks = detailsBlocks({ ...parts, changed });
    const { channels, presence, labels, staffLogs } = parts;
    listen(channels, 'change', ({ hash }) => (!hash || hash === this.#hash) && changed());
    for (const source of [presence, labels]) source.addEventListener('change', changed);
    listen(staffLogs, 'change', ({ channel_hash }) => channel_hash === this.#hash && changed());
    HAS_ROOM.addEventListener('change', () => this.#show());
  }

  get isOpen() {
    return this.#hash !== '' && (HAS_ROOM.matches ? this.#isWanted : this.#isSheet);
  }

  /** Whether it covers the thread. */
  get isSheet() {
    return this.isOpen && !HAS_ROOM.matches;
  }

  /** @param {string} hash Of the open conversation; empty: none. */
  show(hash) {
    this.#hash = hash;
    if (!hash) this.#isSheet = false;
    this.#show();
  }

  toggle() {
    if (!this.#hash) return;
    if (this.isOpen) return this.close();
    this.#set(true);
    this.#focusedBefore = /** @type {HTMLElement | null} */ (document.activeElement);
    if (this.isSheet) this.element.focus();
  }

  close() {
    const hadFocus = this.element.contains(document.activeElement);
    this.#set(false);
    if (hadFocus) this.#focusedBefore?.focus({ preventScroll: true });
  }

  /** @param {boolean} is */
  #set(is) {
    if (HAS_ROOM.matches) {
      this.#isWanted = is;
      writeStored('localStorage', DETAILS_OFF, is ? null : true);
    } else this.#isSheet = is;
    this.#show();
  }

  #show() {
    this.element.hidden = !this.isOpen;
    if (this.isOpen) this.#draw();
    emit(this, 'change');
  }

  #schedule() {
    if (this.#isScheduled || !this.isOpen) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (this.isOpen) this.#draw();
    });
  }

  #draw() {
    const hash = this.#hash;
    const channel = this.#parts.channels.get(hash);
    const customer = this.#parts.channels.customerOf(hash);
    const about = { hash, channel, customer };
    patch(
      this.#content,
      headOf(customer, this.#parts.presence.isMemberHere(hash)),
      ...this.#blocks.map(({ name, title, content }) => {
        const nodes = content(about).filter(Boolean);
        return (
          nodes.length > 0 &&
          el('section', { class: `details-${name} block` }, el('h3', {}, title), ...nodes)
        );
      }),
    );
  }
}

/** @param {Person} customer @param {boolean} isHere */
function headOf(customer, isHere) {
  const name = displayName(customer);
  const tags = [
    customer.role === 'guest' ? texts.guest : texts.customer,
    hasUnverifiedName(customer) && texts.unverified,
  ];
  return el(
    'header',
    { class: 'details-head' },
    avatar(customer),
    el(
      'div',
      { class: 'who' },
      el('h2', { dir: 'auto', title: name }, name),
      el('div', { class: 'who-sub' }, tags.filter(Boolean).join(' · ')),
      isHere && hereTag(),
    ),
  );
}
