/**
 * The page's side of the handshake with the inbox in its frame: it asks for a token, and gets one
 * by message, never in an address.
 */

/** Two refusals within this time are no expiry: the chat does not take our tokens at all. */
export const REFUSED_WITHIN_MS = 60_000;

/**
 * What became of it: a token was handed over; there was none to hand; or tokens are refused, which
 * is the end of it.
 */
export type Outcome = 'connected' | 'failed' | 'refused';

/** The part of a window that the handshake needs. */
export interface Peer {
  postMessage(message: unknown, targetOrigin: string): void;
}

/** The part of a `MessageEvent` that the handshake needs. */
export interface Heard {
  source: unknown;
  origin: string;
  data: unknown;
}

export interface HandshakeOptions {
  /** The inbox's origin, exactly. */
  origin: string;
  /** The window in the frame. */
  peer: () => Peer | null;
  getToken: () => Promise<string>;
  onOutcome: (outcome: Outcome, error?: unknown) => void;
  now?: () => number;
}

export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #now: () => number;
  #isFetching = false;
  #isOver = false;
  #refusedAt = -Infinity;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Listens to a window's messages. */
  hear = ({ source, origin, data }: Heard): void => {
    const peer = this.#options.peer();
    if (this.#isOver || !peer || source !== peer || origin !== this.#options.origin) return;
    const { type } = (data ?? {}) as { type?: unknown };
    if (type === 'live-chat:ready') void this.hand();
    if (type === 'live-chat:expired') this.#expired();
  };

  /** Hands over a fresh token; one at a time. */
  async hand(): Promise<void> {
    if (this.#isFetching || this.#isOver) return;
    this.#isFetching = true;
    try {
      const token = await this.#options.getToken();
      if (this.#isOver) return;
      this.#options.peer()?.postMessage({ type: 'live-chat:token', token }, this.#options.origin);
      this.#options.onOutcome('connected');
    } catch (error) {
      if (!this.#isOver) this.#options.onOutcome('failed', error);
    } finally {
      this.#isFetching = false;
    }
  }

  /** Says and hears nothing any more. */
  stop(): void {
    this.#isOver = true;
  }

  #expired(): void {
    // A token is on its way: what was refused is an earlier one.
    if (this.#isFetching) return;
    if (this.#now() - this.#refusedAt < REFUSED_WITHIN_MS) {
      this.stop();
      this.#options.onOutcome('refused');
      return;
    }
    this.#refusedAt = this.#now();
    void this.hand();
  }
}
