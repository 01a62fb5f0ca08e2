/**
 * The page's side of the conversation with the inbox in its frame: it hands over tokens, the
 * dashboard's theme and language and the conversation to open, by message, never in an address. It
 * hears which conversation is open, and how many messages are unread.
 */

/** Two refusals within this time are no expiry: the chat does not take our tokens at all. */
export const REFUSED_WITHIN_MS = 60_000;
/** How long Medusa may take to give a token. */
export const TOKEN_MS = 10_000;
/** How often a token is asked for while there is none. */
export const RETRY_MS = 5_000;
/** A page that comes to the front checks the session, unless it did so this short a time ago. */
export const FRESH_MS = 30_000;

/**
 * What became of it: a token was handed over; nobody is logged in to Medusa any more; there was no
 * token for another reason; or tokens are refused, which is the end of it.
 */
export type Outcome = 'connected' | 'signed-out' | 'failed' | 'refused';

/** How the dashboard looks. */
export interface Appearance {
  scheme: 'dark' | 'light';
  /** A BCP 47 tag. */
  language: string;
}

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
  getAppearance?: () => Appearance;
  /** Where a user logs in. */
  loginUrl?: string;
  onOutcome: (outcome: Outcome, error?: unknown) => void;
  onUnread?: (count: number) => void;
  /** The hash of the open conversation; empty if there is none. */
  onOpened?: (hash: string) => void;
  now?: () => number;
}

export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #now: () => number;
  #isFetching = false;
  #isOver = false;
  #isReady = false;
  /** What the last attempt came to. */
  #outcome: Outcome | undefined;
  #triedAt = -Infinity;
  #refusedAt = -Infinity;
  #appearance = '';

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Listens to a window's messages. */
  hear = ({ source, origin, data }: Heard): void => {
    const peer = this.#options.peer();
    if (this.#isOver || !peer || source !== peer || origin !== this.#options.origin) return;
    const { type, count, hash } = (data ?? {}) as {
      type?: unknown;
      count?: unknown;
      hash?: unknown;
    };
    if (type === 'live-chat:ready') {
      this.#isReady = true;
      void this.hand();
    }
    if (type === 'live-chat:expired') this.#expired();
    if (type === 'live-chat:unread' && Number.isSafeInteger(count)) {
      this.#options.onUnread?.(Math.max(0, count as number));
    }
    if (type === 'live-chat:opened' && typeof hash === 'string') this.#options.onOpened?.(hash);
  };

  /** Hands over a fresh token; one at a time. */
  async hand(): Promise<void> {
    if (this.#isFetching || this.#isOver) return;
    this.#isFetching = true;
    this.#triedAt = this.#now();
    try {
      const token = await within(TOKEN_MS, this.#options.getToken());
      if (this.#isOver) return;
      this.#send({ type: 'live-chat:token', token, ...this.#options.getAppearance?.() });
      this.#end('connected');
    } catch (error) {
      if (!this.#isOver) this.#failed(error);
    } finally {
      this.#isFetching = false;
    }
  }

  /** While there is no token: tries again. To be called every `RETRY_MS`. */
  retry(): void {
    if (this.#outcome === 'signed-out' || this.#outcome === 'failed') void this.hand();
  }

  /** The page has come to the front: somebody may have logged out or in meanwhile. */
  check(): void {
    if (!this.#isReady) return;
    this.showAppearance();
    if (this.#outcome !== 'connected' || this.#now() - this.#triedAt >= FRESH_MS) void this.hand();
  }

  /** The dashboard's theme or language may have changed. */
  showAppearance(): void {
    const appearance = this.#options.getAppearance?.();
    const text = JSON.stringify(appearance);
    if (!this.#isReady || text === this.#appearance) return;
    this.#appearance = text;
    this.#send({ type: 'live-chat:appearance', ...appearance });
  }

  /** Hands over the dashboard's font, once. */
  showFont(font: object): void {
    this.#send({ type: 'live-chat:appearance', font });
  }

  /** @param hash Of the conversation to open; empty for the list. */
  open(hash: string): void {
    if (this.#isReady) this.#send({ type: 'live-chat:open', hash });
  }

  /** Says and hears nothing any more. */
  stop(): void {
    this.#isOver = true;
  }

  #failed(error: unknown): void {
    if ((error as { status?: unknown } | undefined)?.status === 401) {
      // The inbox keeps what was written, and shows where to log in.
      const { loginUrl } = this.#options;
      this.#send({
        type: 'live-chat:signed-out',
        url: loginUrl,
        ...this.#options.getAppearance?.(),
      });
      this.#end('signed-out');
      return;
    }
    // The inbox's last token may still be valid: if it is not, the inbox says so.
    if (this.#outcome !== 'connected') this.#end('failed', error);
  }

  #end(outcome: Outcome, error?: unknown): void {
    this.#outcome = outcome;
    this.#options.onOutcome(outcome, error);
  }

  #send(message: object): void {
    if (!this.#isOver) this.#options.peer()?.postMessage(message, this.#options.origin);
  }

  #expired(): void {
    // A token is on its way: what was refused is an earlier one.
    if (this.#isFetching) return;
    if (this.#now() - this.#refusedAt < REFUSED_WITHIN_MS) {
      this.stop();
      this.#end('refused');
      return;
    }
    this.#refusedAt = this.#now();
    this.#outcome = undefined;
    void this.hand();
  }
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer in ${ms / 1000} seconds.`)), ms);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
