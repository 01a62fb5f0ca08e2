// @ts-check
/** What one message looks like: said, unsent, deleted, or being edited. */

import { COMPOSING, el, linked } from '../ui/dom.js';
import { clock, sameDay } from '../ui/time.js';
import { avatar, fullTime, icon, LANG, nameOf } from './parts.js';
import { isByMember } from './channels.js';

/** @typedef {import('../client/thread.js').Message & { is_own: boolean }} Shown */

/** Messages of one person so close together are one group. */
const GROUP_MS = 5 * 60_000;
/** A quick answer is the rule: what says that one waits for it shall not flicker. */
const SENDING_AFTER_MS = 600;

/**
 * @param {Shown | undefined} a
 * @param {Shown | undefined} b Whether the second continues what the first says.
 */
export const isTogether = (a, b) =>
  a !== undefined &&
  b !== undefined &&
  a.sender_id === b.sender_id &&
  a.message_type !== 'system' &&
  b.message_type !== 'system' &&
  sameDay(a.created_at, b.created_at) &&
  Date.parse(b.created_at) - Date.parse(a.created_at) < GROUP_MS;

/**
 * @param {Shown} message @param {import('./parts.js').Person} sender
 * @param {{ isFirst: boolean, isLast: boolean, isRead: boolean, isGone: boolean }} is First and last: of its group.
 * @param {Node[]} actions
 */
export function messageOf(message, sender, { isFirst, isLast, isRead, isGone }, actions) {
  const { id, body, created_at, edited_at, is_own } = message;
  const isSystem = message.message_type === 'system';
  const name = isSystem ? 'System message' : is_own ? 'You' : nameOf(sender);
  const side = isSystem ? 'system' : isByMember(message) ? 'theirs' : is_own ? 'own' : 'colleague';
  const at = clock(created_at, LANG);
  const time = el('time', { datetime: created_at, title: fullTime(created_at) }, at);
  const classes = ['msg', side, isFirst && 'first', isLast && 'last', isGone && 'gone']
    .filter(Boolean)
    .join(' ');
  const item = el('div', {
    role: 'article',
    class: classes,
    'data-message': id,
    'aria-label': `${name}, ${at}`,
  });
  if (isGone) item.append(el('div', { class: 'bubble' }, icon('trash'), 'Message deleted'));
  else if (isSystem)
    item.append(el('div', { class: 'bubble', dir: 'auto' }, ...linked(body)), time);
  else {
    if (isFirst && side === 'colleague')
      item.append(el('div', { class: 'name' }, avatar(sender), name));
    const meeting =
      message.message_type === 'meeting'
        ? el('div', { class: 'meeting' }, icon('calendar'), 'Meeting')
        : null;
    item.append(line(body, meeting, actions));
    const sent = is_own ? el('span', { class: 'tick' }, icon('check'), 'Sent') : null;
    const tick = isRead ? el('span', { class: 'tick read' }, icon('checks'), 'Read') : sent;
    const edited = edited_at ? el('span', { title: fullTime(edited_at) }, 'Edited') : null;
    if (isLast || edited) item.append(el('div', { class: 'meta' }, time, edited, tick));
  }
  return item;
}

/**
 * @param {import('../client/outbox.js').Unsent} item
 * @param {{ retry: () => void, discard: () => void }} on
 */
export function unsentOf({ id, body, failed }, { retry, discard }) {
  const meta = el('div', { class: 'meta' });
  if (failed) {
    meta.append(
      el('span', { class: 'tick bad' }, icon('alert'), `Not sent: ${failed.message}`),
      el('button', { type: 'button', onclick: retry }, 'Retry'),
      el('button', { type: 'button', onclick: discard }, 'Discard'),
    );
  } else {
    meta.append(el('span', { class: 'tick' }, icon('clock'), 'Sending…'));
    meta.style.animationDelay = `${SENDING_AFTER_MS}ms`;
  }
  const classes = `msg own first last pending${failed ? ' failed' : ''}`;
  const label = failed ? 'You, not sent' : 'You, sending';
  return el(
    'div',
    { role: 'article', class: classes, 'data-message': id, 'aria-label': label },
    line(body, null, []),
    meta,
  );
}

/**
 * @param {Shown} message
 * @param {() => void} cancel
 * @param {(text: string) => Promise<void>} save
 */
export function editorOf({ id, body }, cancel, save) {
  const text = el('textarea', {
    'aria-label': 'Edit message',
    rows: Math.min(8, body.split('\n').length + 1),
    maxlength: 5000,
    dir: 'auto',
  });
  text.value = body;
  const button = el('button', { class: 'primary' }, 'Save');
  const footer = el(
    'footer',
    {},
    el('button', { type: 'button', onclick: cancel }, 'Cancel'),
    button,
  );
  const form = el('form', { class: 'msg own editor', 'data-message': id }, text, footer);
  form.addEventListener('keydown', (event) => {
    if (event.keyCode === COMPOSING) return;
    if (event.key === 'Escape') cancel();
    else if (event.key === 'Enter' && !event.shiftKey && event.target === text)
      form.requestSubmit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (text.value === body) return cancel();
    if (!text.value.trim()) return;
    button.disabled = true;
    await save(text.value);
    button.disabled = false;
  });
  return form;
}

/** @param {string} body @param {Node | null} head @param {Node[]} actions */
const line = (body, head, actions) =>
  el(
    'div',
    { class: 'line' },
    el(
      'div',
      { class: 'bubble' },
      head,
      el('div', { class: 'text', dir: 'auto' }, ...linked(body)),
    ),
    el('span', { class: 'actions' }, ...actions),
  );
