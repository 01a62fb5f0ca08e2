// @ts-check
/**
 * What the shop says first: whether it is open, who answers, its greeting and quick questions. The
 * panel asks for it once per opening.
 */

import { el } from '../ui/dom.js';
import { patch } from '../ui/patch.js';
import { face } from './face.js';
import { inLanguage, openingText } from './opening.js';

/** The most faces in the head. */
const FACES = 3;

/**
 * @typedef {object} Availability
 * @property {boolean} open
 * @property {string | null} next_open_at
 * @property {boolean} online Whether staff is here.
 * @property {{ median_seconds: number } | null} reply_time
 * @property {Record<string, string>} greeting By language.
 * @property {Record<string, string[]>} quick_replies By language.
 * @property {'never' | 'away' | 'always'} ask_email
 * @property {{ first_name: string | null, avatar_url: string | null }[]} staff
 * @property {boolean} [rating] Whether to ask for ratings.
 */

export class Welcome {
  #panel;
  /** @type {Availability | undefined} */
  availability;
  /** Whether it is known who answers, or cannot be found out. Faces that change would jump. */
  isSettled = false;
  /** The quick question that is being sent: the others are gone. */
  #isAsked = false;
  #mark = el('div', { part: 'faces' });

  /** @param {import('./panel.js').Panel} panel */
  constructor(panel) {
    this.#panel = panel;
    // At the end, where it moves nothing.
    panel.header.lastElementChild?.before(this.#mark);
  }

  /** Whether the shop is open, and staff is here. */
  get isHere() {
    return Boolean(this.availability?.online && isOpen(this.availability));
  }

  /** @returns {string | undefined} The shop's, in the reader's language. */
  get greeting() {
    return inLanguage(this.availability?.greeting, this.#panel.host.language());
  }

  draw() {
    const { availability } = this;
    const { header, host, locale, session, subtitle, texts } = this.#panel;
    const { admin } = session.channel;
    const shop = { first_name: host.element.getAttribute('heading'), avatar_url: null };
    const staff = admin ? [admin] : (availability?.staff.slice(0, FACES) ?? []);
    const nobody = this.isSettled ? [shop] : [];
    const names = staff.map(({ first_name }) => first_name).filter(Boolean);
    patch(
      this.#mark,
      (staff.length ? staff : nobody).map((one) =>
        face(one.first_name ?? shop.first_name, one.avatar_url),
      ),
    );
    this.#mark.role = names.length ? 'img' : 'presentation';
    this.#mark.ariaLabel = names.join(', ');
    header.classList.toggle('shut', Boolean(availability && !isOpen(availability)));
    subtitle.textContent = availability ? openingText(availability, texts, locale) : '';
  }

  /**
   * The row of the quick questions, until something was asked.
   * @param {import('./rows.js').Shown} shown @returns {any[]}
   */
  rowsOf({ view, isLoading }) {
    const { availability } = this;
    const questions = inLanguage(availability?.quick_replies, this.#panel.host.language());
    const isStarted = view && (view.messages.length || view.pending.length || view.hasOlder);
    this.#isAsked &&= !isStarted;
    if (isLoading || isStarted || this.#isAsked || !questions?.length) return [];
    return [{ key: 'questions', part: 'questions', questions }];
  }

  /** @param {HTMLElement} node @param {any} row */
  show(node, { questions }) {
    node.ariaLabel = this.#panel.texts.questions;
    patch(
      node,
      questions.map((/** @type {string} */ text) => el('button', { part: 'question' }, text)),
    );
    node.onclick = ({ target }) => {
      const { textContent, localName } = /** @type {HTMLElement} */ (target);
      if (localName === 'button') this.#ask(textContent ?? '');
    };
  }

  /** Sends a question. A draft stays in the input. @param {string} text */
  async #ask(text) {
    const { composer, log, session } = this.#panel;
    if (!composer.value.trim()) {
      // The same as if somebody had typed it: it stays there while it cannot be sent.
      composer.write(text);
      composer.element.requestSubmit();
      return;
    }
    this.#isAsked = true;
    this.#panel.draw();
    await session.send(text).then(
      () => log.toEnd(),
      () => (this.#isAsked = false),
    );
    this.#panel.draw();
  }
}

/** @param {Availability} availability Of some time ago: the shop may have opened since. */
export const isOpen = ({ open, next_open_at }) =>
  open || Boolean(next_open_at && Date.parse(next_open_at) <= Date.now());
