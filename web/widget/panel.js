// @ts-check
/** The panel that opens with the first click: the dialog around a session, its log and composer. */

import { isPassing } from '../client/http.js';
import { COMPOSING, el } from '../ui/dom.js';
import { Composer } from './composer.js';
import { icon } from './icon.js';
import { Log } from './log.js';
import { PANEL_CSS } from './panel.css.js';
import { Session } from './session.js';
import { forget, keep } from './storage.js';
import { textsFor } from './texts.js';

const OPEN = 'live-chat:open';
/** Windows that are smaller than this, in pixels, are filled by the panel. */
const NARROW = 640;
const LOW = 480;
/** The shop's greeting has so long to arrive before the widget's own one is shown. */
const GREETING_MS = 2_000;

/** @typedef {import('./texts.js').Texts} Texts */

export class Panel {
  /** All parts share these texts. They change with the page's language. */
  texts;
  session;
  /** Of times and numbers: the page's region, if it has the language of the texts. */
  locale = '';
  /** @type {import('./later.js').Later | undefined} */
  #later;
  /** The newest seq before the first message of staff. @type {number | undefined} */
  seen;
  /** Whether the shop's greeting is known, or does not come. */
  #isGreeted = false;
  log;
  composer;
  #title = el('h2', { part: 'title' });
  subtitle = el('p', { part: 'subtitle' });
  #notice = el('p', { part: 'notice', role: 'status' });
  #close = el(
    'button',
    { part: 'icon', onclick: () => this.host.element.close() },
    icon('M6 6l12 12M18 6L6 18'),
  );
  header = el(
    'header',
    { part: 'header' },
    el('div', { class: 'who' }, this.#title, this.subtitle),
    this.#close,
  );
  /** The text of the notice; empty: what is wrong with the connection. @type {'' | keyof Texts} */
  #said = '';
  #isShown = false;
  /** The conversation that was shown last. */
  last = '';
  /** What the session depends on. */
  #key = '';

  /**
   * @param {import('./mount.js').Host} host
   * @param {Texts} texts
   */
  constructor(host, texts) {
    this.host = host;
    this.texts = { ...texts };
    this.session = this.#start();
    this.log = new Log(this.texts, () => {
      this.#later?.scrolled();
      this.#markRead();
    });
    this.composer = new Composer(this);
    this.element = el(
      'div',
      {
        part: 'panel',
        role: 'dialog',
        hidden: true,
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#press(event),
      },
      this.header,
      this.log.element,
      this.#notice,
      this.composer.element,
    );
    host.adopt(PANEL_CSS);
    host.box.prepend(this.element);
    const options = { signal: host.signal };
    for (const name of ['resize', 'scroll'])
      /** @type {VisualViewport} */ (visualViewport).addEventListener(
        name,
        () => this.#fit(),
        options,
      );
    for (const name of ['offline', 'online'])
      addEventListener(name, () => this.session.connection(), options);
    document.addEventListener('visibilitychange', () => this.draw(), options);
    this.#speak();
  }

  /** @param {boolean} focus Whether to move the focus into the panel. */
  show(focus) {
    keep('sessionStorage', OPEN, '1');
    this.#isShown = true;
    this.element.hidden = false;
    // Without the focus the panel does not close off the page around it.
    this.element.ariaModal = String(focus);
    this.say('');
    this.#fit();
    this.composer.fit();
    if (focus) this.focus();
    this.session.resume(true);
    this.translate();
    this.#welcome();
  }

  /** Asks once per opening whether the shop is open, and loads what shows it. */
  async #welcome() {
    const greeted = () => {
      clearTimeout(timer);
      this.#isGreeted = true;
      this.draw();
    };
    const timer = setTimeout(greeted, GREETING_MS);
    const [answer, later] = await Promise.all([
      this.session.chat.request('GET', 'availability').catch(() => {}),
      this.#load(),
    ]);
    later?.welcome(answer?.availability);
    greeted();
  }

  hide() {
    keep('sessionStorage', OPEN, null);
    this.#isShown = false;
    this.element.hidden = true;
  }

  /** The same person may have another token, or somebody else may be here. */
  update() {
    this.#later?.link();
    if (this.#key === this.#newKey) this.session.check();
    else this.#identify();
  }

  logout() {
    forget();
    this.#restart();
    this.composer.write('');
  }

  /** Ends the panel for good. */
  end() {
    this.session.end();
    this.element.remove();
    this.host.root.adoptedStyleSheets.length = 1;
  }

  /** With a finger, no keyboard appears before somebody wants to write. */
  focus() {
    const isByKey = this.host.root.querySelector('button:focus-visible');
    if (isByKey) this.#load();
    (isByKey || !matchMedia('(pointer: coarse)').matches ? this.composer : this.log).focus();
  }

  /** Follows the language of the page. */
  async translate() {
    const language = this.host.language();
    const texts = await textsFor(this.host);
    if (language !== this.host.language()) return;
    Object.assign(this.texts, this.#later?.english, texts);
    this.#speak();
  }

  /** Shows everything in the current language. */
  #speak() {
    const { lang, dir, close } = this.texts;
    const language = this.host.language();
    this.locale =
      language.startsWith(lang) && /^..(-[a-z]{4})?(-[a-z]{2})?$/i.test(language) ? language : lang;
    this.element.lang = lang;
    this.element.dir = dir;
    this.#close.ariaLabel = close;
    this.composer.speak();
    this.say();
    this.draw();
  }

  get #newKey() {
    const { login, api, admin } = this.host;
    return [login(), api(), admin()].join();
  }

  #start() {
    this.#key = this.#newKey;
    return new Session(this.host, this);
  }

  #identify() {
    this.#restart();
    this.session.resume();
  }

  /** @param {boolean} isTyping */
  typing(isTyping) {
    if (isTyping || this.#later) this.#load().then((later) => later?.typing(isTyping));
  }

  /** @param {number} count Of characters that are too many, if it is above 0. */
  over(count) {
    if (this.#later) this.#later.over(count);
    else if (count > 0) this.#load();
  }

  /** @param {boolean} wasCustomer @param {boolean} [isClaimed] */
  async left(wasCustomer, isClaimed) {
    this.#identify();
    if (wasCustomer) this.composer.write('');
    this.session.isClaimed = isClaimed;
    if (isClaimed) (await this.#load())?.expired();
  }

  /** Ends the session, and starts one for another person or for an unknown one. */
  #restart() {
    this.#later?.close();
    this.composer.editing?.stop();
    this.session.end();
    this.session = this.#start();
    this.say('');
    this.draw();
  }

  draw() {
    const { host } = this;
    // A response may come after the end.
    if (host.signal.aborted) return;
    const { hash, channel, isFound, isKnown } = this.session;
    // A known person probably has a conversation, which should not change its looks at once.
    const isWaiting = isKnown && !this.#later;
    const view = isWaiting ? undefined : this.session.view;
    const title = this.nameOf();
    this.composer.turn(channel.admin_id ?? host.admin() ?? 'admin', !this.last);
    this.last = hash || this.last;
    this.#title.textContent = this.element.ariaLabel = title;
    this.log.draw({
      view,
      greeting:
        host.element.getAttribute('greeting') ??
        (this.#isGreeted ? (this.#later?.greeting ?? this.texts.greeting) : ''),
      locale: this.locale,
      isLoading: !view && Boolean(hash || !isFound),
    });
    if (this.#later) this.#later.draw(view);
    else {
      if (!isWaiting && view?.messages.every(({ is_own }) => is_own) !== false)
        this.seen = view?.messages.at(-1)?.seq ?? 0;
      if (isWaiting || this.#isShown) this.#load();
    }
    this.#markRead();
    host.show(this.#later?.countUnread(view) ?? 0);
  }

  /** Loads what only some conversations have. */
  async #load() {
    try {
      const { Later } = await this.host.load('later.js');
      if (!this.#later && !this.host.signal.aborted) {
        this.#later = new Later(this);
        this.#speak();
      }
    } catch {
      // The next change tries again.
    }
    return this.#later;
  }

  /** Marks the messages as read if their end is in view. */
  #markRead() {
    if (this.#isShown && !document.hidden && !this.header.inert && this.log.isAtEnd)
      this.#later?.markRead();
  }

  /** @param {any} error */
  async failed(error) {
    if (isPassing(error)) return;
    const { session } = this;
    const later = await this.#load();
    if (session === this.session) later?.failed(error);
  }

  /** @param {any} [channel] The staff's name in it. */
  nameOf({ admin } = this.session.channel) {
    return admin?.first_name || this.host.element.getAttribute('heading') || this.texts.title;
  }

  /**
   * @param {'' | keyof Texts} [name] Of a text. Empty: the notice says what is wrong with the
   *   connection, if it is.
   */
  say(name = this.#said) {
    const shown = name || this.session.trouble;
    const text = shown && this.texts[shown];
    this.#said = name;
    this.#notice.textContent = text ?? '';
    if (text === undefined) this.#load();
  }

  /** @param {KeyboardEvent} event Escape closes; Tab stays inside. */
  #press(event) {
    if (event.key === 'Escape' && !event.defaultPrevented && event.keyCode !== COMPOSING)
      this.host.element.close();
    if (event.key !== 'Tab') return;
    event.preventDefault();
    this.#load().then((later) => later?.tab(event.shiftKey));
  }

  /** An on-screen keyboard covers the page without making it smaller: the panel takes the rest. */
  #fit() {
    const { height, offsetTop, scale } = /** @type {VisualViewport} */ (visualViewport);
    const isCovered = scale < 1.01 && height < innerHeight - 1;
    const isFull = innerWidth <= NARROW || height <= LOW;
    this.element.className = `panel ${isCovered ? 'covered' : ''} ${isFull ? 'full' : ''}`;
    this.element.style.cssText = isCovered ? `--height:${height}px;--top:${offsetTop}px` : '';
  }
}
