// @ts-check
/**
 * One conversation: its header, its log, and the composer. Each change shows `chat.view()` anew.
 *
 * Events: `leave` (back to the list), `leave-composer`, `finish` (close or reopen), `details`,
 * `assign`, `snooze`, `more` {anchor} for menus, `sent-with` {hash, id, work} after a reply with a
 * status, `change` when another conversation is open.
 */

import { el } from '../../ui/dom.js';
import { emit, listen } from '../../ui/events.js';
import { Composer } from '../composer/composer.js';
import { sendFilesIn } from '../composer/inbox-files.js';
import { Mentions } from '../composer/mentions.js';
import { pickProduct } from '../details/shop-products.js';
import { errorText, toast } from '../parts/feedback.js';
import { filled, shortMoment } from '../parts/format.js';
import { iconButton } from '../parts/icons.js';
import { texts } from '../texts.js';
import { Announcer } from './announcer.js';
import { Conversation } from './conversation.js';
import { MessageActions } from './message-actions.js';
import { NewMark } from './new-mark.js';
import { ReadMark } from './read-mark.js';
import { SentFrom } from './sent-from.js';
import { ThreadHeader } from './thread-header.js';
import { ThreadLog } from './thread-log.js';
import { NEW_ROW, threadRows } from './thread-rows.js';
import {
  failedConversation,
  loadingConversation,
  noConversation,
  nobodyWaits,
} from './thread-state.js';
import { TypingLine } from './typing-line.js';

/** How often the page looks whether a new day has begun. */
const DAY_CHECK_MS = 30_000;

export class ThreadView extends EventTarget {
  #chat;
  #channels;
  #presence;
  #session;
  #staffLogs;
  #labels;
  #mentions;
  #conversation;
  #readMark;
  #newMark;
  #announcer;
  #actions;
  #composer;
  #header = new ThreadHeader();
  #log = new ThreadLog();
  #sentFrom;
  #typing = new TypingLine();
  #body = el('div', { class: 'thread-body' }, this.#log.element, this.#typing.element);
  /** Whether the log is where reading starts. Before that, nothing counts as seen. */
  #hasStarted = false;
  /** Whether a button leads up to the first new message. */
  #isNewAbove = false;
  /** Whether an answer is on its way: who answers has read what stands above. */
  #isAnswering = false;
  #hasDetails = false;
  /** Whether the composer gets the focus once the messages are there. */
  #isFocusWanted = false;
  /** The day of the calendar for which the rows are drawn. */
  #today = '';
  element = el('section', { class: 'thread', 'aria-label': texts.conversation }, noConversation());

