// @ts-check
/**
 * Files in the widget: the tray above the input, what messages have of them, and their upload. It
 * is loaded with the first file.
 */

import { COMPOSING } from '../ui/dom.js';
import { deliver, forgetFiles, holdsOthers, uploadOf } from '../ui/files/deliver.js';
import { FILES_CSS } from '../ui/files/files.css.js';
import { openLightbox } from '../ui/files/lightbox.js';
import { progressOf } from '../ui/files/progress.js';
import { fileFailure, fileTexts } from '../ui/files/texts.js';
import { Tray } from '../ui/files/tray.js';
import { attachmentsOf, renewal, unsentFilesOf } from '../ui/files/view.js';
import { isBlank } from '../ui/text.js';

export class Files {
  /** For the outbox. */
  static deliver = deliver;
  static forgetFiles = forgetFiles;
  #panel;
  #session;
  #tray;
  #isSending = false;

  /** @param {import('./panel.js').Panel} panel */
  constructor(panel) {
    this.#panel = panel;
    this.#session = panel.session;
    this.#tray = new Tray(
      () => this.#words,
      () => panel.log.keepEnd(),
    );
    panel.host.adopt(FILES_CSS);
    const { element } = panel.composer;
    element.prepend(this.#tray.element);
    // Before the composer, which sends texts only.
    element.addEventListener('submit', (event) => this.#submit(event), true);
    element.addEventListener('keydown', (event) => this.#key(event), true);
    this.turn();
  }

  /** Shows the files of the conversation that is shown. */
  turn() {
    const { host, session } = this.#panel;
    if (session !== this.#session) this.#left(this.#session, host.guestId());
    this.#session = session;
    this.#tray.turn(session.hash);
  }

  /**
   * Another session has begun. A guest who logs in keeps what is picked: the conversations move
   * along. Bytes of unsent messages that a logout has removed from storage are forgotten.
   * @param {import('./session.js').Session} session That has ended.
   * @param {string | null} guest Who is in this browser now.
   */
  #left({ chat, isCustomer, person }, guest) {
    if (isCustomer || !person || person !== guest) this.#tray.clear();
    const { outbox } = chat;
    for (const { id, work } of [...outbox.items.values()])
      if (work?.files && !outbox.read(id)) outbox.drop(id);
  }

  /** @param {File[]} files */
  async add(files) {
    await this.#tray.add(files);
    this.#panel.composer.focus();
  }

  /** @param {any} row @returns {(Node | string | false | undefined)[]} What its bubble has. */
  partsOf({ message, unsent }) {
    const { host, session } = this.#panel;
    const words = this.#words;
    const { attachments = [] } = message ?? {};
    if (attachments.length) {
      const open = (/** @type {any} */ one) => openLightbox(host.box, one, words);
      return [attachmentsOf(attachments, words, open, renewal(session.chat, session.hash))];
    }
    const files = unsent?.work?.files;
    if (!files) return [];
    return [
      unsentFilesOf(files, words.locale),
      !unsent.failed && progressOf(session.chat.outbox, unsent, words),
    ];
  }

  /** What a row depends on beside its message. @param {any} row @returns {unknown} */
  stateOf({ unsent }) {
    if (!unsent?.work?.files) return '';
    const { outbox } = this.#panel.session.chat;
    const isHolding = holdsOthers(outbox.list(unsent.channel_hash), unsent);
    return { ...uploadOf(unsent), isHolding };
  }

  /** Why a message was refused, if it was for its files. @param {any} unsent */
  failureOf({ failed, work }) {
    const { texts, locale } = this.#words;
    return failed && work?.files && fileFailure(failed, work.files, texts, locale);
  }

  get #words() {
    const { locale, texts } = this.#panel;
    return { texts: fileTexts(texts.lang), locale };
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, shiftKey, keyCode, target } = event;
    if (key !== 'Enter' || shiftKey || keyCode === COMPOSING) return;
    const { localName } = /** @type {HTMLElement} */ (target);
    if (localName === 'input') {
      event.preventDefault();
      this.#panel.composer.focus();
    } else if (localName === 'textarea' && !matchMedia('(pointer: coarse)').matches)
      this.#submit(event);
  }

  /** @param {Event} event */
  #submit(event) {
    const { composer } = this.#panel;
    if (composer.editing || !this.#tray.files.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const send = /** @type {HTMLButtonElement} */ (composer.element.querySelector('.send'));
    if (this.#tray.isReady && !this.#isSending && !send.disabled) this.#post();
  }

  async #post() {
    const { composer, log, session } = this.#panel;
    const text = composer.value;
    this.#isSending = true;
    try {
      await session.enter();
      if (!session.view) await session.show(session.hash);
      if (session === this.#panel.session) {
        this.turn();
        const files = this.#tray.take();
        session.post(isBlank(text) ? '' : text, { files });
        log.toEnd();
        this.#panel.say('');
        if (composer.value.startsWith(text)) composer.write(composer.value.slice(text.length));
      }
    } catch {
      // The panel says why. The files stay where they are.
    }
    this.#isSending = false;
  }
}
