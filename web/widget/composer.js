// @ts-check
/**
 * Where one writes: a new message, or another text for one that was sent. What is written survives
 * a reload.
 */

import { COMPOSING, el } from '../ui/dom.js';

/**
 * @typedef {object} Writing
 * @property {() => void} typing
 * @property {(body: string) => Promise<void>} send
 * @property {(id: string, body: string) => void} save
 * @property {(text?: string) => string | null} keep Keeps what is being written, or answers what was.
 */

/** @param {import('./texts.js').Texts} texts @param {Writing} on */
export function createComposer(texts, on) {
  /** @type {{ id: string, body: string } | undefined} The message that gets another text. */
  let edited;
  let draft = '';
  let isSending = false;
  const input = el('textarea', {
    part: 'input',
    rows: '1',
    dir: 'auto',
    maxlength: 5000,
    placeholder: texts.placeholder,
    'aria-label': texts.placeholder,
    oninput: written,
    onkeydown: key,
  });
  const editing = el(
    'p',
    { part: 'editing', hidden: true },
    texts.editing,
    el('button', { type: 'button', onclick: cancel }, texts.cancel),
  );
  const element = el(
    'form',
    { part: 'composer', onsubmit: submit },
    editing,
    input,
    el('button', { part: 'send', 'aria-label': texts.send }, '↑'),
  );
  write(on.keep() ?? '');

  return {
    element,
    write,
    fit,
    stop,
    focus: () => input.focus(),
    /** @param {{ id: string, body: string }} message */
    edit(message) {
      if (!edited) draft = input.value;
      edited = message;
      editing.hidden = false;
      write(message.body);
      input.focus();
    },
  };

  /** @param {string} text */
  function write(text) {
    input.value = text;
    fit();
  }

  function fit() {
    input.style.height = '';
    input.style.height = `${input.scrollHeight}px`;
    if (!edited) on.keep(input.value);
  }

  function written() {
    fit();
    if (!edited && input.value.trim()) on.typing();
  }

  /** Ends an edit, as what belongs to a conversation that is left. */
  function stop() {
    if (!edited) return;
    edited = undefined;
    editing.hidden = true;
    write(draft);
  }

  function cancel() {
    stop();
    input.focus();
  }

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    const body = input.value;
    if (!body.trim()) return;
    if (edited) {
      on.save(edited.id, body);
      cancel();
    } else if (!isSending) {
      // It stands here until it is safe elsewhere.
      isSending = true;
      on.send(body)
        .then(
          () => input.value.startsWith(body) && write(input.value.slice(body.length)),
          () => {},
        )
        .then(() => (isSending = false));
    }
  }

  /**
   * @param {KeyboardEvent} event On a phone Enter begins a line: its keyboard has no other key for
   * that.
   */
  function key(event) {
    if (
      event.key === 'Enter' &&
      !event.shiftKey &&
      event.keyCode !== COMPOSING &&
      !matchMedia('(pointer: coarse)').matches
    )
      submit(event);
    if (event.key === 'Escape' && edited) {
      event.preventDefault();
      cancel();
    }
  }
}
