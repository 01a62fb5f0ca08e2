// @ts-check
/**
 * The client's environment: time, randomness, network, storage, page. All other modules take these
 * from here, so that tests can replace them and need no real time.
 *
 * @typedef {object} Env
 * @property {(input: string, init: RequestInit) => Promise<Response>} fetch
 * @property {new (url: string, protocols: string[]) => WebSocket} WebSocket
 * @property {() => number} now
 * @property {() => number} random At least 0, below 1.
 * @property {(run: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => string} newId
 * @property {Storage | null} [storage] Keeps unsent messages over a reload; absent: they are lost.
 * @property {(run: () => void) => () => void} onReturn Calls `run` whenever the page is visible
 *   again or online again; returns a function that stops this.
 */

/** @param {Partial<Env>} given @returns {Env} */
export function environment(given) {
  return {
    // Arrow functions, because browsers refuse these functions as methods of another object.
    fetch: (input, init) => fetch(input, init),
    WebSocket: globalThis.WebSocket,
    now: () => Date.now(),
    random: () => Math.random(),
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (timer) => clearTimeout(timer),
    newId,
    storage: pageStorage(),
    onReturn,
    ...given,
  };
}

const LONGEST_PAUSE_MS = 30_000;

/**
 * The wait after a failure, in ms: full jitter below a limit that doubles from 1 s to 30 s. The
 * server's `Retry-After` is added, so that no client is early and clients do not come at once.
 * @param {Env} env @param {number} attempt From 0. @param {number} [retryAfter] Seconds.
 */
export function pause(env, attempt, retryAfter = 0) {
  return retryAfter * 1000 + env.random() * Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** attempt);
}

/** @param {string | null | undefined} text @returns {any} Undefined or null if it is no JSON. */
export function parseJson(text) {
  try {
    return JSON.parse(/** @type {string} */ (text));
  } catch {
    return undefined;
  }
}

/** 128 random bits. Pages without TLS have no `randomUUID`. */
function newId() {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}

/** Browsers throw at any access where storage is blocked. */
function pageStorage() {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

/** @param {() => void} run */
function onReturn(run) {
  const stop = new AbortController();
  const { signal } = stop;
  for (const name of ['online', 'pageshow']) globalThis.addEventListener?.(name, run, { signal });
  globalThis.document?.addEventListener('visibilitychange', () => document.hidden || run(), {
    signal,
  });
  return () => stop.abort();
}
