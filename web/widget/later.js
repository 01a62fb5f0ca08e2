// @ts-check
/**
 * What only some conversations have: answers with their faces, links, emoji, cards, meetings,
 * refused messages, days, older messages, a list of conversations, and the button for files. It is
 * loaded when one of these is needed, and a moment after the panel has opened.
 */

import { discard, edit, markRead, older, remove, retry } from '../client/actions.js';
import { sendVisibility } from '../client/page-visibility.js';
import { addToCalendar } from '../ui/calendar.js';
import { cardOf, meetingOf } from '../ui/card.js';
import { el } from '../ui/dom.js';
import { ACCEPT, TRAY_KEY, filesIn } from '../ui/files/picked.js';
import { KeyedList } from '../ui/keyed-list.js';
import { linked } from '../ui/links.js';
import { patch } from '../ui/patch.js';
import { summaryOf } from '../ui/summary.js';
import { clock, day, sameDay } from '../ui/time.js';
import { Asks } from './asks.js';
import { face } from './face.js';
import { icon } from './icon.js';
import { actorOf, find, keepResuming, learn, list, unreadOf } from './known.js';
import { LATER_CSS } from './later.css.js';
import { LATER_ENGLISH } from './later-texts.js';
import { Menu } from './menu.js';
import { Offer } from './offer.js';
import { followLink } from './resume-link.js';
import { createRow } from './row.js';
import { rowsOf } from './rows.js';
import { keep } from './storage.js';
import { Welcome } from './welcome.js';

/** A few emoji and nothing else. */
const EMOJI = /^(\p{RGI_Emoji}\s*){1,6}$/v;
/** Pixels from the start that still count as being there. */
const NEAR_START = 60;
/** The sign of typing disappears if nothing renews it. */
const TYPING_SHOWN_MS = 6_000;
const SPOKEN_MS = 10_000;
/** A second click on Delete within this time confirms. */
const CONFIRM_MS = 4_000;
/** Longer than the time between two pings, which prove anew that staff is there. */
const ONLINE_SHOWN_MS = 300_000;

/** What a session needs for people who were known before. */
export const known = { actorOf, find, list, unreadOf };

