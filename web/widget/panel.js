// @ts-check
/** The panel that opens with the first click: the dialog around a session, its log and composer. */

import { isPassing } from '../client/http.js';
import { COMPOSING, el } from '../ui/dom.js';
import { Composer } from './composer.js';
import { icon } from './icon.js';
import { load } from './load.js';
import { Log } from './log.js';
import { PANEL_CSS } from './panel.css.js';
import { Session } from './session.js';
import { textsFor } from './texts.js';

/** Windows that are smaller than this, in pixels, are filled by the panel. */
const NARROW = 640;
const LOW = 480;

/**
 * @param {import('./live-chat.js').LiveChat} host
 * @param {ShadowRoot} root
 * @returns {Promise<import('./live-chat.js').Panel>}
 */
export async function createPanel(host, root) {
  return new Panel(host, root, await textsFor(host.language));
}

/** What can be done with a message is loaded this long after the first one, or by a Tab. */
const ACTIONS_MS = 2_000;
/** Conversations that need more than the panel has. */
const RICH = /own":f|failed|:\/\/|ed":\[{|[^\0-\x7f]/;

export class Panel {
  /** All parts share these texts. They change with the page's language. */
  texts;
  session;
  /** Of times and numbers: the page's region, if it has the language of the texts. */
  locale = '';
  /** @type {import('./later.js').Later | undefined} */
  #later;
  /** The newest seq of a conversation that needs nothing more. @type {number | undefined} */
  seen;
  /** Whether the conversation waits for what is loaded later. */
  #isWaiting = false;
  log;
  composer;
  #title = el('h2', { part: 'title' });
  #subtitle = el('p', { part: 'subtitle' });
  #notice = el('p', { part: 'notice', role: 'status' });
  #close = el(
    'button',
    { part: 'icon', onclick: () => this.host.close() },
    icon('M6 6l12 12M18 6L6 18'),
  );
  header = el(
    'header',
    { part: 'header' },
    el('div', { class: 'who' }, this.#title, this.#subtitle),
    this.#close,
  );
  #isShown = false;
  /** The conversation that was shown last. */
  #hash = '';

  /**
   * @param {import('./live-chat.js').LiveChat} host
   * @param {ShadowRoot} root
   * @param {import('./texts.js').Texts} texts
   */
  constructor(host, root, texts) {
    this.host = host;
    this.root = root;
    this.texts = { ...texts };
    this.session = this.#start();
    this.log = new Log(this.texts, () => {
      this.#later?.scrolled();
      this.#markRead();
    });
    this.composer = new Composer(this.texts, {
      typing: () => this.session.typing(),
      send: async (body) => {
        await this.session.send(body);
        this.log.toEnd();
        this.say('');
      },
      draft: (to, text) => host.keep('sessionStorage', `live-chat:draft:${to}`, text),
    });
    this.element = el(
      'div',
      {
        part: 'panel',
        role: 'dialog',
        hidden: true,
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      },
      this.header,
      this.log.element,
      this.#notice,
      this.composer.element,
    );
    host.adopt(PANEL_CSS);
    root.prepend(this.element);
    for (const name of ['resize', 'scroll'])
      visualViewport?.addEventListener(name, () => this.#fit());
    document.addEventListener('visibilitychange', () => this.draw());
    this.#speak();
  }

  /** @param {boolean} focus Whether to move the focus into the panel. */
  show(focus) {
    this.#isShown = true;
    this.element.hidden = false;
    // Without the focus the panel does not close off the page around it.
    this.element.ariaModal = String(focus);
    this.say('');
    this.#fit();
    if (focus) this.focus();
    this.#resume();
    this.#showReplyTime();
    this.#speak();
    this.#translate();
  }

  /** @param {boolean} [stays] Whether the element stays in the page. */
  leave(stays) {
    this.#isShown = false;
    this.element.hidden = true;
    if (!stays) this.#restart();
  }

  identify() {
    this.#restart();
    this.#resume();
  }

  logout() {
    this.#restart();
    this.composer.write('');
  }

  /** With a finger, no keyboard appears before somebody wants to write. */
  focus() {
    const isByKey = this.root.querySelector('button:focus-visible');
    if (isByKey) this.#load();
    (isByKey || !matchMedia('(pointer: coarse)').matches ? this.composer : this.log).focus();
  }

  #resume() {
    // A known person probably has a conversation, which should not change its looks at once.
    this.#isWaiting = Boolean(this.host.isSomebody && !this.#later);
    if (this.#isWaiting) this.#load();
    this.session.resume();
  }

  /** Follows the language of the page. */
  async #translate() {
    const { language } = this.host;
    const texts = await textsFor(language);
    if (language !== this.host.language) return;
    Object.assign(this.texts, texts);
    this.#speak();
  }

  /** Shows everything in the current language. */
  #speak() {
    const { lang, dir, close } = this.texts;
    const { language } = this.host;
    this.locale =
      language.startsWith(lang) && /^..(-[a-z]{4})?(-[a-z]{2})?$/i.test(language) ? language : lang;
    this.element.lang = lang;
    this.element.dir = dir;
    this.#close.ariaLabel = close;
    this.composer.speak();
    this.draw();
  }

  #start() {
    return new Session(this.host, {
      change: () => this.draw(),
      typing: (isTyping) => this.#later?.typing(isTyping),
      status: (isConnected) => this.say(isConnected ? '' : this.texts.offline),
      error: (error) => this.failed(error),
    });
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
    const { hash, channels, channel, isFound } = this.session;
    const { host } = this;
    const view = this.#isWaiting ? undefined : this.session.view;
    const title = this.nameOf();
    this.composer.turn(channel.admin_id ?? host.admin ?? 'admin', !this.#hash);
    this.#hash = hash || this.#hash;
    this.#title.textContent = this.element.ariaLabel = title;
    this.log.draw({
      view,
      greeting: host.getAttribute('greeting') ?? this.texts.greeting,
      locale: this.locale,
      isLoading: !view && Boolean(hash || (host.isSomebody && !isFound)),
      day: this.#later?.day,
    });
    if (this.#later) this.#later.draw(view);
    else if (channels.length > 1 || RICH.test(JSON.stringify(view) ?? '')) this.#load();
    else {
      this.seen = view?.messages.at(-1)?.seq ?? 0;
      if (this.seen) setTimeout(() => this.#load(), ACTIONS_MS);
    }
    this.#markRead();
    host.unread = this.session.countUnread(view);
  }

  /** Loads what only some conversations have. */
  async #load() {
    if (this.#later) return;
    try {
      const { Later } = await load('later.js');
      this.#later ??= new Later(this);
    } catch {
      // The next draw tries again.
    }
    if (!this.#later && !this.#isWaiting) return;
    this.#isWaiting = false;
    this.draw();
  }

  /** Marks the messages as read if their end is in view. */
  #markRead() {
    if (this.#isShown && !document.hidden && !this.header.inert && this.log.isAtEnd)
      this.session.markRead();
  }

  /** @param {any} error */
  failed(error) {
    const { host, session } = this;
    const { offline, closed, expired, failed } = this.texts;
    session.isFound = true;
    if (error.status !== 401)
      this.say(
        isPassing(error)
          ? offline
          : error.type === 'not_allowed'
            ? closed
            : // A message that was refused says so itself.
              session.view
              ? ''
              : failed,
      );
    else if (host.isCustomer) {
      this.say(expired);
      host.emit('unauthorized');
    } else {
      // A customer has claimed the guest, perhaps elsewhere: the next message is another guest's.
      host.guestId = null;
      this.#restart();
    }
  }

  /** @param {any} [channel] The staff's name in it. */
  nameOf({ admin } = this.session.channel) {
    return (
      [admin?.first_name, admin?.last_name].filter(Boolean).join(' ') ||
      this.host.getAttribute('heading') ||
      this.texts.title
    );
  }

  async #showReplyTime() {
    try {
      const { reply_time } = await this.session.chat.request('GET', 'reply-time');
      const minutes = reply_time.median_seconds / 60;
      const [time, unit] = minutes < 90 ? [minutes, 'minute'] : [minutes / 60, 'hour'];
      const text = (Math.round(time) || 1).toLocaleString(this.locale, {
        style: 'unit',
        unit,
        unitDisplay: 'long',
      });
      this.#subtitle.textContent = this.texts.replies.replace('{time}', text);
    } catch {
      // Too little was measured: the line stays empty.
    }
  }

  /** @param {string} text */
  say(text) {
    this.#notice.textContent = text;
  }

  /** @param {KeyboardEvent} event Escape closes; Tab stays inside. */
  #key(event) {
    if (event.key === 'Escape' && !event.defaultPrevented && event.keyCode !== COMPOSING)
      this.host.close();
    if (event.key !== 'Tab') return;
    this.#load();
    const inside = /** @type {HTMLElement[]} */ (
      [...this.element.querySelectorAll('button:enabled,textarea,a,[tabindex]')].filter(
        (element) => element.checkVisibility() && !element.closest('[inert]'),
      )
    );
    if (event.shiftKey) inside.reverse();
    if (event.target !== inside.at(-1)) return;
    event.preventDefault();
    inside[0].focus();
  }

  /** An on-screen keyboard covers the page without making it smaller: the panel takes the rest. */
  #fit() {
    const { height = innerHeight, offsetTop, scale = 1 } = visualViewport ?? {};
    const isCovered = scale < 1.01 && height < innerHeight - 1;
    const isFull = innerWidth <= NARROW || height <= LOW;
    this.element.className = `panel ${isCovered ? 'covered' : ''} ${isFull ? 'full' : ''}`;
    this.element.style.cssText = isCovered ? `--height:${height}px;--top:${offsetTop}px` : '';
  }
}
