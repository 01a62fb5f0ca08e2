// @ts-check
/** What a session needs for people who were known before. */

import { claim, resume } from '../client/actions.js';
import { sendFiles } from '../ui/files/outbox.js';

/**
 * Finds their conversations, those of the guest whom they were included.
 * @param {import('./session.js').Session} session
 * @param {import('./mount.js').Host} host
 * @param {string} last The hash of the conversation that was shown before somebody logged in.
 * @returns {Promise<string | undefined>} The hash of that one, if it is theirs; else of the newest
 *   unread one; else of the newest, or that with the chosen admin.
 */
export async function find(session, host, last) {
  keepResuming(session, host);
  if (session.isCustomer && host.guestId()) await claimGuest(session, host);
  await list(session);
  const admin = host.admin();
  const channel =
    session.channels.find((one) => one.channel_hash === last) ??
    unreadOf(session) ??
    session.channels.find((one) => !admin || one.admin_id === admin);
  return channel?.channel_hash;
}

/** @type {WeakSet<object>} The chats that send files. */
const withFiles = new WeakSet();

/**
 * Lets a chat send what an earlier page left, and files.
 * @param {import('./session.js').Session} session @param {import('./mount.js').Host} host
 */
export function keepResuming({ chat }, host) {
  chat.resume = (hash) => resume(chat.outbox, hash);
  if (withFiles.has(chat)) return;
  withFiles.add(chat);
  sendFiles(chat, async () => (await host.load('files.js')).Files);
}

/** @param {import('./session.js').Session} session */
export async function list(session) {
  const { chat } = session;
  /** @type {any[]} */
  const pushes = [];
  const hear = (/** @type {any} */ { detail }) => pushes.push(detail);
  chat.addEventListener('push', hear);
  const response = chat.request('GET', 'channels?limit=100');
  const { channels } = await response.finally(() => chat.removeEventListener('push', hear));
  session.channels = channels;
  // What was pushed meanwhile is newer.
  for (const push of pushes) learn(session, push);
}

/**
 * Takes over a conversation's state, which is not in its log.
 * @param {import('./session.js').Session} session @param {any} push
 * @returns {boolean} Whether there was one.
 */
export function learn({ channels }, { event, channel_hash, payload }) {
  const known = channels.find((one) => one.channel_hash === channel_hash);
  if (!known || event !== 'chat.channel.updated') return false;
  const { rating } = known;
  Object.assign(known, payload.channel);
  // Pushes leave out the comment.
  if (rating?.updated_at === known.rating?.updated_at) known.rating = rating;
  return true;
}

/** The newest unread one of the others. @param {import('./session.js').Session} session */
export const unreadOf = ({ channel, channels }) =>
  isUnread(channel) ? undefined : channels.find(isUnread);

/** @param {any} channel */
const isUnread = (channel) => channel.unread_count > 0;

/** @param {string} token @returns {string | undefined} The customer's id in it. */
export function actorOf(token) {
  try {
    const [, claims] = token.replace(/-/g, '+').replace(/_/g, '/').split('.');
    return JSON.parse(atob(claims)).actor_id;
  } catch {
    return undefined;
  }
}

/**
 * Moves a guest's conversations to the customer who has logged in.
 *
 * The guest's secret is deleted once the server has handed over the conversations, or says for
 * certain that they are another customer's. After every other failure it stays for a later claim.
 * @param {import('./session.js').Session} session
 * @param {import('./mount.js').Host} host
 */
async function claimGuest(session, host) {
  for (let tries = 0; tries < 2; tries++) {
    const secret = host.guestId();
    if (!secret) return;
    /** @type {any} */
    const refusal = await claim(session.chat, secret).then(
      () => undefined,
      (error) => error,
    );
    if (refusal) {
      if (refusal.passing ?? true) throw refusal;
      const { person = '' } = session;
      // Fails if the customer is refused: the token has expired, or the chat is switched off.
      await list(session);
      // Another refusal than that of the guest, or a proxy's: the secret may still be good.
      if (refusal.status !== 401 || !person.includes('.')) return;
      // The token was renewed in between, so the old one may have been the reason.
      if (person !== session.person) continue;
    }
    if (secret === host.guestId()) host.guestId(null);
    return;
  }
}
