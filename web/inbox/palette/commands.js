// @ts-check
/** The commands of the palette: those that are possible now, in the order in which they stand. */

import { icon } from '../parts/icons.js';
import { texts } from '../texts.js';

/** The second keys after G. @type {Record<string, string>} */
const VIEW_KEYS = { mine: 'M', waiting: 'W', unassigned: 'U', snoozed: 'S', closed: 'C', all: 'A' };

/**
 * @param {object} now
 * @param {import('../channels/channel-store.js').ChannelView} [now.channel] The one that the
 *   commands act on.
 * @param {boolean} now.isOpen Whether it is open.
 * @param {import('../list/views-nav.js').Entry[]} now.views
 * @param {Record<'finish' | 'reply' | 'note' | 'assign' | 'toMe' | 'snooze' | 'label' | 'unread' |
 *   'copyLink' | 'transcript' | 'details' | 'begin' | 'settings' | 'shopSettings' | 'help', () =>
 *   unknown> &
 *   { show: (key: string) => unknown }} now.run
 * @returns {import('./palette.js').Command[]}
 */
export function inboxCommands({ channel, isOpen, views, run }) {
  const hasMessages = channel !== undefined && channel.last_message_at !== null;
  const isClosed = channel?.status === 'closed';
  /** @type {[boolean, string, string, import('../parts/icons.js').IconName, () => unknown][]} */
  const here = [
    [isOpen, texts.helpReply, 'R', 'chat', run.reply],
    [isOpen, texts.helpNote, 'N', 'note', run.note],
    [hasMessages, isClosed ? texts.reopen : texts.close, 'E', 'check', run.finish],
    [channel !== undefined, texts.assign, 'A', 'person', run.assign],
    [channel !== undefined, texts.helpToMe, 'I', 'person', run.toMe],
    [hasMessages, texts.snooze, 'S', 'moon', run.snooze],
    [channel !== undefined, texts.labels, 'L', 'tag', run.label],
    [hasMessages, texts.markUnread, 'U', 'inbox', run.unread],
    [isOpen, texts.details, 'D', 'panel', run.details],
    [channel !== undefined, texts.copyLink, '', 'expand', run.copyLink],
    [isOpen && hasMessages, texts.sendTranscript, '', 'send', run.transcript],
  ];
  return [
    ...here
      .filter(([isPossible]) => isPossible)
      .map(([, label, hint, name, act]) => ({
        label,
        hint,
        mark: icon(name),
        heading: texts.conversation,
        run: act,
      })),
    ...views.map(({ key, name, mark }) => ({
      label: name,
      hint: VIEW_KEYS[key] ? `G ${VIEW_KEYS[key]}` : '',
      mark: mark(),
      heading: texts.views,
      run: () => run.show(key),
    })),
    ...[
      { label: texts.newConversation, hint: 'C', mark: icon('plus'), run: run.begin },
      { label: texts.settings, mark: icon('gear'), run: run.settings },
      { label: texts.shopSettings, mark: icon('clock'), run: run.shopSettings },
      { label: texts.shortcuts, hint: '?', mark: icon('info'), run: run.help },
    ].map((command) => ({ ...command, heading: texts.title })),
  ];
}
