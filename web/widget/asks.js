// @ts-check
/** What the widget asks for below the messages: a guest's address, and a rating after the close. */

import { isPassing } from '../client/http.js';
import { el } from '../ui/dom.js';
import { patch } from '../ui/patch.js';
import { SKIPPED, addressKey, answerOf } from './address.js';
import { ASKS_CSS } from './asks.css.js';
import { icon } from './icon.js';
import { keep } from './storage.js';

const STAR = 'M12 3l2.8 5.9 6.2.9-4.5 4.5 1.1 6.5L12 17.7l-5.6 3.1 1.1-6.5L3 9.8l6.2-.9z';
const SCORES = [1, 2, 3, 4, 5];
/** Characters that the server takes. */
const LONGEST_COMMENT = 1_000;
/** An address that mail may reach: the server checks the rest. */
const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/;
/** How long a rating can be changed. */
const RATING_MS = 24 * 3_600_000;

/**
 * @typedef {import('../client/chat.js').View} View
 * @typedef {import('./welcome.js').Welcome} Welcome
 */

export class Asks {
  #panel;
  /** The card that is being filled in again. @type {'' | 'mail' | 'rating'} */
  #edited = '';
  /** @type {Record<string, '' | keyof import('./texts.js').Texts>} What went wrong, by card. */
  #wrong = {};
  /** The hash of the conversation in which the address was asked for. */
  #wanted = '';
  /** The score that was chosen and not sent. */
  #score = 0;
  /** The conversation that is shown, and its case. */
  #hash = '';
  /** @type {number | undefined} */
  #case;

  /** @param {import('./panel.js').Panel} panel */
  constructor(panel) {
    this.#panel = panel;
    panel.host.adopt(ASKS_CSS);
  }

