// @ts-check
/**
 * The inbox: puts the parts together, and says what the keys do. Opening it costs two requests: the
 * first page of the list, and a ticket.
 */

import { createChat } from '../client/chat.js';
import { COMPOSING, el } from '../ui/dom.js';
import { Alerts } from './alerts.js';
import { CannedReplies } from './canned.js';
import { Channels, isByMember } from './channels.js';
import { ListView } from './list.js';
import { newConversation, settingsPanel, shortcutsAreOn, showShortcuts } from './dialogs.js';
import { icon, iconButton, nameOf, toast, unseen, VOICES, wordsOf } from './parts.js';
import { Presence } from './presence.js';
import { Session } from './session.js';
import { ThreadView } from './thread-view.js';

/** A short gap in the connection is nobody's business. */
const TROUBLE_AFTER_MS = 2_500;
const REMEMBERED_EVENTS = 500;
const NARROW = matchMedia('(max-width: 719px)');

const { medusaUrl = '', embedOrigins = '' } = document.documentElement.dataset;
const inboxSession = new Session({
  medusaUrl,
  embedOrigins: embedOrigins.split(' ').filter(Boolean),
  embedded: new URLSearchParams(location.search).get('embed') === '1',
});
document.body.append(VOICES);
inboxSession.start().then(() => startInbox(inboxSession));

