// @ts-check
/**
 * The admin who is signed in. The token is kept in memory and in this tab's storage, never in an
 * address.
 *
 * It comes from the sign-in form or, inside Medusa's dashboard, from the page around this one. When
 * the server refuses a token, the form opens over the page: drafts stay where they are.
 *
 * Events: `token` after each sign-in.
 */

import { emit, listen } from '../../ui/events.js';
import { readStored, writeStored } from '../parts/storage.js';
import { texts } from '../texts.js';
import { OuterPage } from './outer-page.js';
import { SignIn } from './sign-in.js';
import { claimsOf, tokenProblem } from './token.js';

const TOKEN_KEY = 'chat-inbox:token';
/** How long the page around this one may take to hand over a token. */
const OUTER_PAGE_MS = 5_000;
/** An error this soon after a sign-in is about the token before. */
const LATE_MS = 2_000;

export class Session extends EventTarget {
  /** The admin's id, from the first token. */
  me = '';
  /** @type {string | null} */
  #token = null;
  /** Whether the server has accepted a token of this page. */
  #wasAccepted = false;
  #signedInAt = -Infinity;
  #medusaUrl;
  /** @type {OuterPage | undefined} Undefined if this page is not embedded. */
  #outerPage;
  /** @type {SignIn | undefined} */
  #form;
  /** @type {any} */
  #formTimer;

  /** @param {{ medusaUrl: string, embedOrigins: string[], embedded: boolean }} options */
  constructor({ medusaUrl, embedOrigins, embedded }) {
    super();
    this.#medusaUrl = medusaUrl.replace(/\/+$/, '');
    if (embedded && parent !== window) this.#outerPage = new OuterPage(embedOrigins);
  }

  get token() {
    return this.#token;
  }

  get canSignOut() {
    return !this.#outerPage;
  }

  /** Resolves when there is a token. */
  async start() {
    const signedIn = new Promise((resolve) =>
      this.addEventListener('token', resolve, { once: true }),
    );
    if (this.#outerPage)
      listen(this.#outerPage, 'token', ({ token }) => {
        if (token !== this.#token && !tokenProblem(token)) this.#accept(token);
      });
    this.#outerPage?.send('live-chat:ready');
    const stored = readStored('sessionStorage', TOKEN_KEY);
    if (typeof stored === 'string' && !tokenProblem(stored)) this.#accept(stored);
    else this.#requestToken();
    if (!this.#token) await signedIn;
  }

  /** @template T @param {Promise<T>} response Of the API. @returns {Promise<T>} */
  async watch(response) {
    const used = this.#token;
    try {
      const value = await response;
      this.#wasAccepted = true;
      return value;
    } catch (error) {
      if (used === this.#token) this.#check(error);
      throw error;
    }
  }

  /** @param {unknown} error Of a request that may have used an earlier token. */
  refused(error) {
    if (Date.now() - this.#signedInAt > LATE_MS) this.#check(error);
  }

  signOut() {
    writeStored('sessionStorage', TOKEN_KEY, null);
    location.reload();
  }

  /** @param {unknown} error Drops the token if the server refuses it. */
  #check(error) {
    if (/** @type {any} */ (error)?.status !== 401 || this.#token === null) return;
    this.#token = null;
    writeStored('sessionStorage', TOKEN_KEY, null);
    this.#outerPage?.send('live-chat:expired');
    this.#requestToken(this.#wasAccepted ? texts.expiredSession : texts.refusedToken);
  }

  /** @param {string} [reason] */
  #requestToken(reason) {
    clearTimeout(this.#formTimer);
    if (!this.#outerPage) return this.#showForm(reason);
    document.documentElement.dataset.waiting = '';
    this.#formTimer = setTimeout(() => this.#token ?? this.#showForm(reason), OUTER_PAGE_MS);
  }

  /** @param {string} [reason] */
  #showForm(reason) {
    if (this.#form) return;
    this.#form = new SignIn(this.#medusaUrl, reason, this.me !== '');
    listen(this.#form, 'token', ({ token }) => this.#accept(token));
  }

  /** @param {string} token */
  #accept(token) {
    const { actor_id } = claimsOf(token);
    clearTimeout(this.#formTimer);
    delete document.documentElement.dataset.waiting;
    writeStored('sessionStorage', TOKEN_KEY, token);
    // This page belongs to the admin who signed in first.
    if (this.me && this.me !== actor_id) return location.reload();
    this.me = actor_id;
    this.#token = token;
    this.#signedInAt = Date.now();
    this.#form?.close();
    this.#form = undefined;
    emit(this, 'token');
  }
}
