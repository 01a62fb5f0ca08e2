// @ts-check
/**
 * The panel that opens with the first click: a conversation, and a list of them where there are several.
 *
 * Nobody becomes a guest by looking: a visitor gets an identity, and a channel, with the first character they write.
 */

import { createChat } from '../lib/chat.js';
import { isPassing } from '../lib/http.js';
import { el } from '../ui/dom.js';
import { duration } from '../ui/time.js';
import { Composer } from './composer.js';
import { Log } from './log.js';
import { PANEL_CSS } from './panel.css.js';
import { textsFor } from './texts.js';

/** Nobody is told of a break that is over at once. */
const BREAK_MS = 3_000;
const LIST_AT_ONCE = 100;

/** @param {import('./launcher.js').LiveChat} host @param {ShadowRoot} root */
export async function createPanel(host, root) {
  return new ChatPanel(host, root, await textsFor(host.language));
}

class ChatPanel {
  #host;
  #texts;
  /** Of whoever is here now: what an earlier one still answers is not for them. */
  #chat;
  /** Gets to know a person's channels, and opens a conversation that is there. */
  #meet = once(() => this.#known());
  /** The same, and begins one where there is none. */
  #enter = once(() => this.#begun());
  /** @type {any[]} The person's channels, as the server lists them. */
  #channels = [];
  /** The conversation that is shown. */
  #hash = '';
  #isReady = false;
  #isShown = false;
  /** @type {{ id: string, body: string, at: number }[]} Written before there was a channel to write in. */
  #early = [];
  #element;
  #log;
  #composer;
  #back;
  #list = el('div', { part: 'list', hidden: true });
  #notice = el('p', { part: 'notice', role: 'status' });
  #title = el('h2', { part: 'title', id: 'title' });
  #subtitle = el('p', { part: 'subtitle' });
  #breaking = 0;

