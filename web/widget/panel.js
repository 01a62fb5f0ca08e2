// @ts-check
/** The panel that opens with the first click: the dialog around a session, its log and composer. */

import { isPassing } from '../client/http.js';
import { COMPOSING, el } from '../ui/dom.js';
import { linksFor } from './body.js';
import { Composer } from './composer.js';
import { Log } from './log.js';
import { PANEL_CSS } from './panel.css.js';
import { Session } from './session.js';

export class Panel {
  #host;
  #texts;
  #session;
  #log;
  #composer;
  /** @type {import('./channels.js').ChannelList | undefined} While it covers the conversation. */
  #list;
  #title = el('h2', { part: 'title' });
  #subtitle = el('p', { part: 'subtitle' });
  #notice = el('p', { part: 'notice', role: 'status' });
  /** Opens the list of conversations. */
  #others;
  #panel;
  /** What the notice says when nothing is wrong with the connection. */
  #said = '';
  #stop = new AbortController();
  isShown = false;

  /**
   * @param {import('./mount.js').Host} host
   * @param {import('./texts.js').Texts} texts
   */
  constructor(host, texts) {
    this.#host = host;
    this.#texts = texts;
    this.#session = this.#start();
    this.#log = new Log(texts, {
      older: async () => this.#session.chat.older(this.#session.hash),
      seen: () => this.#markRead(),
      edit: (message) => this.#composer.edit(message),
      remove: (id) => this.#attempt(({ chat, hash }) => chat.remove(hash, id)),
      retry: (id) => this.#session.chat.retry(id),
      discard: (id) => this.#session.chat.discard(id),
    });
    this.#composer = new Composer(texts, {
      typing: () => this.#session.typing(),
      send: (body) => this.#send(body),
      save: (id, body) => this.#attempt(({ chat, hash }) => chat.edit(hash, id, body)),
      draft: (text) => host.keep('sessionStorage', 'live-chat:draft', text),
    });
    this.#others = el(
      'button',
      { part: 'icon', 'aria-label': texts.all, onclick: () => this.#choose() },
      '☰',
    );
    this.#panel = el(
      'div',
      {
        part: 'panel',
        role: 'dialog',
        hidden: true,
        lang: texts.lang,
        dir: texts.dir,
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      },
      el(
        'header',
        { part: 'header' },
        this.#others,
        el('div', {}, this.#title, this.#subtitle),
        el(
          'button',
          { part: 'icon', 'aria-label': texts.close, onclick: () => host.element.close() },
          '✕',
        ),
      ),
      this.#log.element,
      this.#notice,
      this.#composer.element,
    );
    host.adopt(PANEL_CSS);
    host.box.prepend(this.#panel);
    const options = { signal: this.#stop.signal };
    for (const name of ['resize', 'scroll'])
      visualViewport?.addEventListener(name, () => this.#fit(), options);
    document.addEventListener('visibilitychange', () => this.#markRead(), options);
  }

  get texts() {
    return this.#texts;
  }

  get hasFocus() {
    return this.#panel.contains(this.#host.root.activeElement);
  }

  /** Whether a customer or a guest is known here. */
  get isSomebody() {
    return Boolean(this.#session.person);
  }

  /** @param {boolean} focus Whether to move the focus into the panel. */
  show(focus) {
    this.isShown = true;
    this.#panel.hidden = false;
    // Without the focus the panel does not close off the page around it.
    this.#panel.ariaModal = String(focus);
    this.#say('');
    this.#fit();
    this.#composer.fit();
    this.#draw();
    if (focus) this.#composer.focus();
    this.#session.resume(true);
    this.#showReplyTime();
  }

  hide() {
    this.isShown = false;
    this.#panel.hidden = true;
  }

  /** The same person may have another token, or somebody else may be here. */
  check() {
    this.#session.check();
  }

  identify() {
    this.#restart();
    this.#session.resume();
  }

  logout() {
    this.#restart();
    this.#composer.write('');
  }

  /** Ends the panel for good. */
  end() {
    this.#stop.abort();
    this.#session.end();
    this.#panel.remove();
  }

  #start() {
    return new Session(this.#host, {
      change: () => this.#draw(),
      typing: (isTyping) => this.#log.typing(isTyping ? this.#nameOf() : ''),
      trouble: () => this.#say(this.#said),
      error: (error) => this.#failed(error),
      left: (wasCustomer, isClaimed) => this.#left(wasCustomer, isClaimed),
    });
  }

  /** @param {boolean} wasCustomer @param {boolean} isClaimed */
  #left(wasCustomer, isClaimed) {
    this.identify();
    if (wasCustomer) this.#composer.write('');
    this.#session.isClaimed = isClaimed;
    if (isClaimed) this.#expired();
  }

  /** The person must log in again. */
  #expired() {
    this.#say(this.#texts.expired);
    this.#host.element.dispatchEvent(
      new CustomEvent('live-chat-unauthorized', { bubbles: true, composed: true }),
    );
  }

  /** Ends the session, and starts one for another person or for an unknown one. */
  #restart() {
    this.#list?.close();
    this.#composer.stop();
    this.#session.end();
    this.#session = this.#start();
    this.#say('');
    this.#draw();
  }

  #draw() {
    const { hash, channels, view } = this.#session;
    const links = linksFor(view, this.#host.load);
    if (links) return void links.then(() => this.#draw());
    const name = this.#nameOf();
    this.#title.textContent = this.#panel.ariaLabel = name;
    this.#others.hidden = channels.length < (hash ? 2 : 1);
    this.#log.draw(view, name, this.#host.element.getAttribute('greeting') ?? this.#texts.greeting);
    this.#markRead();
    this.#host.show(this.#session.countUnread(view));
  }

  /** Marks the messages as read if their end is in view. */
  #markRead() {
    if (this.isShown && !document.hidden && !this.#list && this.#log.isAtEnd)
      this.#session.markRead();
  }

  /** Lists the conversations, and shows the one that is chosen. */
  async #choose() {
    try {
      // Fails without a connection, and on a page from before a deployment.
      const { ChannelList } = await this.#host.load('channels.js');
      const session = this.#session;
      await session.refresh();
      if (session !== this.#session) return;
      const list = (this.#list = new ChannelList(this.#host, this.#texts));
      const hash = await list.choose(this.#panel, session.channels, (/** @type {any} */ channel) =>
        this.#nameOf(channel),
      );
      this.#list = undefined;
      this.#composer.focus();
      if (!hash) return this.#markRead();
      if (hash !== session.hash) this.#composer.stop();
      await session.show(hash).catch((error) => hash === session.hash && this.#failed(error));
    } catch {
      this.#say(this.#texts.offline);
    }
  }

  /** @param {string} body */
  async #send(body) {
    await this.#session.send(body);
    this.#say('');
  }

  /** @param {(session: Session) => Promise<void>} change */
  #attempt(change) {
    change(this.#session).catch(() => this.#say(this.#texts.failed));
  }

  /** @param {any} error */
  #failed(error) {
    const { person, isCustomer, hash } = this.#session;
    if (isPassing(error)) return;
    if (error.status !== 401)
      this.#say(error.type === 'not_allowed' ? this.#texts.closed : this.#texts.failed);
    else if (isCustomer || error.type !== 'unauthorized') this.#expired();
    else {
      // A customer has claimed the guest, perhaps elsewhere.
      if (this.#host.guestId() === person) this.#host.guestId(null);
      this.#left(false, hash !== '');
    }
  }

  /** @param {any} [channel] The staff's name in it. */
  #nameOf({ admin } = this.#session.channel) {
    return (
      [admin?.first_name, admin?.last_name].filter(Boolean).join(' ') ||
      this.#host.element.getAttribute('heading') ||
      this.#texts.title
    );
  }

  async #showReplyTime() {
    try {
      const { reply_time } = await this.#session.chat.request('GET', 'reply-time');
      const minutes = reply_time.median_seconds / 60;
      const [time, unit] = minutes < 90 ? [minutes, 'minute'] : [minutes / 60, 'hour'];
      const text = new Intl.NumberFormat(this.#texts.lang, {
        style: 'unit',
        unit,
        unitDisplay: 'long',
      }).format(Math.round(time) || 1);
      this.#subtitle.textContent = this.#texts.replies.replace('{time}', text);
    } catch {
      // Too little was measured: the line stays empty.
    }
  }

  /** @param {string} text Nothing: the notice says what is wrong with the connection, if it is. */
  #say(text) {
    const { trouble } = this.#session;
    this.#said = text;
    this.#notice.textContent = text || (trouble && this.#texts[trouble]);
  }

  /** @param {KeyboardEvent} event Escape closes; Tab stays inside. */
  #key(event) {
    if (event.key === 'Escape' && !event.defaultPrevented && event.keyCode !== COMPOSING)
      this.#host.element.close();
    if (event.key !== 'Tab') return;
    const inside = /** @type {HTMLElement[]} */ (
      [
        ...(this.#list?.element ?? this.#panel).querySelectorAll('button,textarea,a,[tabindex]'),
      ].filter((element) => element.checkVisibility())
    );
    if (event.shiftKey) inside.reverse();
    if (event.target !== inside.at(-1)) return;
    event.preventDefault();
    inside[0].focus();
  }

  /** A phone's keyboard covers the page without making it smaller: the panel takes the rest. */
  #fit() {
    const view = visualViewport;
    this.#panel.style.cssText = `--height:${view?.height}px;--top:${view?.offsetTop}px`;
  }
}
