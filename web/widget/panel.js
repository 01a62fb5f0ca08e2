// @ts-check
/** The panel that opens with the first click: the dialog around a session, its log and composer. */

import { isPassing } from '../client/http.js';
import { COMPOSING, el } from '../ui/dom.js';
import { Composer } from './composer.js';
import { Log } from './log.js';
import { PANEL_CSS } from './panel.css.js';
import { Session } from './session.js';
import { textsFor } from './texts.js';

/**
 * @param {import('./live-chat.js').LiveChat} host
 * @param {ShadowRoot} root
 * @returns {Promise<import('./live-chat.js').Panel>}
 */
export async function createPanel(host, root) {
  return new Panel(host, root, await textsFor(host.language));
}

class Panel {
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
  #isShown = false;

  /**
   * @param {import('./live-chat.js').LiveChat} host
   * @param {ShadowRoot} root
   * @param {import('./texts.js').Texts} texts
   */
  constructor(host, root, texts) {
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
        el('button', { part: 'icon', 'aria-label': texts.close, onclick: () => host.close() }, '✕'),
      ),
      this.#log.element,
      this.#notice,
      this.#composer.element,
    );
    host.adopt(PANEL_CSS);
    root.prepend(this.#panel);
    for (const name of ['resize', 'scroll'])
      visualViewport?.addEventListener(name, () => this.#fit());
    document.addEventListener('visibilitychange', () => this.#markRead());
  }

  /** @param {boolean} focus Whether to move the focus into the panel. */
  show(focus) {
    this.#isShown = true;
    this.#panel.hidden = false;
    // Without the focus the panel does not close off the page around it.
    this.#panel.ariaModal = String(focus);
    this.#say('');
    this.#fit();
    this.#composer.fit();
    this.#draw();
    if (focus) this.#composer.focus();
    this.#session.resume();
    this.#showReplyTime();
  }

  /** @param {boolean} [stays] Whether the element stays in the page. */
  leave(stays) {
    this.#isShown = false;
    this.#panel.hidden = true;
    if (!stays) this.#restart();
  }

  identify() {
    this.#restart();
    this.#session.resume();
  }

  logout() {
    this.#restart();
    this.#composer.write('');
  }

  #start() {
    return new Session(this.#host, {
      change: () => this.#draw(),
      typing: (isTyping) => this.#log.typing(isTyping ? this.#nameOf() : ''),
      status: (isConnected) => this.#say(isConnected ? '' : this.#texts.offline),
      error: (error) => this.#failed(error),
    });
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
    const name = this.#nameOf();
    this.#title.textContent = this.#panel.ariaLabel = name;
    this.#others.hidden = channels.length < (hash ? 2 : 1);
    this.#log.draw(view, name, this.#host.getAttribute('greeting') ?? this.#texts.greeting);
    this.#markRead();
    this.#host.unread = this.#session.countUnread(view);
  }

  /** Marks the messages as read if their end is in view. */
  #markRead() {
    if (this.#isShown && !document.hidden && !this.#list && this.#log.isAtEnd)
      this.#session.markRead();
  }

  /** Lists the conversations, and shows the one that is chosen. */
  async #choose() {
    const session = this.#session;
    try {
      // Fails without a connection, and on a page from before a deployment.
      const { ChannelList } = await import('./channels.js');
      await session.refresh();
      this.#list = new ChannelList(this.#host, this.#texts);
      const hash = await this.#list.choose(this.#panel, session.channels, (channel) =>
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
    if (error.status !== 401)
      this.#say(
        isPassing(error)
          ? this.#texts.offline
          : error.type === 'not_allowed'
            ? this.#texts.closed
            : this.#texts.failed,
      );
    else if (this.#host.isCustomer) {
      this.#say(this.#texts.expired);
      this.#host.emit('unauthorized');
    } else {
      // A customer has claimed the guest, perhaps elsewhere: the next message is another guest's.
      this.#host.guestId = null;
      this.#restart();
    }
  }

  /** @param {any} [channel] The staff's name in it. */
  #nameOf({ admin } = this.#session.channel) {
    return (
      [admin?.first_name, admin?.last_name].filter(Boolean).join(' ') ||
      this.#host.getAttribute('heading') ||
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

  /** @param {string} text */
  #say(text) {
    this.#notice.textContent = text;
  }

  /** @param {KeyboardEvent} event Escape closes; Tab stays inside. */
  #key(event) {
    if (event.key === 'Escape' && !event.defaultPrevented && event.keyCode !== COMPOSING)
      this.#host.close();
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
