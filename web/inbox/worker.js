// @ts-check
/**
 * The inbox's service worker: shows pushes as notifications, and opens their conversations. It
 * answers no requests and keeps no files, so a page never gets a file of another build.
 *
 * It has its own texts: no page may be open.
 */

/** A notification that is replaced this soon is replaced without a sound. */
const QUIET_MS = 60_000;
const INBOX = '/app/chat';
const ICON = `${INBOX}/icon-192.png`;
/** @type {Record<string, Record<string, string>>} */
const SAYS = {
  en: {
    message: 'New message',
    guest: 'A guest',
    customer: 'A customer',
    colleague: 'Somebody in your team',
    mention: '{name} mentioned you',
    test: 'Live chat',
    testText: 'This is how you hear of messages while the inbox is closed.',
  },
  de: {
    message: 'Neue Nachricht',
    guest: 'Ein Gast',
    customer: 'Ein Kunde',
    colleague: 'Jemand aus Ihrem Team',
    mention: '{name} hat Sie erwähnt',
    test: 'Live-Chat',
    testText: 'So erfahren Sie von Nachrichten, während der Posteingang geschlossen ist.',
  },
  es: {
    message: 'Mensaje nuevo',
    guest: 'Un invitado',
    customer: 'Un cliente',
    colleague: 'Alguien de su equipo',
    mention: '{name} le ha mencionado',
    test: 'Chat',
    testText: 'Así se enterará de los mensajes con la bandeja de entrada cerrada.',
  },
  fr: {
    message: 'Nouveau message',
    guest: 'Un invité',
    customer: 'Un client',
    colleague: 'Quelqu’un de votre équipe',
    mention: '{name} vous a mentionné',
    test: 'Chat',
    testText: 'Voici comment les messages s’annoncent quand la boîte de réception est fermée.',
  },
};

/** The types of a worker are not those of a page. @type {any} */
const worker = globalThis;

worker.addEventListener('install', () => worker.skipWaiting());
worker.addEventListener('push', (/** @type {any} */ event) =>
  event.waitUntil(show(event.data?.json() ?? {})),
);
worker.addEventListener('notificationclick', (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.hash ?? ''));
});

/**
 * @param {{ kind?: string, id?: string, channel_hash?: string, role?: string, name?: string,
 *   text?: string }} push
 */
async function show({ kind = 'message', id = '', channel_hash: hash, role = '', name, text }) {
  const isTest = kind === 'test';
  const inboxes = await openInboxes();
  // They see it there. A browser asks for a notification only if no page of the site is looked at.
  if (!isTest && inboxes.some((page) => page.focused)) return;
  const lang = worker.navigator.languages
    .map((/** @type {string} */ one) => one.slice(0, 2).toLowerCase())
    .find((/** @type {string} */ one) => SAYS[one]);
  const says = SAYS[lang ?? 'en'];
  const writer = name || says[role] || (kind === 'mention' ? says.colleague : says.customer);
  const title = { test: says.test, mention: says.mention.replace('{name}', () => writer) }[kind];
  const tag = hash || kind;
  const [shown] = await worker.registration.getNotifications({ tag });
  const isKnown = id !== '' && shown?.data?.id === id;
  const isSoon = Date.now() - (shown?.data?.at ?? 0) < QUIET_MS;
  const isQuiet = !isTest && (isKnown || isSoon);
  await worker.registration.showNotification(title ?? writer, {
    body: isTest ? says.testText : text || (kind === 'message' ? says.message : ''),
    tag,
    icon: ICON,
    dir: 'auto',
    silent: isQuiet,
    renotify: !isQuiet,
    data: { hash: hash ?? '', id, at: isQuiet ? (shown?.data?.at ?? Date.now()) : Date.now() },
  });
}

/** @param {string} hash Of a conversation; empty for the list. */
async function open(hash) {
  const inboxes = await openInboxes();
  const page = inboxes.find((one) => one.visibilityState === 'visible') ?? inboxes[0];
  if (page) {
    // Before the focus: some browsers drop what is sent after it.
    page.postMessage({ type: 'live-chat:open', hash });
    await page.focus().catch(() => {});
  } else await worker.clients.openWindow(hash ? `${INBOX}#${encodeURIComponent(hash)}` : INBOX);
}

/** @returns {Promise<any[]>} The tabs with the inbox; not those that embed it. */
async function openInboxes() {
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return pages.filter(
    (/** @type {any} */ page) =>
      page.frameType === 'top-level' && new URL(page.url).pathname === INBOX,
  );
}