/** @param {Session} session */
function startInbox(session) {
  /** @type {Set<() => void>} */
  const returns = new Set();
  const chat = createChat({
    api: location.origin,
    scope: 'admin',
    actorId: session.me,
    getToken: () => session.token,
    onReturn: (run) => {
      returns.add(run);
      return () => returns.delete(run);
    },
  });
  const cameBack = () => document.visibilityState === 'visible' && returns.forEach((run) => run());
  /** @param {string} method @param {string} path @param {unknown} [body] */
  const ask = (method, path, body) => session.watch(chat.request(method, path, body));
  const channels = new Channels(ask, session.me);
  const presence = new Presence(chat, session.me, ask);
  const canned = new CannedReplies(ask);
  const list = new ListView(channels, presence, session.me, (hash) => open(hash));
  const thread = new ThreadView({
    chat,
    channels,
    presence,
    session,
    canned,
    leave: () => leave(),
    leaveComposer: () => list.focus(),
  });
  const alerts = new Alerts('Inbox', (hash) => open(hash));

  const count = el('span', { class: 'count-all', hidden: true });
  const search = el('input', {
    type: 'search',
    placeholder: 'Search…',
    'aria-label': 'Search conversations',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const hint = el('p', { class: 'search-hint', role: 'status', hidden: true });
  const trouble = el('div', { class: 'trouble', role: 'status', hidden: true });
  const settings = settingsPanel(alerts, canned, session);
  const side = el(
    'nav',
    { class: 'side', 'aria-label': 'Inbox' },
    el(
      'header',
      { class: 'side-head' },
      el('span', { class: 'side-title', 'aria-hidden': 'true' }, 'Inbox'),
      count,
      iconButton('New conversation', 'plus', () => startConversation(), {
        title: 'New conversation (N)',
      }),
      iconButton('Settings', 'gear', () => {}, { popovertarget: 'settings' }),
      settings,
    ),
    el(
      'div',
      { class: 'search' },
      icon('search'),
      search,
      el('kbd', { 'aria-hidden': 'true' }, '/'),
    ),
    hint,
    list.element,
  );
  const page = el(
    'main',
    { class: 'inbox' },
    el('h1', { class: 'hidden' }, 'Inbox'),
    trouble,
    side,
    thread.element,
  );
  document.body.prepend(page);

  /** @param {string} hash @param {boolean} [write] */
  async function open(hash, write = false) {
    const url = `#${encodeURIComponent(hash)}`;
    // On a phone the way back leads to the list.
    if (NARROW.matches && !thread.hash) history.pushState(null, '', url);
    else history.replaceState(null, '', url);
    const wasInList = list.hasFocus;
    page.classList.add('in-thread');
    list.select(hash);
    await thread.open(hash);
    if (thread.hash !== hash) return;
    if (write) thread.focusComposer();
    else if (NARROW.matches && wasInList) thread.focus();
  }

  function leave() {
    const from = thread.hash;
    if (!from) return;
    history.replaceState(null, '', location.pathname + location.search);
    page.classList.remove('in-thread');
    thread.close();
    list.select(undefined);
    list.point(from);
    list.focus();
  }

  /** Read, and on to the next that is not. */
  async function done() {
    const from = thread.hash || list.cursor;
    if (!from) return;
    const channel = channels.get(from);
    try {
      if (thread.hash) await thread.markRead();
      else if (channel?.unread_count)
        channels.marked(
          from,
          (await ask('PUT', `channels/${encodeURIComponent(from)}/read`, { seq: channel.last_seq }))
            .member,
        );
      const next = await channels.nextUnread(from);
      if (next && thread.hash) open(next);
      else if (next) list.point(next);
      else toast('All caught up: nothing unread.');
    } catch (error) {
      toast(wordsOf(error));
    }
  }

  function startConversation() {
    newConversation(ask, (channel) => {
      channels.add(channel);
      open(channel.channel_hash, true);
    });
  }

  const told = new Set();
  chat.addEventListener('push', (event) => {
    const envelope = /** @type {CustomEvent} */ (event).detail;
    // While one socket replaces another, both may tell.
    if (told.has(envelope.event_id)) return;
    told.add(envelope.event_id);
    if (told.size > REMEMBERED_EVENTS) told.delete(told.values().next().value);
    channels.apply(envelope);
    presence.wrote(envelope);
    const message = envelope.payload?.message;
    if (
      envelope.event !== 'chat.message.created' ||
      !isByMember(message) ||
      thread.isBeforeReader(envelope.channel_hash)
    )
      return;
    const customer = channels.get(envelope.channel_hash)?.customer ?? { id: message.sender_id };
    alerts.message({
      id: envelope.event_id,
      hash: envelope.channel_hash,
      title: nameOf(customer),
      body: message.body,
    });
  });
  channels.addEventListener('grew', (event) => {
    const { by } = /** @type {CustomEvent} */ (event).detail;
    const first = channels.shown.hashes
      .map((hash) => channels.get(hash))
      .find((channel) => channel?.unread_count);
    if (first && !thread.isBeforeReader(first.channel_hash))
      alerts.message({
        id: `${first.channel_hash} ${first.last_seq}`,
        hash: first.channel_hash,
        title: nameOf(first.customer),
        body: `${by} new while you were away`,
      });
  });
  channels.addEventListener('change', () => {
    count.hidden = channels.total === 0;
    count.dataset.total = String(channels.total);
    count.replaceChildren(
      channels.total > 999 ? '999+' : String(channels.total),
      unseen(' unread'),
    );
    alerts.count(channels.total);
    hint.hidden = !channels.isTooShort && !channels.isSearching && !channels.shown.term;
    const { shown } = channels;
    hint.textContent = channels.isTooShort
      ? 'Type at least 3 characters'
      : channels.isSearching
        ? 'Searching…'
        : `${shown.count} found`;
  });

  /** @type {any} */
  let troubleTimer;
  let wasOpen = false;
  /** @type {string} */
  let refusal = '';
  chat.addEventListener('error', (event) => {
    const { error } = /** @type {CustomEvent} */ (event).detail;
    session.refused(error);
    if (error?.status >= 400 && error.status < 500 && error.status !== 401) refusal = error.message;
  });
  chat.addEventListener('status', (event) => {
    const { status } = /** @type {CustomEvent} */ (event).detail;
    clearTimeout(troubleTimer);
    if (status === 'open') {
      refusal = '';
      if (wasOpen || channels.shown.error) channels.reconcile(Math.max(2, list.seenTo));
      wasOpen = true;
      return tellTrouble();
    }
    troubleTimer = setTimeout(tellTrouble, TROUBLE_AFTER_MS);
  });
  function tellTrouble() {
    const { status } = chat;
    trouble.hidden = (status === 'open' && navigator.onLine !== false) || session.token === null;
    const offline = 'You are offline. What you write is kept, and sent when you are back.';
    const waiting = 'Reconnecting… New messages may be missing. What you write is kept.';
    trouble.replaceChildren(
      icon('alert'),
      navigator.onLine === false ? offline : status === 'refused' && refusal ? refusal : waiting,
    );
  }
  addEventListener('offline', tellTrouble);
  addEventListener('online', () => {
    tellTrouble();
    cameBack();
  });
  addEventListener('pageshow', (event) => event.persisted && cameBack());
  document.addEventListener('visibilitychange', () => {
    cameBack();
    if (document.visibilityState === 'visible' && wasOpen) channels.reconcile();
  });
  session.addEventListener('token', () => {
    thread.renewed();
    cameBack();
    tellTrouble();
    channels.reconcile(Math.max(2, list.seenTo));
  });

  search.addEventListener('input', () => channels.search(search.value));
  search.addEventListener('keydown', (event) => {
    if (event.keyCode === COMPOSING) return;
    if (event.key === 'Escape' && search.value) clearSearch();
    else if (event.key === 'Escape') list.focus();
    else if (event.key === 'ArrowDown' || event.key === 'Enter') list.move(0);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  function clearSearch() {
    search.value = '';
    channels.search('');
  }

  /** @type {Record<string, () => void>} */
  const keys = {
    j: () => list.move(1),
    k: () => list.move(-1),
    e: () => done(),
    r: () => thread.focusComposer(),
    n: () => startConversation(),
    '/': () => search.focus(),
    '?': () => showShortcuts(),
    Escape: () => (channels.term ? clearSearch() : leave()),
  };
  /** Only where no control is meant: on the list, or nowhere. @type {Record<string, () => void>} */
  const listKeys = {
    ArrowDown: () => list.move(1),
    ArrowUp: () => list.move(-1),
    Home: () => list.move(-Infinity),
    End: () => list.move(Infinity),
    PageDown: () => list.move(8),
    PageUp: () => list.move(-8),
    Enter: () => (list.cursor && list.hasFocus ? open(list.cursor, true) : thread.focusComposer()),
  };
  document.addEventListener('keydown', (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (
      event.defaultPrevented ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.keyCode === COMPOSING
    )
      return;
    if (
      target.closest('input, textarea, select, [popover]') ||
      document.querySelector('dialog[open]')
    )
      return;
    const onList = list.hasFocus || target === document.body;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const run =
      keys[key] ??
      (onList ? listKeys[key] : target.role === 'log' && key === 'Enter' ? keys.r : undefined);
    if (!run || (key.length === 1 && !shortcutsAreOn())) return;
    event.preventDefault();
    run();
  });

  const fromAddress = () => {
    const hash = decodeURIComponent(location.hash.slice(1));
    if (hash.startsWith('direct:')) open(hash);
    else if (thread.hash) leave();
  };
  addEventListener('popstate', fromAddress);
  chat.connect();
  channels.more(1);
  if (location.hash) fromAddress();
}