  /**
   * The cards below the messages.
   * @param {View | undefined} view @param {Welcome} welcome
   * @returns {any[]}
   */
  rowsOf(view, welcome) {
    if (!view) return [];
    this.#turn();
    return [this.#ratingRow(welcome), this.#mailRow(view, welcome)].filter(Boolean);
  }

  /** What was begun belongs to the conversation, and a rating to the case. */
  #turn() {
    const { hash, channel } = this.#panel.session;
    const isOther = hash !== this.#hash;
    if (!isOther && channel.case === this.#case) return;
    this.#hash = hash;
    this.#case = channel.case;
    this.#score = 0;
    this.#wrong = {};
    if (isOther || this.#edited === 'rating') this.#edited = '';
  }

  /** @param {Welcome} welcome */
  #ratingRow({ availability }) {
    const { hash, channel } = this.#panel.session;
    const own = channel.rating?.case === channel.case ? channel.rating : undefined;
    if (channel.status !== 'closed' || !(own || availability?.rating !== false)) return undefined;
    const isLate = own && Date.parse(own.created_at) + RATING_MS < Date.now();
    const isAsking = !own || (this.#edited === 'rating' && !isLate);
    return {
      key: `rating ${hash} ${channel.case}`,
      part: 'card rating',
      card: 'rating',
      state: isAsking ? 'ask' : isLate ? 'late' : 'done',
      score: (isAsking && this.#score) || own?.score || 0,
      comment: own?.comment ?? '',
      wrong: this.#wrong.rating,
      lang: this.#panel.texts.lang,
    };
  }

  /** @param {View} view @param {Welcome} welcome */
  #mailRow({ messages }, { availability, isHere }) {
    const { hash, channel, isCustomer } = this.#panel.session;
    if (isCustomer) return undefined;
    const stored = answerOf(channel);
    const isWanted =
      availability?.ask_email === 'always' || (availability?.ask_email === 'away' && !isHere);
    // The card stays although somebody comes meanwhile.
    if (isWanted && messages.some(({ is_own }) => is_own)) this.#wanted = hash;
    const isAsking = this.#edited === 'mail' || (this.#wanted === hash && !stored);
    if (!isAsking && (!stored || stored === SKIPPED)) return undefined;
    return {
      key: `mail ${hash}`,
      part: 'card mail',
      card: 'mail',
      state: isAsking ? 'ask' : 'done',
      email: stored === SKIPPED ? '' : stored,
      wrong: this.#wrong.mail,
      lang: this.#panel.texts.lang,
    };
  }

  /** @param {any} row */
  create({ card, part }) {
    const form = el('form', { part, novalidate: true });
    form.onsubmit = (event) => {
      event.preventDefault();
      if (card === 'mail') this.#saveMail(form);
      else this.#rate(form);
    };
    form.onclick = ({ target }) => {
      const button = /** @type {HTMLElement} */ (target).closest('button');
      if (button?.name === 'skip') this.#skip();
      if (button?.name === 'change') this.edit(card);
    };
    form.oninput = ({ target }) => {
      const { name, value } = /** @type {HTMLInputElement} */ (target);
      if (name !== 'score') return;
      this.#score = Number(value);
      this.#panel.draw();
    };
    return form;
  }

  /** @param {HTMLElement} node @param {any} row */
  show(node, row) {
    node.ariaLabel = this.#panel.texts[row.card === 'mail' ? 'askMail' : 'rate'];
    patch(node, row.card === 'mail' ? this.#mailParts(row) : this.#ratingParts(row));
  }

  /** @param {any} row */
  #mailParts({ state, email, wrong }) {
    const { texts } = this.#panel;
    if (state === 'done')
      return [
        el(
          'span',
          { dir: 'auto' },
          texts.mailTo.replace('{email}', () => email),
        ),
        el('button', { type: 'button', name: 'change' }, texts.change),
      ];
    return [
      el('b', {}, texts.askMail),
      el('input', {
        name: 'email',
        type: 'email',
        autocomplete: 'email',
        dir: 'ltr',
        maxlength: '254',
        placeholder: texts.address,
        'aria-label': texts.address,
        'aria-invalid': String(Boolean(wrong)),
        value: email || null,
      }),
      this.#wrongOf(wrong),
      el(
        'span',
        { part: 'buttons' },
        el('button', { part: 'save' }, texts.save),
        el('button', { type: 'button', name: 'skip' }, email ? texts.cancel : texts.skip),
      ),
    ];
  }

  /** @param {'' | keyof import('./texts.js').Texts | undefined} wrong */
  #wrongOf(wrong) {
    return wrong && el('p', { part: 'wrong', role: 'alert' }, this.#panel.texts[wrong]);
  }

  /** @param {any} row */
  #ratingParts({ state, score, comment, wrong }) {
    const { texts } = this.#panel;
    const says = (/** @type {number} */ count) => texts.stars.replace('{count}', String(count));
    if (state !== 'ask')
      return [
        el('b', {}, texts.thanks),
        el(
          'span',
          { part: 'score', role: 'img', 'aria-label': says(score) },
          ...SCORES.map((one) => star(one <= score)),
        ),
        state === 'done' && el('button', { type: 'button', name: 'change' }, texts.change),
      ];
    return [
      el(
        'fieldset',
        {},
        el('legend', {}, texts.rate),
        ...SCORES.map((one) =>
          el(
            'label',
            { title: says(one) },
            el('input', {
              type: 'radio',
              name: 'score',
              value: String(one),
              'aria-label': says(one),
              checked: one === score,
            }),
            star(one <= score),
          ),
        ),
      ),
      score > 0 &&
        el(
          'textarea',
          {
            name: 'comment',
            rows: '2',
            dir: 'auto',
            maxlength: String(LONGEST_COMMENT),
            placeholder: texts.comment,
            'aria-label': texts.comment,
          },
          comment,
        ),
      this.#wrongOf(wrong),
      score > 0 && el('span', { part: 'buttons' }, el('button', { part: 'save' }, texts.send)),
    ];
  }

  /** @param {HTMLFormElement} form */
  async #saveMail(form) {
    const { session } = this.#panel;
    const { customer } = session.channel;
    const field = /** @type {HTMLInputElement} */ (form.elements.namedItem('email'));
    const email = field.value.trim();
    // In a known address' field, nothing means: not any more.
    const isRemoved = !email && this.#edited === 'mail';
    if (!isRemoved && (!email || !ADDRESS.test(email))) return this.#fail('mail', 'wrongMail');
    await this.#try('mail', 'wrongMail', async () => {
      await session.chat.request('PUT', 'profile', { email: email || null });
      keep('localStorage', addressKey(customer.id), email || SKIPPED);
    });
  }

  #skip() {
    const { customer } = this.#panel.session.channel;
    if (this.#edited !== 'mail') keep('localStorage', addressKey(customer.id), SKIPPED);
    this.#settled('mail');
    this.#panel.composer.focus();
  }

  /** @param {HTMLFormElement} form */
  async #rate(form) {
    const { session } = this.#panel;
    const { hash } = session;
    const given = new FormData(form);
    await this.#try('rating', 'failed', async () => {
      const path = `channels/${encodeURIComponent(hash)}/rating`;
      const { rating } = await session.chat.request('PUT', path, {
        score: Number(given.get('score')),
        comment: String(given.get('comment') ?? '').trim() || undefined,
      });
      // The list may have been read again meanwhile.
      const rated = session.channels.find(({ channel_hash }) => channel_hash === hash);
      if (rated) rated.rating = rating;
    });
  }

  /**
   * @param {'mail' | 'rating'} card
   * @param {keyof import('./texts.js').Texts} refusal What a refusal means.
   * @param {() => Promise<void>} save
   */
  async #try(card, refusal, save) {
    try {
      await save();
      this.#settled(card);
    } catch (error) {
      const { status } = /** @type {any} */ (error);
      this.#fail(card, status === 429 ? 'tooOften' : isPassing(error) ? 'offline' : refusal);
    }
  }

  /** @param {'mail' | 'rating'} card @param {keyof import('./texts.js').Texts} text */
  #fail(card, text) {
    this.#wrong[card] = text;
    this.#panel.draw();
    this.#panel.log.log.querySelector(`.${card} input`)?.scrollIntoView({ block: 'nearest' });
  }

  /** @param {'mail' | 'rating'} card */
  #settled(card) {
    this.#wrong[card] = this.#edited = '';
    this.#panel.draw();
  }

  /** @param {'mail' | 'rating'} card */
  edit(card) {
    this.#edited = card;
    this.#panel.draw();
    const form = this.#panel.log.log.querySelector(`.${card}`);
    const field = form?.querySelector('input:checked') ?? form?.querySelector('input');
    /** @type {HTMLElement | null | undefined} */ (field)?.focus();
  }
}

/** @param {boolean} isOn */
function star(isOn) {
  const drawn = icon(STAR);
  drawn.setAttribute('class', isOn ? 'star on' : 'star');
  return drawn;
}
