// @ts-check
/**
 * Files in the inbox: the button and the tray of the composer, what is dropped on the conversation,
 * and what messages have of them.
 */

import { el } from '../../ui/dom.js';
import { deliver, forgetFiles } from '../../ui/files/deliver.js';
import { FILES_CSS } from '../../ui/files/files.css.js';
import { openLightbox } from '../../ui/files/lightbox.js';
import { sendFiles } from '../../ui/files/outbox.js';
import { ACCEPT } from '../../ui/files/picked.js';
import { progressOf } from '../../ui/files/progress.js';
import { fileFailure, fileTexts } from '../../ui/files/texts.js';
import { Tray } from '../../ui/files/tray.js';
import { attachmentsOf, renewal, unsentFilesOf } from '../../ui/files/view.js';
import { iconButton } from '../parts/icons.js';
import { locale, texts } from '../texts.js';

/** @typedef {import('../../client/outbox.js').Unsent} Unsent */

const PLACE = '.thread';

/** @type {import('../../client/chat.js').Chat} */
let chat;
let shownHash = '';
/** @type {((files: File[]) => void) | undefined} Takes files for the reply that is written. */
let take;

/** @param {import('../../client/chat.js').Chat} given Gets to send files. */
export function sendFilesIn(given) {
  chat = given;
  sendFiles(given, async () => ({ deliver, forgetFiles }));
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(FILES_CSS);
  document.adoptedStyleSheets.push(sheet);
}

/** Whether files may be dropped or pasted here. @param {EventTarget | null} target */
export const takesFiles = (target) =>
  take !== undefined && shownHash !== '' && target instanceof Element && !!target.closest(PLACE);

/** @param {File[]} files */
export const takeFiles = (files) => take?.(files);

/** The files of the reply that is written. */
export class ReplyFiles {
  #changed;
  #tray = new Tray(words, () => this.#changed());
  #picker = el('input', {
    type: 'file',
    multiple: true,
    hidden: true,
    accept: ACCEPT,
    onchange: () => {
      this.#tray.add([...(this.#picker.files ?? [])]);
      // The same file may be picked again.
      this.#picker.value = '';
    },
  });
  #attach = iconButton(texts.attach, 'clip', () => this.#picker.click());
  button = el('span', {}, this.#picker, this.#attach);
  element = el('div', {}, this.#tray.element);

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
    this.show(true);
  }

  /** Whether there are files to send. */
  get isReady() {
    return this.#tray.isReady;
  }

  /** @param {string} hash */
  turn(hash) {
    shownHash = hash;
    this.#tray.turn(hash);
  }

  /** @param {boolean} isShown Not while a note is written. */
  show(isShown) {
    this.button.hidden = this.element.hidden = !isShown;
    take = isShown ? (files) => void this.#tray.add(files) : undefined;
  }

  /** Adds the files to what a message carries. @param {object} work */
  addTo(work) {
    return this.isReady ? { ...work, files: this.#tray.take() } : work;
  }
}

/** @param {import('../../client/thread.js').Message} message */
export const filesOf = ({ attachments = [] }) =>
  attachments.length > 0 &&
  attachmentsOf(
    attachments,
    words(),
    (one) => openLightbox(document.body, one, words()),
    renewal(chat, shownHash),
  );

/** Of a message on its way. @param {Unsent} item @returns {Node[]} */
export function unsentFiles(item) {
  const files = item.work?.files;
  if (!files) return [];
  const list = unsentFilesOf(files, locale);
  return item.failed ? [list] : [list, progressOf(chat.outbox, item, words())];
}

/** @param {Unsent} item Refused. @returns {string | undefined} Why, if it was for its files. */
export const filesFailure = ({ failed, work }) =>
  failed && work?.files && fileFailure(failed, work.files, words().texts, locale);

function words() {
  return { texts: fileTexts(locale.slice(0, 2)), locale };
}
