/**
 * The number of unread messages beside "Chat". While the inbox is open it says the number itself;
 * else Medusa asks the chat, once a minute and when the page comes to the front.
 */

const ASKED_MS = 60_000;

export class Unread {
  readonly #ask: () => Promise<number | null>;
  readonly #listeners = new Set<() => void>();
  #count = 0;
  /** How many open inboxes say the number. */
  #inboxes = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(ask: () => Promise<number | null>) {
    this.#ask = ask;
  }

  get = (): number => this.#count;

  set(count: number): void {
    if (count === this.#count) return;
    this.#count = count;
    for (const listener of this.#listeners) listener();
  }

  /** For `useSyncExternalStore`. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      this.#timer = setInterval(() => void this.ask(), ASKED_MS);
      document.addEventListener('visibilitychange', this.#onVisible);
      void this.ask();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size) return;
      clearInterval(this.#timer);
      document.removeEventListener('visibilitychange', this.#onVisible);
    };
  };

  /** An inbox is open from now on; call the returned function when it is closed. */
  follow(): () => void {
    this.#inboxes++;
    return () => void this.#inboxes--;
  }

  async ask(): Promise<void> {
    if (this.#inboxes || document.visibilityState !== 'visible') return;
    const count = await this.#ask().catch(() => null);
    if (count !== null && !this.#inboxes) this.set(count);
  }

  #onVisible = (): void => void this.ask();
}
