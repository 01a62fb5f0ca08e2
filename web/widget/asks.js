// @ts-check
/**
 * What the widget asks for beside messages: a guest's address, a rating after the close, and the
 * way to a transcript.
 */

import { resume } from '../client/actions.js';
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
/** Unsent messages have so long to leave before another guest takes over. */
const UNSENT_MS = 10_000;
const LOOK_MS = 250;
/** The next attempt after a passing failure. */
const AGAIN_MS = 5_000;

/** @typedef {import('../client/chat.js').View} View */

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
  /** The case that `#score` is about. */
  #of = '';
  #menu = el('div', {
    part: 'menu',
    role: 'menu',
    hidden: true,
    onclick: (/** @type {any} */ { target }) => this.#chosen(target.closest('button')?.name),
    onkeydown: (/** @type {KeyboardEvent} */ event) => this.#menuKey(event),
    onfocusout: (/** @type {FocusEvent} */ { relatedTarget }) =>
      this.#menu.contains(/** @type {any} */ (relatedTarget)) ||
      relatedTarget === this.#button ||
      this.#open(false),
  });
  /** Opens the menu. @type {HTMLElement | undefined} */
  #button;

  /** @param {import('./panel.js').Panel} panel */
  constructor(panel) {
    this.#panel = panel;
    panel.host.adopt(ASKS_CSS);
    panel.log.element.append(this.#menu);
  }

  /**
   * The cards below the messages.
   * @param {View | undefined} view @param {boolean} isWanted Whether to ask for an address.
   * @param {boolean} isRated Whether to ask for a rating.
   * @returns {any[]}
   */
  rowsOf(view, isWanted, isRated) {
    const { session, texts } = this.#panel;
    const { channel } = session;
    const { lang } = texts;
    const rows = [];
    const isClosed = channel.status === 'closed';
    const { rating } = channel;
    const own = rating?.case === channel.case ? rating : undefined;
    if (this.#of !== session.hash + channel.case) {
      this.#of = session.hash + channel.case;
      this.#score = 0;
      if (this.#edited === 'rating') this.#edited = '';
    }
    if (view && isClosed && (own || isRated)) {
      const isLate = own && Date.parse(own.created_at) + RATING_MS < Date.now();
      const isAsking = !own || (this.#edited === 'rating' && !isLate);
      rows.push({
        key: `rating ${session.hash} ${channel.case}`,
        part: 'card rating',
        card: 'rating',
        state: isAsking ? 'ask' : isLate ? 'late' : 'done',
        score: (isAsking && this.#score) || own?.score || 0,
        comment: own?.comment ?? '',
        wrong: this.#wrong.rating,
        lang,
      });
    }
    const stored = answerOf(channel);
    // The card stays although somebody comes meanwhile.
    if (isWanted) this.#wanted = session.hash;
    const isAsking = this.#edited === 'mail' || (this.#wanted === session.hash && !stored);
    if (view && !session.isCustomer && (isAsking || (stored && stored !== SKIPPED)))
      rows.push({
        key: `mail ${session.hash}`,
        part: 'card mail',
        card: 'mail',
        state: isAsking ? 'ask' : 'done',
        email: stored === SKIPPED ? '' : stored,
        wrong: this.#wrong.mail,
        lang,
      });
    return rows;
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
      if (button?.name === 'change') this.#edit(card);
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

  /** Shows or hides the menu below its button. @param {HTMLElement} button */
  toggleMenu(button) {
    this.#button = button;
    this.#open(this.#menu.hidden);
  }

  /**
   * Becomes the guest of a mail's link, and shows the conversation. Tries again while only the
   * connection is missing.
   * @param {string} token
   */
  async resume(token) {
    const panel = this.#panel;
    const { host } = panel;
    try {
      const { guest_id, id } = await patiently(
        () => panel.session.chat.request('POST', 'guest/resume', { token }),
        () => panel.say('offline'),
        host.signal,
      );
      panel.say('');
      await panel.session.find().catch(() => {});
      // The same guest goes on, with the own secret and all that is unsent.
      if (panel.session.channels[0]?.customer?.id !== id) {
        await this.#sendOff();
        host.guestId(guest_id);
        // A removed element begins no session.
        host.signal.throwIfAborted();
        panel.left(false);
      }
      this.#learn(id);
    } catch (error) {
      const { status = 0 } = /** @type {any} */ (error);
      if (!host.signal.aborted) panel.say(status === 401 ? 'linkTaken' : 'linkOver');
    }
  }

  /** @param {any} row */
  #mailParts({ state, email, wrong }) {
    const { texts } = this.#panel;
    if (state === 'done')
      return [
        el('span', { dir: 'auto' }, texts.mailTo.replace('{email}', email)),
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
            { class: one <= score ? 'on' : '', title: says(one) },
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
    const { channel, hash } = session;
    const given = new FormData(form);
    await this.#try('rating', 'failed', async () => {
      const path = `channels/${encodeURIComponent(hash)}/rating`;
      const { rating } = await session.chat.request('PUT', path, {
        score: Number(given.get('score')),
        comment: String(given.get('comment') ?? '').trim() || undefined,
      });
      channel.rating = rating;
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
  #edit(card) {
    this.#edited = card;
    this.#panel.draw();
    const form = this.#panel.log.log.querySelector(`.${card}`);
    const field = form?.querySelector('input:checked') ?? form?.querySelector('input');
    /** @type {HTMLElement | null | undefined} */ (field)?.focus();
  }

  /** Lets what is unsent leave. What cannot leave goes back into the input. */
  async #sendOff() {
    const { composer, session } = this.#panel;
    const { outbox } = session.chat;
    resume(outbox);
    const isWaiting = () => [...outbox.items.values()].some(({ failed }) => !failed);
    for (const end = Date.now() + UNSENT_MS; isWaiting() && Date.now() < end;)
      await new Promise((go) => setTimeout(go, LOOK_MS));
    const left = [...outbox.items.values()].filter(({ body, work }) => body && !work?.files);
    for (const { id } of left) outbox.drop(id);
    const texts = [composer.value, ...left.map(({ body }) => body)];
    composer.write(texts.filter(Boolean).join('\n'));
  }

  /** Learns the address of a guest who came by a mail. @param {string} guest */
  async #learn(guest) {
    if (keep('localStorage', addressKey(guest))) return;
    const { session } = this.#panel;
    await session.find().catch(() => {});
    // Nothing is changed: the response has the present state.
    const { profile } = await session.chat.request('PUT', 'profile', {});
    if (profile.id === guest && profile.email) {
      keep('localStorage', addressKey(guest), profile.email);
      this.#panel.draw();
    }
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    const { texts } = this.#panel;
    this.#menu.hidden = !isOpen;
    this.#button?.setAttribute('aria-expanded', String(isOpen));
    if (!isOpen) return;
    const { session } = this.#panel;
    const address = answerOf(session.channel);
    const item = (/** @type {string} */ name, /** @type {string} */ text) =>
      el('button', { role: 'menuitem', name }, text);
    patch(this.#menu, [
      (session.isCustomer || (address && address !== SKIPPED)) &&
        item('transcript', texts.transcript),
      !session.isCustomer && item('address', texts.address),
    ]);
    this.#menu.querySelector('button')?.focus();
  }

  /** @param {string} [name] */
  async #chosen(name) {
    if (!name) return;
    this.#open(false);
    this.#button?.focus();
    const panel = this.#panel;
    if (name === 'address') {
      this.#edit('mail');
      return panel.log.toEnd();
    }
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
  #menuKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step && event.key !== 'Escape' && event.key !== 'Tab') return;
    event.preventDefault();
    event.stopPropagation();
    if (step) {
      const items = [...this.#menu.querySelectorAll('button')];
      const index = items.findIndex((one) => one.matches(':focus'));
      return items.at((index + step) % items.length)?.focus();
    }
    this.#open(false);
    this.#button?.focus();
  }
}

/** @param {boolean} isOn */
function star(isOn) {
  const drawn = icon(STAR);
  drawn.setAttribute('class', isOn ? 'star on' : 'star');
  return drawn;
}

/**
 * @template T @param {() => Promise<T>} request
 * @param {() => void} failed Called after each passing failure.
 * @param {AbortSignal} signal Ends the attempts.
 * @returns {Promise<T>}
 */
async function patiently(request, failed, signal) {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      failed();
      await new Promise((resume) => setTimeout(resume, AGAIN_MS));
      signal.throwIfAborted();
    }
  }
}
