// @ts-check
/** The menu of the panel: the way to a transcript, and to the address of a guest. */

import { isPassing } from '../client/http.js';
import { el } from '../ui/dom.js';
import { patch } from '../ui/patch.js';
import { SKIPPED, answerOf } from './address.js';
import { icon } from './icon.js';

export class Menu {
  #panel;
  #asks;
  #items = el('div', {
    part: 'menu',
    role: 'menu',
    hidden: true,
    onclick: (/** @type {any} */ { target }) => this.#choose(target.closest('button')?.name),
    onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    onfocusout: (/** @type {FocusEvent} */ { relatedTarget }) =>
      this.#items.contains(/** @type {any} */ (relatedTarget)) ||
      relatedTarget === this.#button ||
      this.#open(false),
  });
  #button = el(
    'button',
    {
      part: 'icon',
      'aria-haspopup': 'menu',
      'aria-expanded': 'false',
      onclick: () => this.#open(this.#items.hidden),
    },
    icon('M12 5v.1M12 12v.1M12 19v.1'),
  );

  /** @param {import('./panel.js').Panel} panel @param {import('./asks.js').Asks} asks */
  constructor(panel, asks) {
    this.#panel = panel;
    this.#asks = asks;
    panel.header.lastElementChild?.before(this.#button);
    panel.log.element.append(this.#items);
  }

  /** @param {import('../client/chat.js').View | undefined} view */
  draw(view) {
    const { session, texts } = this.#panel;
    this.#button.ariaLabel = this.#button.title = texts.more;
    this.#button.hidden =
      !view?.messages.length || !(session.isCustomer || answerOf(session.channel));
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.#items.hidden = !isOpen;
    this.#button.ariaExpanded = String(isOpen);
    if (!isOpen) return;
    const { session, texts } = this.#panel;
    const address = answerOf(session.channel);
    const item = (/** @type {string} */ name, /** @type {string} */ text) =>
      el('button', { role: 'menuitem', name }, text);
    patch(this.#items, [
      (session.isCustomer || (address && address !== SKIPPED)) &&
        item('transcript', texts.transcript),
      !session.isCustomer && item('address', texts.address),
    ]);
    this.#items.querySelector('button')?.focus();
  }

  #close() {
    this.#open(false);
    this.#button.focus();
  }

  /** @param {string} [name] */
  #choose(name) {
    if (!name) return;
    this.#close();
    if (name === 'transcript') this.#mail();
    else {
      this.#asks.edit('mail');
      this.#panel.log.toEnd();
    }
  }

  /** Mails the conversation to the reader. */
  async #mail() {
    const panel = this.#panel;
    const { chat, hash } = panel.session;
    try {
      await chat.request('POST', `channels/${encodeURIComponent(hash)}/transcript`);
      panel.say('mailed');
    } catch (error) {
      const { status } = /** @type {any} */ (error);
      if (status === 400) panel.say('noMail');
      else panel.say(status === 429 ? 'tooOften' : isPassing(error) ? 'offline' : 'failed');
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step && event.key !== 'Escape' && event.key !== 'Tab') return;
    event.preventDefault();
    event.stopPropagation();
    if (!step) return this.#close();
    const items = [...this.#items.querySelectorAll('button')];
    const index = items.findIndex((one) => one.matches(':focus'));
    items.at((index + step) % items.length)?.focus();
  }
}
