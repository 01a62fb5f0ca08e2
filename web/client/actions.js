// @ts-check
/**
 * What can be done with messages beyond writing and receiving them. The widget loads it after the
 * first message.
 */

import { guestHeader, MESSAGES_PER_PAGE } from './http.js';

/** @typedef {import('./chat.js').Chat} Chat */

/** Loads the page before the oldest message. @param {Chat} chat @param {string} hash */
export function older(chat, hash) {
  const channel = chat.channel(hash);
  return (channel.paging ??= page(chat, channel).finally(() => (channel.paging = undefined)));
}

/** @param {Chat} chat @param {import('./chat.js').Channel} channel */
async function page(chat, { hash, path, thread }) {
  const { cursor, highest } = thread;
  if (cursor === null) return;
  const query = `cursor=${encodeURIComponent(cursor)}&limit=${MESSAGES_PER_PAGE}`;
  thread.prepend(await chat.request('GET', `messages/${path}?${query}`), highest);
  chat.changed(hash);
}

/**
 * @param {Chat} chat @param {string} hash @param {string} id @param {string} body
 * @param {object} [more] Further fields of the request: a `meeting`.
 */
export async function edit(chat, hash, id, body, more) {
  const { thread } = chat.channel(hash);
  const asOf = thread.highest;
  const { message } = await chat.request('PUT', messagePath(id), { body, ...more });
  if (thread.put(message, asOf)) chat.changed(hash);
}

/** @param {Chat} chat @param {string} hash @param {string} id */
export async function remove(chat, hash, id) {
  const { thread } = chat.channel(hash);
  await chat.request('DELETE', messagePath(id));
  if (thread.remove(id)) chat.changed(hash);
}

/** Marks what is shown as read; nothing beyond a gap. @param {Chat} chat @param {string} hash */
export async function markRead(chat, hash) {
  const { thread, path } = chat.channel(hash);
  const mine = thread.members.find(({ user_id, role }) => chat.isMe(user_id, role));
  const theirs = thread.messages.live
    .filter(({ seq, sender_id, sender_role }) => {
      return seq <= thread.seq && !chat.isMe(sender_id, sender_role);
    })
    .pop();
  const due = theirs?.seq ?? Math.max(thread.messages.floor, 1) - 1;
  if (!thread.seq || due <= (mine?.last_read_seq ?? 0)) return;
  const { member } = await chat.request('PUT', `channels/${path}/read`, { seq: thread.seq });
  if (thread.mark(member)) chat.changed(hash);
}

/** @param {import('./outbox.js').Outbox} outbox @param {string} id Of a refused message. */
export function retry(outbox, id) {
  const item = outbox.items.get(id);
  if (!item?.failed) return;
  const { failed, ...again } = item;
  // The id belongs to another message: only a new id can succeed.
  if (failed.status === 409) {
    outbox.drop(id);
    again.id = outbox.env.newId();
  }
  // It is sent again in its old place.
  outbox.put(again);
}

/**
 * @param {import('./outbox.js').Outbox} outbox
 * @param {string} id Of an unsent message. If it is being sent, it may still arrive.
 */
export function discard(outbox, id) {
  const item = outbox.items.get(id);
  if (!item) return;
  outbox.drop(id);
  outbox.changed(item.channel_hash);
}

/**
 * Sends what an earlier page left in storage.
 * @param {import('./outbox.js').Outbox} outbox @param {string} [hash] Only of this channel.
 */
export function resume(outbox, hash) {
  const { env, items, prefix } = outbox;
  for (const key of Object.keys(env.storage ?? {})) {
    if (!key.startsWith(prefix)) continue;
    const item = outbox.read(key.slice(prefix.length));
    if (!item || (hash && item.channel_hash !== hash) || items.has(item.id)) continue;
    items.set(item.id, item);
    outbox.stored.add(item.id);
    outbox.lastAt = Math.max(outbox.lastAt, item.at);
  }
  for (const channel of new Set([...items.values()].map((item) => item.channel_hash))) {
    if (hash && channel !== hash) continue;
    outbox.changed(channel);
    outbox.work(channel);
  }
}

/**
 * Moves a guest's channels to the customer of the token.
 * @param {Chat} chat @param {string} guestId
 */
export const claim = (chat, guestId) =>
  chat.request('POST', 'guest/claim', undefined, guestHeader(guestId));

/** @param {string} id Of a message. */
const messagePath = (id) => `messages/id/${encodeURIComponent(id)}`;
