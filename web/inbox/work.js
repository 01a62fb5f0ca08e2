// @ts-check
/**
 * What an admin does with conversations as a whole: closes, snoozes, assigns and labels them. Each
 * change can be undone for some seconds.
 *
 * Events: `undone` {hashes}.
 */

import { emit } from '../ui/events.js';
import { errorText, toast } from './parts/feedback.js';
import { filled } from './parts/format.js';
import { serverNow } from './parts/server-clock.js';
import { texts } from './texts.js';

/** Of many conversations, so many are changed at the same time. */
const AT_ONCE = 4;

/**
 * @typedef {import('./channels/channel-store.js').ChannelView} ChannelView
 * @typedef {Record<string, unknown>} Fields As route 29 takes them.
 * @typedef {(done: number, all: number) => void} Progress
 */

export class Work extends EventTarget {
  #channels;

  /** @param {import('./channels/channels.js').Channels} channels */
  constructor(channels) {
    super();
    this.#channels = channels;
  }

  /**
   * @param {string[]} hashes
   * @param {Fields | ((channel: ChannelView) => Fields)} fields
   * @param {string | (() => string | Promise<string>)} said What the toast says afterwards.
   * @param {Progress} [progress]
   */
  async change(hashes, fields, said, progress) {
    /** @type {Map<string, Fields>} What reverses each change. */
    const reversals = new Map();
    const failure = await this.#each(
      hashes,
      async (hash) => {
        const channel = this.#channels.get(hash);
        if (!channel) return;
        const wanted = typeof fields === 'function' ? fields(channel) : fields;
        reversals.set(hash, reversal(channel, wanted));
        await this.#channels.change(hash, wanted);
      },
      progress,
    );
    if (failure) return toast(filled(texts.notChanged, { reason: errorText(failure) }));
    this.#offerUndo(typeof said === 'string' ? said : await said(), reversals);
  }

  /** @param {string} said @param {Map<string, Fields>} reversals */
  #offerUndo(said, reversals) {
    toast(said, {
      label: texts.undo,
      run: async () => {
        const hashes = [...reversals.keys()];
        const failure = await this.#each(hashes, (hash) =>
          this.#channels.change(hash, reversals.get(hash) ?? {}),
        );
        if (failure) toast(filled(texts.notChanged, { reason: errorText(failure) }));
        else emit(this, 'undone', { hashes });
      },
    });
  }

  /**
   * @param {string[]} hashes
   * @param {(hash: string) => Promise<void>} run
   * @param {Progress} [progress]
   * @returns {Promise<unknown>} The first failure. The others are changed all the same.
   */
  async #each(hashes, run, progress) {
    const rest = [...hashes];
    let failure;
    let done = 0;
    const worker = async () => {
      for (let hash = rest.shift(); hash !== undefined; hash = rest.shift()) {
        await run(hash).catch((error) => (failure ??= error));
        progress?.(++done, hashes.length);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, hashes.length) }, worker));
    return failure;
  }
}

/** @param {ChannelView} channel As it was. @param {Fields} fields @returns {Fields} */
export function reversal(channel, fields) {
  /** @type {Fields} */
  const back = {};
  if ('status' in fields) {
    const { status = 'open', snoozed_until } = channel;
    const isOver = !snoozed_until || Date.parse(snoozed_until) <= serverNow();
    if (status === 'snoozed' && !isOver) Object.assign(back, { status, snoozed_until });
    else back.status = status === 'snoozed' ? 'open' : status;
  }
  if ('assignee_id' in fields) back.assignee_id = channel.assignee_id ?? null;
  if ('labels' in fields) back.labels = channel.labels ?? [];
  return back;
}
