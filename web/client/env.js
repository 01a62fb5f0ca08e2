// @ts-check
/**
 * The outside world as the client sees it: time, chance, network, storage, page. Everything else
 * takes it from here, so that a test can put a fake in its place and needs no real time.
 *
 * @typedef {object} Env
 * @property {(input: string, init: RequestInit) => Promise<Response>} fetch
 * @property {new (url: string, protocols: string[]) => WebSocket} WebSocket
 * @property {() => number} now
 * @property {() => number} random From 0 to 1, without 1.
 * @property {(run: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => string} newId
 * @property {Storage | null} storage Where unsent messages survive a reload. Null: nowhere.
 * @property {(run: () => void) => () => void} onReturn Calls whenever the page comes back to the front or online; gives the way to stop that.
 */

/** @param {Partial<Env>} given @returns {Env} */
export function environment(given) {
  return {
    // Arrows, because browsers refuse these functions as methods of another object.
    fetch: (input, init) => globalThis.fetch(input, init),
    WebSocket: globalThis.WebSocket,
    now: () => Date.now(),
    random: () => Math.random(),
    setTimeout: (run, ms) => globalThis.setTimeout(run, ms),
    clearTimeout: (timer) => globalThis.clearTimeout(timer),
    newId,
    storage: pageStorage(),
    onReturn,
    ...given,
  };
}

const LONGEST_PAUSE_MS = 30_000;

/**
 * How long to wait after a failure: full jitter below a limit that doubles from 1 s to 30 s. What
 * the server asks for comes on top, so that nobody is early and not everybody comes at once.
 * @param {Env} env @param {number} attempt From 0. @param {number} [retryAfter] Seconds.
 */
export function pause(env, attempt, retryAfter = 0) {
  return retryAfter * 1000 + env.random() * Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** attempt);
}

/** 128 random bits. Not `randomUUID`, which pages without TLS do not have. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/** Browsers throw at the mere mention where storage is blocked. */
function pageStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

/** @param {() => void} run */
function onReturn(run) {
  const stop = new AbortController();
  const { signal } = stop;
  globalThis.addEventListener?.('online', run, { signal });
  globalThis.addEventListener?.('pageshow', run, { signal });
  globalThis.document?.addEventListener('visibilitychange', () => document.hidden || run(), {
    signal,
  });
  return () => stop.abort();
}
