// @ts-check
/**
 * The panel that opens with the first click.
 *
 * Nobody becomes a guest by looking: a visitor gets an identity, and a conversation, with the first
 * character they write.
 */

import { createChat } from '../client/chat.js';
import { isPassing } from '../client/http.js';
import { COMPOSING, el } from '../ui/dom.js';
import { createComposer } from './composer.js';
import { createLog } from './log.js';
import { PANEL_CSS } from './panel.css.js';
import { textsFor } from './texts.js';

/** Nobody is told of a break that is over at once. */
const BREAK_MS = 3_000;
const AGAIN_MS = 5_000;

/**
 * @param {import('./launcher.js').LiveChat} host
 * @param {ShadowRoot} root
 * @returns {Promise<import('./launcher.js').Panel>}
 */
export async function createPanel(host, root) {
  const texts = await textsFor(host.language);

  /** Of whoever is here now: what is still answered to an earlier one is not for them. */
  let chat = newChat();
  /** @type {any[]} The person's conversations, as the server lists them. */
  let channels = [];
  /** The conversation that is shown, once it is there. */
  let hash = '';
  let isReady = false;
  let isShown = false;
  /** @type {any} */
  let breaking;

  /** Gets to know the person's conversations, and shows the one that is meant. */
  let meet = once(known);
  /** The same, and begins one where there is none. */
  let enter = once(begun);

  const title = el('h2', { part: 'title' });
  const subtitle = el('p', { part: 'subtitle' });
  const notice = el('p', { part: 'notice', role: 'status' });
  const others = el(
    'button',
    {
      part: 'icon',
      'aria-label': texts.all,
      onclick: () => choose().catch(() => say(texts.offline)),
    },
    '☰',
  );
  const log = createLog(texts, {
    older: async () => chat.older(hash),
    seen,
    edit: (message) => composer.edit(message),
    remove: (id) => attempt(chat.remove(hash, id)),
    retry: (id) => chat.retry(id),
    discard: (id) => chat.discard(id),
  });
  const composer = createComposer(texts, {
    typing: () =>
      enter()
        .then(() => chat.typing(hash))
        .catch(() => {}),
    send,
    save: (id, body) => attempt(chat.edit(hash, id, body)),
    keep: (text) => host.keep('sessionStorage', 'live-chat:draft', text),
  });
  const panel = el(
    'div',
    {
      part: 'panel',
      role: 'dialog',
      hidden: true,
      lang: texts.lang,
      dir: texts.dir,
      onkeydown: key,
    },
    el(
      'header',
      { part: 'header' },
      others,
      el('div', {}, title, subtitle),
      el('button', { part: 'icon', 'aria-label': texts.close, onclick: () => host.close() }, '✕'),
    ),
    log.element,
    notice,
    composer.element,
  );

  host.adopt(PANEL_CSS);
  root.prepend(panel);
  for (const name of ['resize', 'scroll']) visualViewport?.addEventListener(name, fit);
  document.addEventListener('visibilitychange', seen);

  return {
    show(focus) {
      isShown = true;
      panel.hidden = false;
      // Where one is not in it, the page around it is not closed off.
      panel.ariaModal = String(focus);
      say('');
      fit();
      composer.fit();
      draw();
      if (focus) composer.focus();
      arrive();
      chat
        .request('GET', 'reply-time')
        .then(({ reply_time }) => {
          // Nothing is said where too little was measured.
          const minutes = reply_time.median_seconds / 60;
          const [time, unit] = minutes < 90 ? [minutes, 'minute'] : [minutes / 60, 'hour'];
          const said = new Intl.NumberFormat(texts.lang, {
            style: 'unit',
            unit,
            unitDisplay: 'long',
          }).format(Math.round(time) || 1);
          subtitle.textContent = texts.replies.replace('{time}', said);
        })
        .catch(() => {});
    },
    leave(stays) {
      isShown = false;
      panel.hidden = true;
      if (!stays) reset();
    },
    identify() {
      reset();
      arrive();
    },
    logout() {
      reset();
      composer.write('');
    },
  };

  /** Shows the conversation of whoever is known, as soon as that is possible. */
  function arrive() {
    if (host.isConnected && host.isSomebody) {
      meet()
        .then(() => (isReady || !hash ? undefined : go(hash)))
        .catch((error) => isPassing(error) && setTimeout(arrive, AGAIN_MS));
    }
  }

  /** Somebody else is here, or nobody. */
  function reset() {
    panel.querySelector('.list')?.dispatchEvent(new Event('close'));
    composer.stop();
    chat.close();
    chat = newChat();
    meet = once(known);
    enter = once(begun);
    channels = [];
    hash = '';
    isReady = false;
    say('');
    draw();
  }

  /** A chat of whoever is here now. It asks nothing by itself. */
  function newChat() {
    const made = createChat({
      api: host.api,
      scope: 'store',
      // Asked for anew each time: another tab may have become somebody. Who is not here any more is
      // nobody.
      getGuestId: () => (made !== chat || host.isCustomer ? null : host.guestId),
      getToken: () => (made === chat ? host.jwt() : null),
    });
    /** @param {string} name @param {(detail: any) => void} run */
    const on = (name, run) =>
      made.addEventListener(
        name,
        (event) => made === chat && run(/** @type {CustomEvent} */ (event).detail),
      );
    on('change', draw);
    on('push', heard);
    on('error', ({ error }) => isPassing(error) || failed(error));
    on(
      'typing',
      ({ channel_hash, role }) =>
        role === 'admin' &&
        channel_hash === hash &&
        log.typing(texts.typing.replace('{name}', nameOf())),
    );
    on('status', ({ status }) => {
      clearTimeout(breaking);
      if (status === 'open') {
        say('');
        // Conversations that are not shown are not kept up to date.
        if (channels.length > 1) relist();
      } else if (status !== 'closed') breaking = setTimeout(() => say(texts.offline), BREAK_MS);
    });
    return made;
  }

  async function known() {
    const asked = chat;
    if (host.isCustomer && host.guestId) {
      // A guest who is somebody's already stays theirs; only a failure that passes is worth another
      // try.
      await chat.claim(host.guestId).catch((error) => {
        if (isPassing(error)) throw error;
      });
      same(asked);
      host.guestId = null;
    }
    await list();
    same(asked);
    const wanted = channels.find((channel) => !host.admin || channel.admin_id === host.admin);
    if (wanted) await go(wanted.channel_hash);
  }

  async function begun() {
    const asked = chat;
    if (host.isSomebody) await meet();
    else {
      // Tabs that begin at the same moment are one guest. What another has written is looked at
      // after the request: it takes a moment to be seen.
      const mint = async () => {
        const { guest_id } = await asked.request('POST', 'guest');
        host.guestId ??= guest_id;
      };
      await (navigator.locks?.request('live-chat:guest', mint).catch(mint) ?? mint());
    }
    if (hash) return;
    const { channel } = await asked.request('POST', 'channels', {
      admin_id: host.admin || undefined,
    });
    same(asked);
    channels.unshift(channel);
    await go(channel.channel_hash);
  }

  /** @param {unknown} asked Ends what was begun for somebody who is not here any more. */
  function same(asked) {
    if (asked !== chat) throw new Error();
  }

  async function list() {
    const asked = chat;
    const answer = await chat.request('GET', 'channels?limit=100');
    if (asked === chat) channels = answer.channels;
  }

  function relist() {
    return list().then(draw, () => {});
  }

  /** @param {string} chosen Shows a conversation. */
  async function go(chosen) {
    if (hash !== chosen) {
      chat.leave(hash);
      composer.stop();
    }
    hash = chosen;
    isReady = false;
    draw();
    await chat.open(chosen);
    // Another may have been chosen meanwhile.
    if (chosen === hash) isReady = true;
    draw();
  }

  /** Shows the conversations, to choose one. */
  async function choose() {
    // Rejects without a connection, and on a page from before a deployment: the conversation that
    // is shown goes on.
    const { createList } = await import('./channels.js');
    await relist();
    const chosen = await createList(host, texts, channels, nameOf, panel);
    composer.focus();
    if (chosen) go(chosen).catch((error) => chosen === hash && failed(error));
    else seen();
  }

  /**
   * @param {string} body Waits for as long as it takes, but for whoever wrote it.
   * @returns {Promise<void>}
   */
  async function send(body) {
    const asked = chat;
    try {
      await enter();
      if (!isReady) await go(hash);
    } catch (error) {
      same(asked);
      if (!isPassing(error)) throw error;
      await new Promise((resume) => setTimeout(resume, AGAIN_MS));
      same(asked);
      return send(body);
    }
    same(asked);
    chat.send(hash, body);
    say('');
  }

  /** @param {any} envelope Something happened in one of the person's conversations. */
  function heard({ channel_hash }) {
    if (channel_hash === hash) log.typing('');
    else relist();
  }

  function draw() {
    const view = isReady ? chat.view(hash) : undefined;
    const name = nameOf();
    title.textContent = panel.ariaLabel = name;
    others.hidden = channels.length < (hash ? 2 : 1);
    log.draw(view, name, host.getAttribute('greeting') ?? texts.greeting);
    seen();
    if (view)
      shown().unread_count = view.messages.filter(
        (message) => !message.is_own && message.seq > lastRead(view),
      ).length;
    host.unread = channels.reduce((sum, channel) => sum + channel.unread_count, 0);
  }

  /** What is before somebody's eyes is read. */
  function seen() {
    if (isShown && isReady && !document.hidden && log.isAtEnd() && !panel.querySelector('.list'))
      chat.markRead(hash).catch(() => {});
  }

  function shown() {
    return channels.find((channel) => channel.channel_hash === hash) ?? {};
  }

  /** @param {any} [channel] Whom one writes to. */
  function nameOf(channel = shown()) {
    const { first_name, last_name } = channel.admin ?? {};
    return (
      [first_name, last_name].filter(Boolean).join(' ') ||
      host.getAttribute('heading') ||
      texts.title
    );
  }

  /** @param {any} error */
  function failed(error) {
    if (error.status === 401) {
      if (host.isCustomer) {
        say(texts.expired);
        host.emit('unauthorized');
      } else {
        // The guest was claimed, perhaps on another machine: whoever writes here now is a new one.
        host.guestId = null;
        reset();
      }
    } else
      say(
        isPassing(error)
          ? texts.offline
          : error.type === 'not_allowed'
            ? texts.closed
            : texts.failed,
      );
  }

  /** @param {() => Promise<void>} run Once; again only after a failure. */
  function once(run) {
    /** @type {Promise<void> | undefined} */
    let going;
    const asked = chat;
    return () =>
      (going ??= run().catch((error) => {
        going = undefined;
        if (asked === chat) failed(error);
        throw error;
      }));
  }

  /** @param {Promise<unknown>} work */
  function attempt(work) {
    work.catch(() => say(texts.failed));
  }

  /** @param {string} text */
  function say(text) {
    notice.textContent = text;
  }

  /** @param {KeyboardEvent} event Esc leaves; Tab stays inside. */
  function key(event) {
    if (event.key === 'Escape' && !event.defaultPrevented && event.keyCode !== COMPOSING)
      host.close();
    if (event.key !== 'Tab') return;
    const inside = /** @type {HTMLElement[]} */ (
      [
        ...(panel.querySelector('.list') ?? panel).querySelectorAll('button,textarea,a,[tabindex]'),
      ].filter((one) => one.checkVisibility())
    );
    if (event.shiftKey) inside.reverse();
    if (event.target !== inside.at(-1)) return;
    event.preventDefault();
    inside[0].focus();
  }

  /** A phone's keyboard covers the page without making it smaller: the panel takes what is left. */
  function fit() {
    panel.style.cssText = `--height:${visualViewport?.height}px;--top:${visualViewport?.offsetTop}px`;
  }
}

/** @param {import('../client/chat.js').View} view Up to where the person has read. */
const lastRead = (view) =>
  view.members.find((member) => member.role !== 'admin')?.last_read_seq ?? 0;
