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
import { ReadMark } from './read-mark.js';
import { ThreadHeader } from './thread-header.js';
import { ThreadLog } from './thread-log.js';
import { NEW_ROW, threadRows } from './thread-rows.js';
import { failedConversation, loadingConversation, noConversation } from './thread-state.js';
import { TypingLine } from './typing-line.js';

export class ThreadView extends EventTarget {
  #chat;
  #channels;
  #presence;
  #session;
  #conversation;
  #readMark;
  #announcer;
  #actions;
  #composer;
  #header = new ThreadHeader();
  #log = new ThreadLog();
  #typing = new TypingLine();
  #body = el('div', { class: 'thread-body' }, this.#log.element, this.#typing.element);
  /** Whether the log is where reading starts. Before that, nothing counts as seen. */
  #hasStarted = false;
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
    this.#readMark = new ReadMark(
      this.#conversation,
      () => this.#hasStarted && this.isInFront(this.hash),
      () => session.watch(chat.markRead(this.hash)),
    );
    this.#announcer = new Announcer(this.#conversation, presence);
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
    document.addEventListener('visibilitychange', () => this.#readMark.look());
  }

  #listenToParts() {
    listen(this.#header, 'back', () => emit(this, 'leave'));
    listen(this.#header, 'mark-read', () => this.markRead());
    listen(this.#log, 'scroll', () => this.#scrolled());
    listen(this.#log, 'near-top', () => this.#loadOlder());
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
    this.#readMark.readTo = this.#conversation.lastSeq;
    await this.#readMark.mark(true);
    this.#showRows();
  }

  /** @param {string} hash Forgets the conversation that was open, for this one. */
  #reset(hash) {
    this.#hasStarted = false;
    this.#actions.reset();
    this.#conversation.hash = hash;
    this.#conversation.view = undefined;
    this.#log.clear();
    this.#presence.enter(hash || undefined);
  }

  /** @param {import('../../client/chat.js').View} view Starts where the reader left off. */
  #start(view) {
    this.#conversation.view = view;
    this.#readMark.start();
    this.#announcer.start();
    this.#showHeader();
    this.#showComposer();
    this.#show(this.#body, true);
    this.#draw();
    if (this.#log.startAt(NEW_ROW)) this.#readMark.startAbove();
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
    if (this.#hasStarted && !this.#log.has(NEW_ROW) && this.isInFront(this.hash))
      this.#readMark.readTo = this.#conversation.lastSeq;
    this.#showRows();
    this.#announcer.announce();
    this.#readMark.look();
  }

  #showRows() {
    if (!this.#conversation.view) return;
    const { readTo } = this.#readMark;
    this.#log.show(threadRows(this.#conversation, readTo, this.#actions.editing, Date.now()));
    this.#showBelow();
  }

  #showHeader() {
    const { customer, channel } = this.#conversation;
    const lookers = this.#presence.lookers(this.hash).map((id) => this.#presence.admin(id));
    this.#header.show(customer, (channel?.unread_count ?? 0) > 0, lookers);
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

  #showBelow() {
    const seen = Math.max(this.#readMark.seenTo, this.#readMark.readTo);
    this.#log.showBelow(this.#log.isAtEnd ? 0 : this.#conversation.othersAfter(seen).length);
  }

  #scrolled() {
    this.#showBelow();
    this.#readMark.look();
  }

  async #loadOlder() {
    if (!this.#conversation.view?.hasOlder) return;
    await this.#chat.older(this.hash).catch((error) => this.#session.refused(error));
  }

  /** @param {string} body */
  #send(body) {
    this.#readMark.readTo = this.#conversation.lastSeq;
    this.#log.toEnd();
    this.#chat.send(this.hash, body);
  }
}