  /** @param {import('./launcher.js').LiveChat} host @param {ShadowRoot} root @param {import('./texts.js').Texts} texts */
  constructor(host, root, texts) {
    this.#host = host;
    this.#texts = texts;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(PANEL_CSS);
    root.adoptedStyleSheets.push(sheet);
    this.#log = new Log(texts, {
      older: () => this.#chat.older(this.#hash),
      seen: () => this.#seen(),
      edit: (message) => this.#composer.edit(message),
      remove: (id) => this.#try(this.#chat.remove(this.#hash, id)),
      retry: (id) => this.#chat.retry(id),
      discard: (id) => this.#chat.discard(id),
    });
    this.#composer = new Composer(texts, {
      typing: () => this.#enter().then(() => this.#chat.typing(this.#hash), () => {}),
      send: (body) => this.#send(body),
      save: (id, body) => this.#try(this.#chat.edit(this.#hash, id, body)),
    });
    this.#back = el('button', { part: 'icon', type: 'button', 'aria-label': texts.all, onclick: () => this.#choose() }, texts.dir === 'rtl' ? '→' : '←');
    this.#element = el(
      'div',
      { part: 'panel', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'title', hidden: true, lang: texts.lang, dir: texts.dir, onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) },
      el(
        'header',
        { part: 'header' },
        this.#back,
        el('div', {}, this.#title, this.#subtitle),
        el('button', { part: 'icon', type: 'button', 'aria-label': texts.close, onclick: () => host.close() }, '✕'),
      ),
      this.#list,
      this.#log.element,
      this.#notice,
      this.#composer.element,
    );
    root.prepend(this.#element);
    visualViewport?.addEventListener('resize', () => this.#fit());
    visualViewport?.addEventListener('scroll', () => this.#fit());
    document.addEventListener('visibilitychange', () => this.#seen());
    this.#chat = this.#fresh();
  }

  /** @param {boolean} focus */
  show(focus) {
    this.#isShown = true;
    this.#element.hidden = false;
    this.#fit();
    this.#draw();
    if (focus) this.#composer.focus();
    if (this.#isSomebody) this.#meet().catch(() => {});
    this.#chat.request('GET', 'reply-time').then(({ reply_time }) => {
      if (reply_time) this.#subtitle.textContent = this.#texts.replies.replace('{time}', duration(reply_time.median_seconds, this.#texts.lang));
    }, () => {});
  }

  hide() {
    this.#isShown = false;
    this.#element.hidden = true;
  }

  /** Somebody has logged in. */
  async identify() {
    this.#reset();
    await this.#meet().catch(() => {});
  }

  /** Somebody has logged out: what they had not sent goes too. */
  logout() {
    for (const storage of [localStorage, sessionStorage]) {
      for (const key of Object.keys(storage)) if (key.startsWith('live-chat:')) storage.removeItem(key);
    }
    this.#composer.write('');
    this.#reset();
  }

  get #isSomebody() {
    return this.#host.isCustomer || this.#host.guestId;
  }

  #reset() {
    this.#chat.close();
    this.#chat = this.#fresh();
    this.#meet = once(() => this.#known());
    this.#enter = once(() => this.#begun());
    this.#channels = [];
    this.#hash = '';
    this.#isReady = false;
    this.#say('');
    this.#draw();
  }

  /** A chat of whoever is here now. It asks nothing by itself. */
  #fresh() {
    const host = this.#host;
    const chat = createChat({
      api: host.api,
      scope: 'store',
      guestId: (!host.isCustomer && host.guestId) || undefined,
      getToken: () => (host.getToken ? host.getToken() : host.token),
    });
    /** @param {string} name @param {(detail: any) => void} run */
    const on = (name, run) => chat.addEventListener(name, (event) => chat === this.#chat && run(/** @type {CustomEvent} */ (event).detail));
    on('change', () => this.#draw());
    on('push', (envelope) => this.#heard(envelope));
    on('error', ({ error }) => this.#failed(error));
    on('typing', ({ channel_hash, role }) => role === 'admin' && channel_hash === this.#hash && this.#log.typing(this.#name()));
    on('status', ({ status }) => {
      clearTimeout(this.#breaking);
      if (status === 'open') this.#say('');
      else if (status !== 'closed') this.#breaking = setTimeout(() => this.#say(this.#texts.offline), BREAK_MS);
    });
    return chat;
  }

  async #known() {
    const [host, chat] = [this.#host, this.#chat];
    if (host.isCustomer && host.guestId) {
      // A guest who is somebody's already stays theirs; only a failure that passes is worth another try.
      await chat.claim(host.guestId).catch((error) => {
        if (isPassing(error)) throw error;
      });
      host.guestId = null;
    }
    await this.#fetch();
    const admin = host.getAttribute('admin');
    const wanted = this.#channels.find((channel) => !admin || channel.admin_id === admin);
    if (wanted && chat === this.#chat) await this.#go(wanted.channel_hash);
  }

  async #begun() {
    const host = this.#host;
    if (this.#isSomebody) await this.#meet();
    else {
      const { guest_id } = await this.#chat.request('POST', 'guest');
      // Another tab may have been quicker.
      host.guestId ??= guest_id;
      this.#chat = this.#fresh();
    }
    if (this.#hash) return;
    const admin_id = host.getAttribute('admin') ?? undefined;
    const { channel } = await this.#chat.request('POST', 'channels', { admin_id });
    this.#channels.unshift(channel);
    await this.#go(channel.channel_hash);
  }

  async #fetch() {
    const chat = this.#chat;
    const { channels } = await chat.request('GET', `channels?limit=${LIST_AT_ONCE}`);
    if (chat === this.#chat) this.#channels = channels;
  }

  /** @param {string} hash Shows a conversation. */
  async #go(hash) {
    this.#hash = hash;
    this.#isReady = false;
    this.#list.hidden = true;
    this.#draw();
    await this.#chat.open(hash).catch((error) => {
      this.#failed(error);
      throw error;
    });
    this.#isReady = true;
    this.#draw();
  }

  /** Shows the conversations, to choose one. */
  async #choose() {
    await this.#fetch().catch(() => {});
    const items = this.#channels.map((channel) =>
      el(
        'button',
        { part: 'channel', type: 'button', onclick: () => this.#go(channel.channel_hash).then(() => this.#composer.focus(), () => {}) },
        el('b', { dir: 'auto' }, this.#name(channel)),
        channel.unread_count ? el('span', { part: 'badge' }, String(channel.unread_count)) : null,
        el('span', { dir: 'auto' }, channel.last_message?.body ?? ''),
      ),
    );
    this.#list.replaceChildren(...items);
    this.#list.hidden = false;
    this.#draw();
    items[0]?.focus();
  }

  /** @param {string} body */
  async #send(body) {
    const early = { id: `early-${this.#early.length}`, body, at: Date.now() };
    if (!this.#isReady) this.#early.push(early);
    this.#draw();
    try {
      await this.#enter();
      this.#chat.send(this.#hash, body);
    } catch {
      // It goes back to where it was written, before what was written since.
      this.#composer.restore(body);
    }
    this.#early = this.#early.filter((one) => one !== early);
    this.#draw();
  }

  /** @param {any} envelope Something happened in one of the person's conversations. */
  #heard({ event, channel_hash, payload }) {
    const channel = this.#channels.find((one) => one.channel_hash === channel_hash);
    if (!channel) return void this.#fetch().catch(() => {});
    if (event !== 'chat.message.created' || payload.message.sender_role !== 'admin') return;
    if (channel_hash === this.#hash) this.#log.typing('');
    else channel.unread_count++;
    this.#draw();
  }

  #draw() {
    const view = this.#isReady ? this.#chat.view(this.#hash) : undefined;
    const isListed = !this.#list.hidden;
    this.#log.element.hidden = this.#composer.element.hidden = isListed;
    this.#title.textContent = isListed ? this.#texts.all : this.#name();
    this.#back.hidden = isListed || this.#channels.length < 2;
    this.#log.draw(view, this.#early, this.#host.getAttribute('greeting') ?? this.#texts.greeting, this.#name());
    this.#seen();
    const own = this.#channels.find((channel) => channel.channel_hash === this.#hash);
    if (view && own) own.unread_count = view.messages.filter((message) => !message.is_own && message.seq > lastRead(view)).length;
    this.#host.unread = this.#channels.reduce((sum, channel) => sum + channel.unread_count, 0);
  }

  /** What is before somebody's eyes is read. */
  #seen() {
    if (this.#isShown && this.#isReady && !document.hidden && this.#list.hidden && this.#log.isAtEnd) this.#chat.markRead(this.#hash).catch(() => {});
  }

  /** @param {any} [channel] Whom one writes to. */
  #name(channel = this.#channels.find((one) => one.channel_hash === this.#hash)) {
    const { first_name, last_name } = channel?.admin ?? {};
    return [first_name, last_name].filter(Boolean).join(' ') || this.#host.getAttribute('heading') || this.#texts.title;
  }

  /** @param {any} error */
  #failed(error) {
    if (error.status === 401 && !this.#host.isCustomer) {
      // The guest was claimed, perhaps on another machine: whoever writes here now is a new one.
      this.#host.guestId = null;
      this.#reset();
    } else if (error.status === 401) {
      this.#say(this.#texts.expired);
      this.#host.emit('unauthorized');
    } else if (error.type === 'not_allowed') this.#say(this.#texts.closed);
    else if (!isPassing(error)) this.#say(this.#texts.trouble);
  }

  /** @param {Promise<unknown>} work */
  async #try(work) {
    await work.catch((error) => this.#say(error.status === 429 ? this.#texts.slow : this.#texts.trouble));
  }

  /** @param {string} text */
  #say(text) {
    this.#notice.textContent = text;
  }

  /** @param {KeyboardEvent} event Esc leaves; Tab stays inside. */
  #key(event) {
    if (event.key === 'Escape' && !event.defaultPrevented) this.#host.close();
    if (event.key !== 'Tab') return;
    const inside = [...this.#element.querySelectorAll('button, textarea, a, [tabindex="0"]')].filter((one) => /** @type {HTMLElement} */ (one).offsetParent);
    const [first, last] = [inside[0], inside[inside.length - 1]];
    if (event.target !== (event.shiftKey ? first : last)) return;
    event.preventDefault();
    /** @type {HTMLElement} */ (event.shiftKey ? last : first).focus();
  }

  /** A phone's keyboard covers the page without making it smaller: the panel takes what is left. */
  #fit() {
    const { height, offsetTop } = visualViewport ?? { height: innerHeight, offsetTop: 0 };
    this.#element.style.setProperty('--height', `${height}px`);
    this.#element.style.setProperty('--top', `${offsetTop}px`);
  }
}

/** @param {import('../lib/chat.js').View} view Up to where the person has read. */
const lastRead = (view) => view.members.find((member) => member.role !== 'admin')?.last_read_seq ?? 0;

/** @param {() => Promise<void>} run Once; again only after a failure. */
function once(run) {
  /** @type {Promise<void> | undefined} */
  let going;
  return () =>
    (going ??= run().catch((error) => {
      going = undefined;
      throw error;
    }));
}
