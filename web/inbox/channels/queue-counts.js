// @ts-check
/**
 * How many conversations each view has. Pushes change the numbers at once. The server's numbers
 * follow a commit by a second or two, so they are read after a quiet time, and dropped if something
 * changed meanwhile.
 *
 * Events: `change`.
 */

import { emit } from '../../ui/events.js';
import { LABEL, STAFF, countedIn } from './views.js';

const COUNTS_SETTLE_MS = 2_500;
/** Under a steady flow of pushes there is no quiet time. */
const LONGEST_WAIT_MS = 15_000;

/** @typedef {import('./channel-store.js').ChannelView} ChannelView */

export class QueueCounts extends EventTarget {
  #read;
  #me;
  /** @type {Map<string, number>} By the key of the view. */
  #counts = new Map();
  #version = 0;
  /** @type {any} */
  #timer;
  #dueAt = 0;

  /** @param {() => Promise<any>} read Reads `counts` of the server. @param {string} me */
  constructor(read, me) {
    super();
    this.#read = read;
    this.#me = me;
  }

  /** Rises with every change that a response on its way may not include. */
  get version() {
    return this.#version;
  }

  /** @param {string} key @returns {number} */
  of(key) {
    return this.#counts.get(key) ?? 0;
  }

  /** The keys of the views of labels and admins that have conversations. */
  get keys() {
    return [...this.#counts.keys()].filter((key) => key.includes(':') && this.of(key) > 0);
  }

  /** @param {ChannelView | undefined} before @param {ChannelView | undefined} after */
  moved(before, after) {
    if (!after) return;
    if (!before) return this.settle();
    const [from, to] = [before, after].map((channel) => new Set(countedIn(channel, this.#me)));
    const left = [...from].filter((key) => !to.has(key));
    const came = [...to].filter((key) => !from.has(key));
    if (!left.length && !came.length) return;
    this.#version++;
    for (const key of left) this.#counts.set(key, Math.max(0, this.of(key) - 1));
    for (const key of came) this.#counts.set(key, this.of(key) + 1);
    emit(this, 'change');
    this.settle();
  }

  /** @param {any} counts From the server; absent: it did not say. @param {number} version */
  correct(counts, version) {
    if (!counts) return;
    if (version !== this.#version) return this.settle();
    const { by_assignee = {}, by_label = {}, ...queues } = counts;
    /** @type {[string, any][]} */
    const all = [
      ...Object.entries(queues),
      ...Object.entries(by_label).map(
        ([slug, count]) => /** @type {[string, any]} */ ([LABEL + slug, count]),
      ),
      ...Object.entries(by_assignee).map(
        ([id, count]) => /** @type {[string, any]} */ ([STAFF + id, count]),
      ),
    ];
    this.#counts = new Map(all);
    emit(this, 'change');
  }

  /** Reads the numbers after a quiet time. */
  settle() {
    this.#dueAt ||= Date.now() + LONGEST_WAIT_MS;
    clearTimeout(this.#timer);
    const wait = Math.max(0, Math.min(COUNTS_SETTLE_MS, this.#dueAt - Date.now()));
    this.#timer = setTimeout(async () => {
      this.#dueAt = 0;
      const version = this.#version;
      this.correct(await this.#read().catch(() => undefined), version);
    }, wait);
  }
}