export class Later {
  #panel;
  /** Opens the list of conversations. */
  #others = el(
    'button',
    { part: 'icon', onclick: () => this.#choose() },
    icon('M5 7h14M5 12h14M5 17h14'),
  );
  /** @type {import('./channels.js').ChannelList | undefined} While it covers the conversation. */
  #list;
  /** Shown while staff is proven to be there. */
  #online = el('p', { part: 'online', hidden: true });
  /** @type {any} */
  #onlineTimer;
  /** @type {import('./session.js').Session | undefined} The one that is followed. */
  #followed;
  #typing = el('p', { part: 'typing' });
  /** @type {any} */
  #typingTimer;
  /** @type {any} */
  #dayTimer;
  /** Says that there are new messages below. */
  #fresh = el('button', { part: 'fresh', hidden: true, onclick: () => this.#panel.log.toEnd() });
  /** @type {string | undefined} The id of the message whose deletion waits for a second click. */
  #sure;
  /** @type {any} */
  #sureTimer;
  #editing = el(
    'p',
    { part: 'editing', hidden: true },
    el('span'),
    el('button', { type: 'button', onclick: () => this.#panel.composer.editing?.stop() }),
  );
  #picker = el('input', {
    type: 'file',
    multiple: true,
    hidden: true,
    accept: ACCEPT,
    onchange: () => {
      this.#add([...(this.#picker.files ?? [])]);
      // The same file may be picked again.
      this.#picker.value = '';
    },
  });
  #attach = el(
    'button',
    { type: 'button', part: 'attach', onclick: () => this.#picker.click() },
    icon(
      'M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 5 5l-8.5 8.5a1.7 1.7 0 0 1-2.5-2.5' +
        'L14.5 7.5',
    ),
  );
  /** @type {import('./files.js').Files | undefined} */
  #files;
  #offer;
  /** Says how much is too much. */
  #over = el('p', { part: 'over', role: 'status' });
  /** The draft that waits while a message is edited. */
  #draft = '';
  /** @type {number | undefined} The newest seq that was there at first, or has been announced. */
  #announced;

  /** Says each incoming message to screen readers. The log itself would say all others, too. */
  #spoken = el('div', { class: 'spoken', 'aria-live': 'polite' });

  english = LATER_ENGLISH;
  #welcome;
  #asks;
  #menu;

  /** @param {import('./panel.js').Panel} panel */
  constructor(panel) {
    const { host, header, log, composer, texts } = panel;
    Object.assign(texts, { ...LATER_ENGLISH, ...texts });
    this.#panel = panel;
    this.#announced = panel.seen;
    host.signal.addEventListener('abort', () => {
      clearTimeout(this.#dayTimer);
      clearTimeout(this.#onlineTimer);
    });
    host.adopt(LATER_CSS);
    header.prepend(this.#others);
    this.#welcome = new Welcome(panel);
    this.#asks = new Asks(panel);
    this.#menu = new Menu(panel, this.#asks);
    // Beside the title, where it moves nothing.
    header.querySelector('.who')?.append(this.#online);
    log.log.append(this.#typing);
    log.element.append(this.#spoken, this.#fresh);
    this.#offer = new Offer(panel);
    composer.element.prepend(this.#editing, this.#over, this.#offer.element, this.#picker);
    composer.element.lastElementChild?.before(this.#attach);
    for (const name of ['dragenter', 'dragover', 'dragleave', 'drop', 'paste'])
      panel.element.addEventListener(name, (event) => this.#given(/** @type {any} */ (event)));
    composer.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !composer.editing) return;
      event.preventDefault();
      composer.editing.stop();
    });
    /** @type {KeyedList<any>} */
    const rows = new KeyedList(
      log.log,
      (row) =>
        row.questions
          ? el('div', { part: row.part, role: 'group' })
          : row.card
            ? this.#asks.create(row)
            : createRow(row),
      (node, row) => {
        if (row.questions) return this.#welcome.show(node, row);
        if (row.card) return this.#asks.show(node, row);
        node.onclick = ({ target }) =>
          this.#act(/** @type {any} */ (target).closest('button')?.name, row);
        log.show(node, row);
      },
      log.log,
      log.nodes,
    );
    log.dress = (row, parts) => this.#dress(row, parts);
    log.render = (shown) => {
      const focused = log.log.querySelector(':focus');
      rows.render(
        this.#rowsOf(shown).map((/** @type {any} */ row) => ({
          ...row,
          isSure: row.tick && row.message.id === this.#sure,
          files: this.#files?.stateOf(row) ?? null,
          // All rows are drawn again when the language changes.
          lang: texts.lang,
        })),
      );
      // What had the focus may be gone.
      if (focused && !focused.checkVisibility()) log.focus();
    };
    this.link();
  }

  /** @param {import('../client/chat.js').View | undefined} view */
  draw(view) {
    const { session, texts } = this.#panel;
    const { hash, channels, channel } = session;
    this.#follow(session);
    this.#welcome.draw();
    this.#menu.draw(view);
    this.#online.textContent = texts.online;
    this.#offer.draw();
    const unread = channels.reduce((sum, { unread_count }) => sum + unread_count, 0);
    const others = unread - (channel.unread_count ?? 0);
    const count = others ? String(others) : '';
    this.#others.hidden = channels.length < (hash ? 2 : 1);
    this.#others.ariaLabel = texts.all;
    this.#others.ariaDescription = count && `${texts.fresh}: ${count}`;
    this.#others.dataset.count = count;
    this.#fresh.textContent = texts.fresh;
    const [what, stop] = this.#editing.children;
    what.textContent = texts.editing;
    stop.textContent = texts.cancel;
    this.#attach.ariaLabel = this.#attach.title = texts.attach;
    this.#files?.turn();
    if (!this.#files && keep('sessionStorage', TRAY_KEY + hash)) this.#loadFiles();
    this.#list?.draw(channels);
    // The next day has other names.
    clearTimeout(this.#dayTimer);
    this.#dayTimer = setTimeout(
      () => this.#panel.draw(),
      new Date().setHours(24, 0, 1) - Date.now(),
    );
    // Older ones may be missing, which come first.
    if (view?.behind) return;
    if (view) this.#announce(view.messages);
    // All that another conversation has so far is the past.
    else this.#announced = undefined;
  }

  /** @returns {string | undefined} The shop's. */
  get greeting() {
    return this.#welcome.greeting;
  }

  /** @param {import('./welcome.js').Availability | undefined} availability */
  welcome(availability) {
    // After a failure the last one stays.
    this.#welcome.availability = availability ?? this.#welcome.availability;
    this.#welcome.isSettled = true;
  }

  /**
   * Gives a session what only this module has, and shows what is in no log: whether staff is there,
   * and whether the conversation is closed.
   * @param {import('./session.js').Session} session
   */
  #follow(session) {
    if (session === this.#followed) return;
    this.#followed = session;
    const panel = this.#panel;
    const { chat, signal } = session;
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ react) =>
      chat.addEventListener(name, (/** @type {any} */ { detail }) => react(detail), { signal });
    keepResuming(session, panel.host);
    this.#offer.follow(chat);
    this.#showOnline(false);
    on('presence', ({ online }) => {
      this.#showOnline(online);
      const { availability } = this.#welcome;
      if (!availability || availability.online === online) return;
      availability.online = online;
      panel.draw();
    });
    on('status', ({ status }) => {
      if (status !== 'open') this.#showOnline(false);
    });
    on('push', (push) => {
      if (learn(session, push)) panel.draw();
    });
    sendVisibility(chat, signal);
    // The first push came before this module, and a pong brings the next one.
    chat.sendFrame({ action: 'ping' });
  }

  /** @param {boolean} isOnline */
  #showOnline(isOnline) {
    clearTimeout(this.#onlineTimer);
    this.#online.hidden = !isOnline;
    if (isOnline) this.#onlineTimer = setTimeout(() => this.#showOnline(false), ONLINE_SHOWN_MS);
  }

  /** @param {import('./rows.js').Shown} shown @returns {any[]} All rows, with days. */
  #rowsOf(shown) {
    return [
      ...this.#messagesOf(shown),
      ...this.#welcome.rowsOf(shown),
      ...this.#asks.rowsOf(shown.view, this.#welcome),
    ];
  }

  /** @param {import('./rows.js').Shown} shown @returns {any[]} */
  #messagesOf({ view, ...shown }) {
    const { locale, texts } = this.#panel;
    const whole = view && {
      ...view,
      messages: [...view.messages, ...view.deleted].sort((a, b) => a.seq - b.seq),
    };
    const all = rowsOf({ ...shown, view: whole }, texts);
    /** @type {string | undefined} */
    let before;
    return all.flatMap((/** @type {any} */ row, index) => {
      const { message, unsent } = row;
      if (unsent?.failed)
        return {
          ...row,
          bubble: 'bubble failed',
          time: this.#files?.failureOf(unsent) ?? texts.failed,
        };
      if (!message) return row;
      row.isFirst = /** @type {any} */ (all[index - 1])?.isLast ?? true;
      const { created_at: at, message_type, edited_at, seq } = message;
      const isDeleted = view?.deleted.includes(message);
      if (isDeleted) Object.assign(row, { isDeleted, bubble: 'bubble gone', tick: '' });
      if (isDeleted) row.body = texts.deleted;
      else if (edited_at) row.time = `${texts.edited} · ${clock(at, locale)}`;
      if (message_type === 'system') {
        row.part = row.part.replace(/own|other/, 'system');
        row.tick = '';
      }
      const isNew = !before || !sameDay(before, at);
      before = at;
      return isNew ? [{ key: `day ${seq}`, part: 'day', text: day(at, locale) }, row] : row;
    });
  }

  /** @param {any} error A request was refused. */
  failed(error) {
    const panel = this.#panel;
    const { person, isCustomer, hash, view } = panel.session;
    if (error.status !== 401)
      // A message that was refused says so itself.
      panel.say(error.type === 'not_allowed' ? 'closed' : view ? '' : 'failed');
    else if (isCustomer || error.type !== 'unauthorized') this.expired();
    else {
      // A customer has claimed the guest, perhaps elsewhere.
      if (panel.host.guestId() === person) panel.host.guestId(null);
      panel.left(false, hash !== '');
    }
  }

  /** The person must log in again. */
  expired() {
    this.#panel.say('expired');
    this.#panel.host.element.dispatchEvent(
      new CustomEvent('live-chat-unauthorized', { bubbles: true, composed: true }),
    );
  }

  /** @param {boolean} isTyping */
  typing(isTyping) {
    const { log, texts } = this.#panel;
    const clear = () => (this.#typing.textContent = '');
    clearTimeout(this.#typingTimer);
    clear();
    if (!isTyping) return;
    this.#typing.textContent = texts.typing.replace('{name}', () => this.#panel.nameOf());
    log.keepEnd();
    this.#typingTimer = setTimeout(clear, TYPING_SHOWN_MS);
  }

  /** @param {number} count Of characters that are too many, if it is above 0. */
  over(count) {
    const { over, lang } = this.#panel.texts;
    this.#over.textContent = count > 0 ? over.replace('{count}', count.toLocaleString(lang)) : '';
  }

  /** @param {boolean} isBack Moves the focus, and from the end to the start. */
  tab(isBack) {
    const { element, host } = this.#panel;
    const inside = /** @type {HTMLElement[]} */ (
      [...element.querySelectorAll('button:enabled,textarea,input,a,[tabindex]')].filter(
        (one) => one.checkVisibility() && !one.closest('[inert]') && isStop(one),
      )
    );
    if (isBack) inside.reverse();
    const index = inside.indexOf(/** @type {HTMLElement} */ (host.root.activeElement));
    inside[(index + 1) % inside.length].focus();
  }

  /** Follows the link of a mail, if there is one. */
  link() {
    followLink(this.#panel);
  }

  scrolled() {
    const { log, session } = this.#panel;
    if (log.log.scrollTop < NEAR_START && session.view)
      older(session.chat, session.hash).catch(() => {});
    if (log.wasAtEnd) this.#fresh.hidden = true;
  }

  /**
   * @param {import('../client/chat.js').View | undefined} view What is shown, and counted here; the
   *   server counts the others.
   * @returns {number} The unread messages of all conversations.
   */
  countUnread(view) {
    const { channel, channels } = this.#panel.session;
    if (view) {
      const read = view.members.find(({ role }) => role !== 'admin')?.last_read_seq ?? 0;
      channel.unread_count = view.messages.filter(
        ({ is_own, seq }) => !is_own && seq > read,
      ).length;
    }
    return channels.reduce((sum, { unread_count }) => sum + unread_count, 0);
  }

  markRead() {
    const { chat, hash, view } = this.#panel.session;
    if (view) markRead(chat, hash).catch(() => {});
  }

  /** Closes the list. */
  close() {
    this.#list?.close();
  }

  /** Lists the conversations, and shows the one that is chosen. */
  async #choose() {
    const panel = this.#panel;
    const { session } = panel;
    try {
      const { ChannelList } = await panel.host.load('channels.js');
      await session.refresh();
      // Opened twice, or somebody else is here.
      if (this.#list || session !== panel.session) return;
      const list = new ChannelList(panel, (/** @type {any} */ channel) => this.#faceOf(channel));
      this.#list = list;
      const hash = await list.choose(session.channels);
      this.#list = undefined;
      panel.focus();
      if (!hash) return panel.draw();
      await session.show(hash).catch((/** @type {any} */ error) => {
        if (hash === session.hash) panel.failed(error);
      });
    } catch {
      panel.say('offline');
    }
  }

  /** @param {string} name Of a row's button. @param {any} row */
  #act(name, { message, unsent }) {
    const { session } = this.#panel;
    if (name === 'retry') retry(session.chat.outbox, unsent.id);
    if (name === 'discard') discard(session.chat.outbox, unsent.id);
    if (name === 'edit') this.#edit(message);
    if (name === 'calendar') addToCalendar(message, message.meeting, this.#panel.texts.meeting);
    if (name === 'remove' && this.#sure === message.id)
      this.#attempt(remove(session.chat, session.hash, message.id));
    else if (name === 'remove') this.#ask(message.id);
  }

  /** Takes what is dropped or pasted. @param {DragEvent & ClipboardEvent} event */
  #given(event) {
    const { type, clipboardData, dataTransfer } = event;
    const isOver = type.startsWith('drag') && type !== 'dragleave';
    const hasFiles = Boolean(dataTransfer?.types.includes('Files'));
    this.#panel.element.classList.toggle('dropping', isOver && hasFiles);
    const files = isOver ? [] : filesIn(clipboardData ?? dataTransfer);
    if (!files.length) return;
    event.preventDefault();
    this.#add(files);
  }

  /** @param {File[]} files */
  async #add(files) {
    const loaded = files.length && (await this.#loadFiles());
    if (loaded) await loaded.add(files);
  }

  /** Loads what shows and sends files. */
  async #loadFiles() {
    const panel = this.#panel;
    try {
      const { Files } = await panel.host.load('files.js');
      if (!this.#files && !panel.host.signal.aborted) {
        this.#files = new Files(panel);
        panel.draw();
      }
    } catch {
      panel.say('offline');
    }
    return this.#files;
  }

  /** @param {Promise<void>} change */
  #attempt(change) {
    change.catch(() => this.#panel.say('failed'));
  }

  /** Asks whether to delete, for a while. @param {string} [id] */
  #ask(id) {
    this.#sure = id;
    this.#panel.draw();
    clearTimeout(this.#sureTimer);
    if (id) this.#sureTimer = setTimeout(() => this.#ask(), CONFIRM_MS);
  }

  /** @param {{ id: string, body: string }} message */
  #edit({ id, body }) {
    const { composer, session } = this.#panel;
    if (!composer.editing) this.#draft = composer.value;
    const stop = () => {
      composer.editing = undefined;
      this.#editing.hidden = true;
      composer.write(this.#draft);
      composer.focus();
    };
    const save = (/** @type {string} */ text) => {
      this.#attempt(edit(session.chat, session.hash, id, text));
      stop();
    };
    composer.editing = { save, stop };
    this.#editing.hidden = false;
    composer.write(body);
    composer.focus();
  }

  /** @param {import('./rows.js').Message[]} messages */
  #announce(messages) {
    const { log } = this.#panel;
    for (const message of messages) {
      const { is_own, seq } = message;
      if (is_own || seq <= (this.#announced ?? Infinity)) continue;
      const line = el('p', {}, `${this.#panel.nameOf()}: ${summaryOf(message)}`);
      // Screen readers must know the region before its first line.
      setTimeout(() => this.#spoken.append(line));
      setTimeout(() => line.remove(), SPOKEN_MS);
      this.#fresh.hidden = log.wasAtEnd;
    }
    this.#announced = messages.at(-1)?.seq ?? this.#announced ?? 0;
  }

  /** @param {any} row @param {import('./row.js').Parts} parts */
  #dress(row, { head, bubble, actions, extra }) {
    const { message, unsent, body, isDeleted, isFirst, isLast, isSure, tick } = row;
    const { locale, texts } = this.#panel;
    const { card, meeting, attachments } = (!isDeleted && message) || {};
    const names = attachments?.length ? attachments : unsent?.work?.files;
    if (names && !this.#files) this.#loadFiles();
    const isMeeting = message?.message_type === 'meeting' && !isDeleted;
    set(bubble, 'meeting', isMeeting);
    set(bubble, 'emoji', !isMeeting && !card && !names && EMOJI.test(body));
    patch(bubble, [
      isMeeting && icon('M4 6h16v14H4zM4 10h16M8 3v4M16 3v4'),
      ...(isDeleted ? [body] : linked(body)),
      card && cardOf(card, locale),
      meeting && meetingOf(meeting, locale, texts.calendar),
      ...(names ? (this.#files?.partsOf({ message, unsent }) ?? [namesOf(names)]) : []),
    ]);
    patch(extra, [
      unsent?.failed && el('button', { name: 'retry' }, texts.retry),
      unsent?.failed && el('button', { name: 'discard' }, texts.remove),
    ]);
    actions.classList.toggle('sure', Boolean(isSure));
    patch(actions, [
      tick && action('edit', 'M4 20h4L19 9l-4-4L4 16z', texts.edit),
      tick &&
        action('remove', 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13', isSure ? texts.sure : texts.remove),
    ]);
    const isOther = message && !message.is_own && message.message_type !== 'system';
    const { first_name = '', avatar_url } = message?.sender ?? {};
    patch(head, [
      isOther && isFirst && first_name && el('p', { part: 'name', dir: 'auto' }, first_name),
      isOther && isLast && face(first_name || this.#shop, avatar_url),
    ]);
  }

  get #shop() {
    return this.#panel.host.element.getAttribute('heading') ?? '';
  }

  /** @param {any} channel Of the staff in it. */
  #faceOf({ admin }) {
    return face(admin?.first_name ?? this.#shop, admin?.avatar_url);
  }
}

/**
 * Whether Tab reaches it. Of the radio buttons of a group it is the chosen one, or the first.
 * @param {Element} element
 */
function isStop(element) {
  const group = element.matches('[type=radio]') && element.closest('fieldset');
  return !group || element === (group.querySelector(':checked') ?? group.querySelector('input'));
}

/** @param {{ name: string }[]} files While what shows them is being loaded. */
const namesOf = (files) => files.map(({ name }) => name).join(', ');

/** @param {string} name @param {string} lines @param {string} label */
const action = (name, lines, label) => el('button', { name }, icon(lines), el('span', {}, label));

/** @param {HTMLElement} element @param {string} part @param {boolean} isSet */
function set(element, part, isSet) {
  element.part.toggle(part, isSet);
  element.classList.toggle(part, isSet);
}
