import { createHash, timingSafeEqual } from 'node:crypto';
import { MedusaError } from '@medusajs/framework/utils';

/**
 * The fields that must be texts. Other fields, which the chat may send one day, are left out and
 * not refused.
 */
const TEXTS = [
  'to',
  'channel',
  'template',
  'trigger_type',
  'resource_id',
  'resource_type',
  'receiver_id',
  'idempotency_key',
] as const;

/** A mail that the chat wants sent. */
export type Notification = Record<(typeof TEXTS)[number], string> & {
  data: Record<string, unknown>;
};

/** The notification in a body. Throws what is wrong with it, which Medusa answers as 400. */
export function parseNotification(body: unknown): Notification {
  if (!isObject(body)) throw invalid(['body: expected an object']);
  const problems = TEXTS.flatMap((name) => {
    const value = body[name];
    if (value === undefined) return `${name}: required`;
    if (typeof value !== 'string') return `${name}: expected a text`;
    return value ? [] : `${name}: must not be empty`;
  });
  const { data } = body;
  if (!isObject(data))
    problems.push(data === undefined ? 'data: required' : 'data: expected an object');
  if (problems.length) throw invalid(problems);
  const texts = Object.fromEntries(TEXTS.map((name) => [name, body[name]])) as Record<
    (typeof TEXTS)[number],
    string
  >;
  return { ...texts, data: data as Record<string, unknown> };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(problems: string[]): MedusaError {
  return new MedusaError(MedusaError.Types.INVALID_DATA, `Invalid request: ${problems.join('; ')}`);
}

/** Whether the token is the expected one. Without an expected token none is. */
export function isToken(given: string | undefined, expected: string | undefined): boolean {
  return Boolean(expected) && timingSafeEqual(digest(given ?? ''), digest(expected ?? ''));
}

// Digests are of one length, so comparing them takes the same time whatever was sent.
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/**
 * The same news for the bell of Medusa's dashboard; nothing for mails of customers. It links the
 * conversation, if it is about one.
 */
export function feedEntry(
  { template, data, receiver_id, idempotency_key, ...rest }: Notification,
  publicUrl: string | undefined,
) {
  if (receiver_id.startsWith('cus_')) return undefined;
  const text = textOf(template, data);
  return {
    trigger_type: rest.trigger_type,
    resource_id: rest.resource_id,
    resource_type: rest.resource_type,
    receiver_id,
    // A user's own; what came to the shop's inbox is for everybody, which the dashboard reads from
    // an empty name.
    to: receiver_id.startsWith('user_') ? receiver_id : '',
    channel: 'feed',
    template: 'admin-ui',
    data: { ...text, ...fileOf(data, publicUrl) },
    idempotency_key: `${idempotency_key}:feed`,
  };
}

function textOf(template: string, data: Notification['data']) {
  switch (template) {
    case 'chat_unread_message':
      return ofMessage(data);
    case 'chat_note_mention':
      return ofMention(data);
    case 'chat_meeting_reminder':
      return ofReminder(data);
    default:
      return ofDigest(data);
  }
}

function ofMessage({ sender_name, preview }: Notification['data']) {
  return { title: `New message from ${sender_name}`, description: preview };
}

function ofMention({ sender_name, preview }: Notification['data']) {
  return { title: `${sender_name} mentioned you in a note`, description: preview };
}

function ofReminder({ title, starts_at, preview }: Notification['data']) {
  return { title: `${title ?? 'A meeting'} begins soon: ${starts_at}`, description: preview };
}

function ofDigest({ unread_count, channels }: Notification['data']) {
  const names = Array.isArray(channels) ? channels.map((channel) => channel?.name) : [];
  return {
    title: `Unread messages: ${unread_count}`,
    description: names.filter(Boolean).join(', '),
  };
}

/** The bell shows a file as a line with a link. */
function fileOf({ channel_hash, channels }: Notification['data'], publicUrl: string | undefined) {
  const only = Array.isArray(channels) && channels.length === 1 ? channels[0] : undefined;
  const hash: unknown = channel_hash ?? only?.channel_hash;
  if (!publicUrl || typeof hash !== 'string') return undefined;
  const url = `${publicUrl}/app/chat#${encodeURIComponent(hash)}`;
  return { file: { filename: 'Open the conversation', url } };
}
