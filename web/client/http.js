// @ts-check
/** Requests to the REST API: credentials, time limits, retries. */

import { parseJson, pause } from './env.js';

const TIMEOUT_MS = 12_000;
/** The newest ones, and each page before them. */
export const MESSAGES_PER_PAGE = 50;
/** Attempts of a request that may be repeated. */
const TRIES = 3;
/** Seconds. For a longer `Retry-After` the caller decides. */
const LONGEST_RETRY_AFTER = 30;

/** An error response, or type `network` if there was no usable response. */
export class ApiError extends Error {
  /**
   * @param {string} type
   * @param {string} message
   * @param {number} status 0: no response.
   * @param {number} [retryAfter] Seconds.
   */
  constructor(type, message, status, retryAfter = 0) {
    super(message || type);
    this.type = type;
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later. */
  get passing() {
    return [0, 408, 429].includes(this.status) || this.status >= 500;
  }
}

/** @param {any} error Whether the same request may succeed later. */
export const isPassing = (error) => error?.passing ?? true;
/** @param {any} error Seconds, from the server's `Retry-After`. */
export const retryAfter = (error) => error?.retryAfter ?? 0;

export class Http {
  #env;
  #base;
  #credentials;
  #reached;

  /**
   * @param {import('./env.js').Env} env
   * @param {string} base
   * @param {() => Promise<Record<string, string>>} credentials The headers that name the caller.
   * @param {(path: string, error?: ApiError) => void} [reached] Called after each attempt, with an
   *   error if the server cannot be reached, or not now.
   */
  constructor(env, base, credentials, reached = () => {}) {
    this.#env = env;
    this.#base = base;
    this.#credentials = credentials;
    this.#reached = reached;
  }

  /**
   * Sends a request, and repeats it after a passing failure. POST is sent once: only the other
   * methods leave the server in the same state when repeated.
   * @param {string} method @param {string} path @param {unknown} [body]
   * @param {Record<string, string>} [headers]
   * @returns {Promise<any>}
   */
  async request(method, path, body, headers) {
    for (let attempt = 1; ; attempt++) {
      try {
        const data = await this.#once(method, path, body, headers);
        this.#reached(path);
        return data;
      } catch (error) {
        this.#reached(path, isPassing(error) ? /** @type {ApiError} */ (error) : undefined);
        const wait = retryAfter(error);
        if (
          method === 'POST' ||
          attempt === TRIES ||
          !isPassing(error) ||
          wait > LONGEST_RETRY_AFTER
        )
          throw error;
        await new Promise((resume) =>
          this.#env.setTimeout(() => resume(undefined), pause(this.#env, attempt - 1, wait)),
        );
      }
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} body
   * @param {Record<string, string>} [headers]
   */
  async #once(method, path, body, headers) {
    const { fetch } = this.#env;
    const abort = new AbortController();
    const timer = this.#env.setTimeout(() => abort.abort(), TIMEOUT_MS);
    let response, data;
    try {
      response = await fetch(this.#base + path, {
        method,
        headers: {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(await this.#credentials()),
          ...headers,
        },
        body: JSON.stringify(body),
        // A storefront's own proxy knows the customer by a cookie. Other origins get no cookies.
        credentials: 'same-origin',
        signal: abort.signal,
      });
      data = parseJson(await response.text());
    } catch (error) {
      throw error instanceof ApiError ? error : new ApiError('network', '', 0);
    } finally {
      this.#env.clearTimeout(timer);
    }
    if (!response.ok) {
      throw new ApiError(
        data?.type ?? 'unknown_error',
        data?.message ?? '',
        response.status,
        Number(response.headers.get('retry-after')) || 0,
      );
    }
    // A captive portal responds with 200 and a page of its own.
    if (!data) throw new ApiError('network', '', 0);
    return data;
  }
}

/** The alias without underscores: proxies drop names with them. @param {string} guestId */
export const guestHeader = (guestId) => ({ 'x-guest-id-for-live-chat': guestId });
