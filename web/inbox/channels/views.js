// @ts-check
/**
 * The views of the list: which conversations each one shows, and in which order. The server filters
 * by the same rules, which a push is compared with here.
 *
 * @typedef {import('./channel-store.js').ChannelView} ChannelView
 * @typedef {object} View
 * @property {string} key Also in the browser's storage.
 * @property {Record<string, string>} query Of the request.
 * @property {boolean} [isByWaiting] Whether those who wait longest come first.
 * @property {(channel: ChannelView, me: string) => boolean} fits
 */

const isOpen = (/** @type {ChannelView} */ channel) =>
  (channel.status ?? 'open') === 'open' && channel.last_message_at !== null;

/** Whether it waits for an answer of staff. @param {ChannelView} channel */
export const isWaiting = (channel) => isOpen(channel) && channel.unanswered_since != null;

/** @type {View} */
export const ALL = { key: 'all', query: {}, fits: () => true };

/** @type {View[]} */
export const QUEUES = [
  {
    key: 'mine',
    query: { assignee: 'me' },
    fits: (channel, me) => isOpen(channel) && channel.assignee_id === me,
  },
  { key: 'waiting', query: { order: 'waiting' }, isByWaiting: true, fits: isWaiting },
  {
    key: 'unassigned',
    query: { assignee: 'none' },
    fits: (channel) => isOpen(channel) && !channel.assignee_id,
  },
  {
    key: 'snoozed',
    query: { status: 'snoozed' },
    fits: ({ status }) => status === 'snoozed',
  },
  { key: 'closed', query: { status: 'closed' }, fits: ({ status }) => status === 'closed' },
  ALL,
];

export const LABEL = 'label:';
export const STAFF = 'staff:';

/** @param {string | null} key @returns {View} All conversations if there is no such view. */
export function viewOf(key) {
  if (key?.startsWith(LABEL)) {
    const slug = key.slice(LABEL.length);
    const fits = (/** @type {ChannelView} */ channel) =>
      isOpen(channel) && (channel.labels ?? []).includes(slug);
    return { key, query: { label: slug }, fits };
  }
  if (key?.startsWith(STAFF)) {
    const id = key.slice(STAFF.length);
    const fits = (/** @type {ChannelView} */ channel) =>
      isOpen(channel) && channel.assignee_id === id;
    return { key, query: { assignee: id }, fits };
  }
  return QUEUES.find((view) => view.key === key) ?? ALL;
}

/**
 * The keys of the views with a number in which a conversation counts.
 * @param {ChannelView} channel @param {string} me
 */
export function countedIn(channel, me) {
  const queues = QUEUES.filter(({ key }) => key !== 'all' && key !== 'closed');
  const keys = queues.filter(({ fits }) => fits(channel, me)).map(({ key }) => key);
  if (!isOpen(channel)) return keys;
  keys.push(...(channel.labels ?? []).map((slug) => LABEL + slug));
  if (channel.assignee_id) keys.push(STAFF + channel.assignee_id);
  return keys;
}
