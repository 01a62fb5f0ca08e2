// @ts-check
/**
 * One conversation: its header, its log, and the composer. Each change shows `chat.view()` anew.
 *
 * Events: `leave` (back to the list), `leave-composer`.
 */

import { el } from '../../ui/dom.js';
import { emit, listen } from '../../ui/events.js';
import { Composer } from '../composer/composer.js';
import { errorText, toast } from '../parts/feedback.js';
import { filled } from '../parts/format.js';
import { texts } from '../texts.js';
import { Announcer } from './announcer.js';
import { Conversation } from './conversation.js';
import { MessageActions } from './message-actions.js';
import { NewMark } from './new-mark.js';
import { ReadMark } from './read-mark.js';
import { ThreadHeader } from './thread-header.js';
import { ThreadLog } from './thread-log.js';
import { NEW_ROW, threadRows } from './thread-rows.js';
import { failedConversation, loadingConversation, noConversation } from './thread-state.js';
import { TypingLine } from './typing-line.js';

/** How often the page looks whether a new day has begun. */
const DAY_CHECK_MS = 30_000;

export class ThreadView extends EventTarget {
  #chat;
  #channels;
  #presence;
  #session;
  #conversation;
  #readMark;
  #newMark;
  #announcer;
  #actions;
  #composer;
  #header = new ThreadHeader();
  #log = new ThreadLog();
  #typing = new TypingLine();
  #body = el('div', { class: 'thread-body' }, this.#log.element, this.#typing.element);
  /** Whether the log is where reading starts. Before that, nothing counts as seen. */
  #hasStarted = false;
  /** Whether a button leads up to the first new message. */
  #isNewAbove = false;
  /** Whether an answer is on its way: who answers has read what stands above. */
  #isAnswering = false;
  /** The day of the calendar for which the rows are drawn. */
  #today = '';
  element = el('section', { class: 'thread', 'aria-label': texts.conversation }, noConversation());

  /**
   * @param {object} parts
   * @param {import('../../client/chat.js').Chat} parts.chat
   * @param {import('../channels/channels.js').Channels} parts.channels
   * @param {import('../presence.js').Presence} parts.presence
   * @param {import('../session/session.js').Session} parts.session
   * @param {import('../composer/canned.js').CannedAnswers} parts.canned
   */
  constructor({ chat, channels, presence, session, canned }) {
    super();
    this.#chat = chat;
    this.#channels = channels;
    this.#presence = presence;
    this.#session = session;
    this.#conversation = new Conversation(channels, presence);
    this.#newMark = new NewMark(this.#conversation);
    this.#readMark = new ReadMark(
      this.#conversation,
      () => this.#hasStarted && this.isInFront(this.hash),
      () => session.watch(chat.markRead(this.hash)),
    );
    this.#announcer = new Announcer(this.#conversation);
    this.#actions = new MessageActions(chat, session, this.#conversation, this.#log.element);
    this.#composer = new Composer(session.me, canned, this.#conversation, (since) =>
      this.#conversation.newsAfter(since, this.#readMark.seenTo),
    );
    this.#listenToStores();
    this.#listenToParts();
  }

  #listenToStores() {
    listen(this.#chat, 'change', ({ channel_hash }) => channel_hash === this.hash && this.#draw());
    listen(this.#channels, 'change', ({ hash }) => {
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
      this.#checkDay();
    });
    setInterval(() => this.#checkDay(), DAY_CHECK_MS);
  }

  #listenToParts() {
    listen(this.#header, 'back', () => emit(this, 'leave'));
    listen(this.#header, 'mark-read', () => this.markRead());
    listen(this.#log, 'scroll', () => this.#scrolled());
    listen(this.#log, 'near-top', () => this.#loadOlder());
    listen(this.#log, 'jump', () => this.#jumpToNew());
    listen(this.#actions, 'change', () => this.#showRows());
    listen(this.#actions, 'edit', () => this.#log.focusEditor());
    listen(this.#actions, 'done', () => this.#composer.focus());
    listen(this.#composer, 'send', ({ body }) => this.#send(body));
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
      document.visibilityState === 'visible' &&
      document.hasFocus()
    );
  }

  focus() {
    this.#log.focus();
  }

  focusComposer() {
    this.#composer.focus();
  }

  /** @param {string} hash */
  async open(hash) {
    if (hash === this.hash && this.#conversation.view) return;
    if (this.hash && this.hash !== hash) this.#chat.leave(this.hash);
    this.#reset(hash);
    this.#showHeader();
    this.#showTyping();
    this.#showComposer();
    this.#show(loadingConversation(), false);
    try {
      const [view] = await Promise.all([
        this.#session.watch(this.#chat.open(hash)),
        this.#channels.find(hash),
      ]);
      if (this.hash === hash) this.#start(view);
    } catch (error) {
      const retry = () => this.open(this.hash);
      if (this.hash === hash)
        this.element.replaceChildren(this.#header.element, failedConversation(error, retry));
    }
  }

  close() {
    if (!this.hash) return;
    this.#chat.leave(this.hash);
    this.#reset('');
    this.element.replaceChildren(noConversation());
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
    this.#hasStarted = this.#isNewAbove = this.#isAnswering = false;
    this.#actions.reset();
    this.#conversation.hash = hash;
    this.#conversation.view = undefined;
    this.#log.clear();
    this.#presence.enter(hash || undefined);
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
    const lookers = this.#presence.lookers(this.hash).map((id) => this.#presence.admin(id));
    this.#header.show(customer, recipient, (channel?.unread_count ?? 0) > 0, lookers);
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
  }

  /** Loads what is missing up to the first new message, and goes there. */
  async #jumpToNew() {
    const { hash } = this;
    try {
      while (this.hash === hash && this.#newMark.isFurtherUp) await this.#chat.older(hash);
    } catch (error) {
      this.#session.refused(error);
      toast(errorText(error));
      return;
    }
    if (this.hash === hash) this.#log.goTo(NEW_ROW);
  }

  /** @param {string} body */
  #send(body) {
    this.#newMark.clear();
    this.#log.toEnd();
    this.#chat.send(this.hash, body);
    this.#isAnswering = true;
  }
}