  /**
   * @param {object} parts
   * @param {import('../../client/full-chat.js').FullChat} parts.chat
   * @param {import('../channels/channels.js').Channels} parts.channels
   * @param {import('../presence.js').Presence} parts.presence
   * @param {import('../session/session.js').Session} parts.session
   * @param {import('../composer/canned.js').CannedAnswers} parts.canned
   * @param {import('../../client/staff-logs.js').StaffLogs} parts.staffLogs
   * @param {import('../labels.js').Labels} parts.labels
   * @param {import('../composer/drafts.js').Drafts} parts.drafts
   * @param {import('../details/shop.js').Shop} parts.shop
   */
  constructor({ chat, channels, presence, session, canned, staffLogs, labels, drafts, shop }) {
    super();
    this.#chat = chat;
    this.#sentFrom = new SentFrom(chat);
    sendFilesIn(chat);
    this.#staffLogs = staffLogs;
    this.#labels = labels;
    this.#channels = channels;
    this.#presence = presence;
    this.#session = session;
    this.#conversation = new Conversation(channels, presence, staffLogs, labels);
    this.#mentions = new Mentions(presence);
    this.#newMark = new NewMark(this.#conversation);
    this.#readMark = new ReadMark(
      this.#conversation,
      () => this.#hasStarted && this.isInFront(this.hash),
      () => session.watch(this.#sendRead()),
    );
    this.#announcer = new Announcer(this.#conversation);
    this.#actions = new MessageActions(
      chat,
      session,
      this.#conversation,
      this.#log.element,
      staffLogs,
      this.#mentions.in,
    );
    this.#composer = new Composer(
      canned,
      this.#conversation,
      (since) => this.#conversation.newsAfter(since, this.#readMark.seenTo),
      drafts,
      this.#mentions,
    );
    if (shop.isConnected)
      this.#composer.addTool(iconButton(texts.pickProduct, 'tag', () => this.#pickProduct(shop)));
    this.#listenToStores();
    this.#listenToParts();
  }

  /** @param {import('../details/shop.js').Shop} shop */
  #pickProduct(shop) {
    const { hash } = this;
    pickProduct(shop, (card, words) => {
      if (hash === this.hash) this.#composer.sendWith({ card }, words);
    });
  }

  #listenToStores() {
    listen(this.#chat, 'change', ({ channel_hash }) => channel_hash === this.hash && this.#draw());
    listen(this.#staffLogs, 'change', ({ channel_hash }) => {
      if (channel_hash === this.hash) this.#showRows();
    });
    listen(this.#staffLogs, 'error', ({ error }) => this.#session.refused(error));
    this.#labels.addEventListener('change', () => this.#showRows());
    listen(this.#channels, 'change', ({ hash }) => {
      const { staff_seq = 0 } = this.#conversation.channel ?? {};
      if (this.hash && hash === this.hash) this.#staffLogs.learn(hash, staff_seq);
      if (this.hash && (!hash || hash === this.hash)) this.#showHeader();
    });
    this.#presence.addEventListener('change', () => {
      if (!this.hash) return;
      this.#showHeader();
      this.#showTyping();
      this.#showRows();
    });
    for (const name of ['focus', 'blur']) addEventListener(name, () => this.#readMark.look());
    document.addEventListener('visibilitychange', () => {
      this.#readMark.look();
      this.#sentFrom.look(this.#conversation);
      this.#checkDay();
    });
    setInterval(() => this.#checkDay(), DAY_CHECK_MS);
  }

  #listenToParts() {
    listen(this.#header, 'back', () => emit(this, 'leave'));
    listen(this.#header, 'finish', () => emit(this, 'finish'));
    listen(this.#header, 'details', () => emit(this, 'details'));
    for (const menu of ['assign', 'snooze', 'more'])
      listen(this.#header, menu, ({ anchor }) => emit(this, menu, { anchor }));
    listen(this.#log, 'scroll', () => this.#scrolled());
    listen(this.#log, 'near-top', () => this.#loadOlder());
    listen(this.#log, 'jump', () => this.#jumpToNew());
    listen(this.#actions, 'change', () => this.#showRows());
    listen(this.#actions, 'edit', () => this.#log.focusEditor());
    listen(this.#actions, 'done', () => this.#composer.focus());
    listen(this.#composer, 'send', ({ body, work, type }) => this.#send(body, work, type));
    listen(this.#composer, 'note', ({ body }) => this.#addNote(body));
    listen(this.#composer, 'type', () => this.#conversation.view && this.#chat.typing(this.hash));
    listen(this.#composer, 'edit-last', () => this.#actions.editLast());
    listen(this.#composer, 'leave', () => emit(this, 'leave-composer'));
    listen(this.#readMark, 'error', ({ error, isRequested }) => {
      if (isRequested) toast(filled(texts.notMarked, { reason: errorText(error) }));
    });
  }

  /** The hash of the open conversation; empty if none is open. */
  get hash() {
    return this.#conversation.hash;
  }

  /** @param {string} hash Whether the reader has the end of this conversation in view right now. */
  isInFront(hash) {
    return (
      hash === this.hash &&
      this.#log.isAtEnd &&
      !this.element.inert &&
      document.visibilityState === 'visible' &&
      document.hasFocus()
    );
  }

  focus() {
    this.#log.focus();
  }

  /** @param {boolean} [isNote] */
  focusComposer(isNote = false) {
    this.#isFocusWanted = this.#composer.element.inert;
    this.#composer.write(isNote);
  }

  /** Whether a reply or a note is begun here. */
  get isWriting() {
    return this.#composer.isWriting;
  }

  /** @param {boolean} is Whether the details are open. @param {boolean} isCovered By them. */
  showDetails(is, isCovered) {
    this.#hasDetails = is;
    this.element.inert = isCovered;
    if (this.hash) this.#showHeader();
    if (!isCovered) this.#readMark.look();
  }

  /** @param {string} name Of a button in the header, where its menu opens. */
  anchor(name) {
    return this.#header.anchor(name);
  }

  /** @param {string} hash */
  async open(hash) {
    if (hash === this.hash && this.#conversation.view) return;
    if (this.hash && this.hash !== hash) this.#leave();
    this.#reset(hash);
    this.#showHeader();
    this.#showTyping();
    this.#showComposer();
    this.#show(loadingConversation(), false);
    try {
      const [view] = await Promise.all([
        this.#session.watch(this.#chat.open(hash)),
        this.#channels.find(hash).then((channel) => this.#openStaffLog(hash, channel?.staff_seq)),
      ]);
      if (this.hash === hash) this.#start(view);
    } catch (error) {
      const retry = () => this.open(this.hash);
      if (this.hash === hash)
        this.element.replaceChildren(this.#header.element, failedConversation(error, retry));
    }
  }

  /** @param {boolean} [isAllDone] Whether no customer waits for an answer. */
  close(isAllDone = false) {
    if (!this.hash) return;
    this.#leave();
    this.#reset('');
    this.element.replaceChildren(isAllDone ? nobodyWaits() : noConversation());
  }

  #leave() {
    this.#chat.leave(this.hash);
    this.#staffLogs.leave(this.hash);
  }

  /** @param {string} hash @param {number} [known] Fails never: it is read again. */
  async #openStaffLog(hash, known) {
    if (this.hash === hash) await this.#staffLogs.open(hash, known);
  }

  /** Marks what is in view as read, also what the reader has marked as unread. */
  async #sendRead() {
    const { hash } = this;
    await this.#chat.markRead(hash);
    const { channel, readByMe } = this.#conversation;
    const isSeen = hash === this.hash && !this.#conversation.membersAfter(readByMe).length;
    if (isSeen && channel?.unread_count) await this.#channels.markRead(hash);
  }

  /** After a new sign-in: does again what failed without a valid token. */
  retry() {
    if (this.#conversation.view) this.#readMark.retry();
    else if (this.hash) this.open(this.hash);
  }

  /** Marks all messages as read, in view or not. */
  async markRead() {
    if (!this.#conversation.view) return;
    this.#newMark.clear();
    await this.#readMark.mark(true);
    this.#showRows();
  }

  /** @param {string} hash Forgets the conversation that was open, for this one. */
  #reset(hash) {
    this.#hasStarted = this.#isNewAbove = this.#isAnswering = this.#isFocusWanted = false;
    this.#actions.reset();
    this.#conversation.hash = hash;
    this.#conversation.view = undefined;
    this.#log.clear();
    this.#presence.enter(hash || undefined);
    emit(this, 'change');
  }

  /**
   * Starts at the first new message, or at the end if that is too far up to be loaded.
   * @param {import('../../client/chat.js').View} view
   */
  #start(view) {
    this.#conversation.view = view;
    this.#readMark.start();
    this.#newMark.start();
    this.#announcer.start();
    this.#showHeader();
    this.#showComposer();
    this.#show(this.#body, true);
    this.#draw();
    const { first, isFurtherUp } = this.#newMark;
    if (first !== undefined && this.#log.startAt(NEW_ROW)) this.#readMark.startAt(first);
    this.#isNewAbove = isFurtherUp;
    this.#hasStarted = true;
    this.#scrolled();
  }

  /**
   * The composer has its place also while the messages are loading: nothing jumps.
   * @param {HTMLElement} body
   * @param {boolean} canWrite
   */
  #show(body, canWrite) {
    const { element } = this.#composer;
    element.inert = !canWrite;
    element.setAttribute('aria-hidden', String(!canWrite));
    this.element.replaceChildren(this.#header.element, body, element);
    if (canWrite && this.#isFocusWanted) this.#composer.focus();
    if (canWrite) this.#isFocusWanted = false;
  }

  /** After every change of the conversation. */
  #draw() {
    if (!this.#conversation.view) return;
    const view = this.#chat.view(this.hash);
    this.#conversation.view = view;
    for (const member of view.members) this.#channels.mark(this.hash, member);
    // What arrives in front of the reader is not marked as new.
    const { first, isFurtherUp } = this.#newMark;
    const hasMark = first !== undefined || isFurtherUp;
    if (this.#hasStarted && !hasMark && this.isInFront(this.hash)) this.#newMark.clear();
    this.#newMark.find();
    this.#showRows();
    this.#announcer.announce();
    this.#readMark.look();
    this.#sentFrom.look(this.#conversation);
    if (!this.#isAnswering || this.#conversation.hasUnsent) return;
    this.#isAnswering = false;
    this.#readMark.mark(false);
  }

  #showRows() {
    if (!this.#conversation.view) return;
    const { first } = this.#newMark;
    const now = Date.now();
    this.#today = new Date(now).toDateString();
    this.#log.show(threadRows(this.#conversation, first, this.#actions.editing, now));
    this.#showWays();
  }

  /** Draws `Today` and `Yesterday` anew when they have changed. */
  #checkDay() {
    if (this.#today !== new Date().toDateString()) this.#showRows();
  }

  #showHeader() {
    const { customer, channel, recipient } = this.#conversation;
    const { assignee_id, status, snoozed_until, last_message_at } = channel ?? {};
    this.#presence.know(channel?.assignee);
    this.#header.show({
      customer,
      recipient,
      isHere: this.#presence.isMemberHere(this.hash),
      lookers: this.#presence.lookers(this.hash).map((id) => this.#presence.admin(id)),
      assignee: assignee_id ? this.#presence.shortName(assignee_id) : '',
      snoozed: status === 'snoozed' && snoozed_until ? shortMoment(snoozed_until) : '',
      isClosed: status === 'closed',
      isEmpty: last_message_at === null,
      hasDetails: this.#hasDetails,
    });
  }

  #showTyping() {
    const typers = this.#presence.typers(this.hash);
    this.#typing.show(
      typers.map(({ id, role }) =>
        role === 'admin' ? this.#presence.admin(id) : this.#conversation.customer,
      ),
    );
  }

  #showComposer() {
    this.#composer.show(this.hash, this.#conversation.channel?.customer.first_name);
  }

  /** The ways to the end and to the first new message. */
  #showWays() {
    const { count, first, readTo } = this.#newMark;
    const seen = Math.max(this.#readMark.seenTo, readTo, this.#conversation.readByMe);
    this.#log.showBelow(this.#log.isAtEnd ? 0 : this.#conversation.membersAfter(seen).length);
    if (!count || (first !== undefined && !this.#log.isAbove(NEW_ROW))) this.#isNewAbove = false;
    this.#log.showAbove(this.#isNewAbove ? count : 0);
  }

  #scrolled() {
    this.#showWays();
    this.#readMark.look();
  }

  async #loadOlder() {
    if (!this.#conversation.view?.hasOlder) return;
    await this.#chat.older(this.hash).catch((error) => this.#session.refused(error));
    this.#loadOlderLines();
  }

  /** Loads what is missing up to the first new message, and goes there. */
  async #jumpToNew() {
    const { hash } = this;
    try {
      while (this.hash === hash && this.#newMark.isFurtherUp) await this.#chat.older(hash);
      this.#loadOlderLines();
    } catch (error) {
      this.#session.refused(error);
      toast(errorText(error));
      return;
    }
    if (this.hash === hash) this.#log.goTo(NEW_ROW);
  }

  #loadOlderLines() {
    const seq = this.#conversation.messages[0]?.seq ?? 0;
    this.#staffLogs.older(this.hash, seq).catch((error) => this.#session.refused(error));
  }

  /**
   * @param {string} body @param {import('../composer/composer.js').Work} work
   * @param {'text' | 'meeting'} type
   */
  #send(body, work, type) {
    const { hash } = this;
    this.#newMark.clear();
    this.#log.toEnd();
    const { id } = this.#chat.send(hash, body, type, work);
    this.#isAnswering = true;
    if (work.status) emit(this, 'sent-with', { hash, id, work });
  }

  /** @param {string} body */
  #addNote(body) {
    this.#log.toEnd();
    this.#staffLogs.addNote(this.hash, body, this.#mentions.in(body));
  }
}
