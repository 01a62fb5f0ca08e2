// @ts-check
/**
 * What the reader does with single messages: edits, deletes, sends again or discards them.
 *
 * Events: `change` when another message or none is being edited, then `edit` or `done`: the focus
 * goes into the message, or back to the composer.
 */

import { emit, listen } from '../../ui/events.js';
import { askMeeting } from '../composer/meeting-dialog.js';
import { confirmDelete } from '../dialogs.js';
import { errorText, toast } from '../parts/feedback.js';
import { filled } from '../parts/format.js';
import { texts } from '../texts.js';

export class MessageActions extends EventTarget {
  #chat;
  #session;
  #conversation;
  #staffLogs;
  #mentionsIn;
  /** @type {string | undefined} */
  #editing;

  /**
   * @param {import('../../client/full-chat.js').FullChat} chat
   * @param {import('../session/session.js').Session} session
   * @param {import('./conversation.js').Conversation} conversation
   * @param {HTMLElement} log The events of its messages are handled.
   * @param {import('../../client/staff-logs.js').StaffLogs} staffLogs
   * @param {(body: string) => string[]} mentionsIn The admins whom a note names.
   */
  constructor(chat, session, conversation, log, staffLogs, mentionsIn) {
    super();
    this.#staffLogs = staffLogs;
    this.#mentionsIn = mentionsIn;
    this.#chat = chat;
    this.#session = session;
    this.#conversation = conversation;
    listen(log, 'message-edit', ({ id }) => this.#edit(id));
    listen(log, 'message-cancel', ({ id }) => this.#endEdit(id));
    listen(log, 'message-save', (detail) => this.#save(detail));
    listen(log, 'message-meeting', ({ id }) => this.#move(id));
    listen(log, 'message-delete', ({ id }) => this.#delete(id));
    listen(log, 'message-retry', ({ id }) => [chat, staffLogs].map((one) => one.retry(id)));
    listen(log, 'message-discard', ({ id }) => [chat, staffLogs].map((one) => one.discard(id)));
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
      const { hash } = this.#conversation;
      await this.#session.watch(
        isNote(id)
          ? this.#staffLogs.editNote(hash, id, body, this.#mentionsIn(body))
          : this.#chat.edit(hash, id, body),
      );
      this.#endEdit(id);
    } catch (error) {
      toast(filled(texts.notSaved, { reason: errorText(error) }));
      failed();
    }
  }

  /** Changes a meeting. @param {string} id */
  #move(id) {
    const { hash, messages } = this.#conversation;
    const message = messages.find((one) => one.id === id);
    if (!message?.meeting) return;
    const { body } = message;
    askMeeting(message.meeting, (meeting, words) => {
      // The last paragraph said the meeting in words.
      const text = body.slice(0, body.lastIndexOf('\n\n') + 1);
      const change = this.#chat.edit(hash, id, text ? `${text}\n${words}` : words, { meeting });
      this.#session.watch(change).catch((/** @type {any} */ error) => {
        toast(filled(texts.notSaved, { reason: errorText(error) }));
      });
    });
  }

  /** @param {string} id */
  #delete(id) {
    const { hash, messages, notes } = this.#conversation;
    const message = [...messages, ...notes].find((one) => one.id === id);
    if (!message) return;
    confirmDelete(message.body, async () => {
      try {
        await this.#session.watch(
          isNote(id) ? this.#staffLogs.removeNote(hash, id) : this.#chat.remove(hash, id),
        );
      } catch (error) {
        toast(filled(texts.notDeleted, { reason: errorText(error) }));
      }
      emit(this, 'done');
    });
  }
}

/** @param {string} id */
const isNote = (id) => id.startsWith('chatnote_');
