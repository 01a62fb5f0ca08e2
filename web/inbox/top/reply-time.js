// @ts-check
/** How fast the shop answers: the server's median of the last answers. */

import { el } from '../../ui/dom.js';
import { duration } from '../../ui/time.js';
import { filled } from '../parts/format.js';
import { locale, texts } from '../texts.js';

const AGAIN_MS = 60_000;

export class ReplyTime {
  #fetch;
  #readAt = -Infinity;
  element = el('span', { class: 'reply-time', hidden: true });

  /** @param {(url: string) => Promise<Response>} fetch */
  constructor(fetch) {
    this.#fetch = fetch;
  }

  /** Reads it, once a minute at most. */
  async read() {
    if (performance.now() - this.#readAt < AGAIN_MS) return;
    this.#readAt = performance.now();
    const url = `${location.origin}/store/chat/reply-time`;
    const answer = await this.#fetch(url).then(
      (response) => (response.ok ? response.json() : undefined),
      () => undefined,
    );
    const seconds = answer?.reply_time?.median_seconds;
    this.element.hidden = seconds == null;
    if (seconds == null) return;
    this.element.textContent = filled(texts.medianReply, {
      time: duration(seconds, locale, 'short'),
    });
    this.element.title = filled(texts.medianReplyLong, { time: duration(seconds, locale) });
  }
}
