// @ts-check
/**
 * What the reader does with single messages: edits, deletes, sends again or discards them.
 *
 * Events: `change` when another message or none is being edited, then `edit` or `done`: the focus
 * goes into the message, or back to the composer.
 */

import { emit, listen } from '../../ui/events.js';
import { confirmDelete } from '../dialogs.js';
import { errorText, toast } from '../parts/feedback.js';
import { filled } from '../parts/format.js';
import { texts } from '../texts.js';

export class MessageActions extends EventTarget {
  #chat;
  #session;
  #conversation;
  /** @type {string | undefined} */
  #editing;

  /**
   * @param {import('../../client/full-chat.js').FullChat} chat
   * @param {import('../session/session.js').Session} session
   * @param {import('./conversation.js').Conversation} conversation
   * @param {HTMLElement} log The events of its messages are handled.
   */
  constructor(chat, session, conversation, log) {
    super();
    this.#chat = chat;
    this.#session = session;
    this.#conversation = conversation;
    listen(log, 'message-edit', ({ id }) => this.#edit(id));
    listen(log, 'message-cancel', ({ id }) => this.#endEdit(id));
    listen(log, 'message-save', (detail) => this.#save(detail));
    listen(log, 'message-delete', ({ id }) => this.#delete(id));
    listen(log, 'message-retry', ({ id }) => chat.retry(id));
    listen(log, 'message-discard', ({ id }) => chat.discard(id));
  }

  /** The id of the message that is being edited. */
  get editing() {
    return this.#editing;
  }

  /** Ends an edit without an event: another conversation is opened. */
  reset() {
    this.#editing = undefined;
  }

  editLast() {
    // While the last message is on its way, any other would be the wrong one.
    const { hasUnsent, lastOwn } = this.#conversation;
    if (!hasUnsent && lastOwn) this.#edit(lastOwn.id);
  }

  /** @param {string | undefined} id */
  #edit(id) {
    this.#editing = id;
    emit(this, 'change');
    emit(this, id ? 'edit' : 'done');
  }

  /** @param {string} id */
  #endEdit(id) {
    if (this.#editing === id) this.#edit(undefined);
  }

  /** @param {{ id: string, body: string, failed: () => void }} edit */
  async #save({ id, body, failed }) {
    try {
      await this.#session.watch(this.#chat.edit(this.#conversation.hash, id, body));
      this.#endEdit(id);
    } catch (error) {
      toast(filled(texts.notSaved, { reason: errorText(error) }));
      failed();
    }
  }

  /** @param {string} id */
  #delete(id) {
    const { hash, messages } = this.#conversation;
    const message = messages.find((one) => one.id === id);
    if (!message) return;
    confirmDelete(message.body, async () => {
      try {
        await this.#session.watch(this.#chat.remove(hash, id));
      } catch (error) {
        toast(filled(texts.notDeleted, { reason: errorText(error) }));
      }
      emit(this, 'done');
    });
  }
}
