// @ts-check
/**
 * The admin who is signed in. The token is kept in memory and in this tab's storage, never in an
 * address.
 *
 * It comes from the sign-in form or, inside Medusa's dashboard, from the page around this one,
 * which is asked for a new one before the old one ends. When the server refuses a token, the form
 * opens over the page: drafts stay where they are. Only the server ends a session, never this
 * computer's clock.
 *
 * Events: `token` after each sign-in; `end` when the token's time is over and the server has not
 * been asked since.
 */

import { emit, listen } from '../../ui/events.js';
import { exactServerNow, fetchAndSetClock } from '../parts/server-clock.js';
import { readStored, writeStored } from '../parts/storage.js';
import { texts } from '../texts.js';
import { applyFont, applyLanguage, applyScheme } from './appearance.js';
import { OuterPage } from './outer-page.js';
import { SignIn } from './sign-in.js';
import { claimsOf, lifeOf, tokenProblem } from './token.js';

const TOKEN_KEY = 'chat-inbox:token';
/** How long the page around this one may take to hand over a token. */
const OUTER_PAGE_MS = 5_000;
/** An error this soon after a sign-in is about the token before. */
const LATE_MS = 2_000;
/** The shortest time between two looks at a token that is about to end. */
const LOOK_MS = 1_000;
/** The longest one: timers overflow after 24 days. */
const LONGEST_LOOK_MS = 86_400_000;
/** How often the server is asked about a token whose time is over and which it still accepts. */
const END_MS = 15_000;

export class Session extends EventTarget {
  /** The admin's id, from the first token. */
  me = '';
  /** @type {OuterPage | undefined} Undefined if this page is not embedded. */
  outerPage;
  /** @type {string | null} */
  #token = null;
  /** Whether the server has accepted a token of this page. */
  #wasAccepted = false;
  #signedInAt = -Infinity;
  #medusaUrl;
  /** @type {SignIn | undefined} */
  #form;
  #formUrl = '';
  /** @type {any} */
  #formTimer;
  /** @type {any} */
  #endTimer;
  /** No look at the token's end before this time of `performance`. */
  #quietUntil = -Infinity;

  /** @param {{ medusaUrl: string, embedOrigins: string[], embedded: boolean }} options */
  constructor({ medusaUrl, embedOrigins, embedded }) {
    super();
    this.#medusaUrl = medusaUrl.replace(/\/+$/, '');
    if (embedded && parent !== window) this.outerPage = new OuterPage(embedOrigins);
  }

  get token() {
    return this.#token;
  }

  get canSignOut() {
    return !this.outerPage;
  }

  /**
   * The `fetch` of all requests to the chat: their responses carry the server's time.
   * @param {string} url @param {RequestInit} init
   */
  fetch = async (url, init) => {
    const response = await fetchAndSetClock(url, init);
    this.#watchEnd();
    return response;
  };

  /** Resolves when there is a token. */
  async start() {
    const signedIn = new Promise((resolve) =>
      this.addEventListener('token', resolve, { once: true }),
    );
    if (this.outerPage) this.#follow(this.outerPage);
    else if (!this.#acceptStored()) this.#requestToken();
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
    if (performance.now() - this.#signedInAt > LATE_MS) this.#check(error);
  }

  signOut() {
    writeStored('sessionStorage', TOKEN_KEY, null);
    location.reload();
  }

  /** @param {OuterPage} page Whose tokens, theme and language are this page's too. */
  #follow(page) {
    listen(page, 'appearance', ({ scheme, language, font }) => {
      if (scheme !== undefined) applyScheme(scheme);
      if (font !== undefined) applyFont(font);
      if (language !== undefined) applyLanguage(language, this.me !== '');
    });
    listen(page, 'token', ({ token }) => {
      if (token !== this.#token && !tokenProblem(token)) this.#accept(token);
    });
    listen(page, 'signed-out', ({ url }) => {
      this.#drop();
      this.#showForm(texts.loggedOut, url);
    });
    page.requestToken();
    this.#requestToken();
  }

  /** @returns {boolean} Whether this tab has a token of an earlier load. */
  #acceptStored() {
    const stored = readStored('sessionStorage', TOKEN_KEY);
    if (typeof stored !== 'string' || tokenProblem(stored)) return false;
    this.#wasAccepted = true;
    this.#accept(stored);
    return true;
  }

  /** @param {unknown} error Drops the token if the server refuses it. */
  #check(error) {
    if (/** @type {any} */ (error)?.status !== 401 || this.#token === null) return;
    const now = exactServerNow();
    const isOver = now !== undefined && lifeOf(this.#token, now).left <= 0;
    this.#drop();
    this.outerPage?.reportRefusal();
    if (this.#wasAccepted) this.#requestToken(texts.expiredSession);
    else this.#requestToken(isOver ? texts.expiredToken : texts.refusedToken);
  }

  #drop() {
    this.#token = null;
    clearTimeout(this.#endTimer);
    writeStored('sessionStorage', TOKEN_KEY, null);
  }

  /** @param {string} [reason] */
  #requestToken(reason) {
    clearTimeout(this.#formTimer);
    if (!this.outerPage) return this.#showForm(reason);
    document.documentElement.dataset.waiting = '';
    this.#formTimer = setTimeout(() => {
      if (!this.#token && !this.#form && !this.#acceptStored()) this.#showForm(reason);
    }, OUTER_PAGE_MS);
  }

  /** @param {string} [reason] @param {string} [loginUrl] Of the page around this one. */
  #showForm(reason, loginUrl = this.#formUrl) {
    if (this.#form && loginUrl === this.#formUrl) return;
    clearTimeout(this.#formTimer);
    delete document.documentElement.dataset.waiting;
    this.#form?.close();
    this.#formUrl = loginUrl;
    this.#form = new SignIn(this.#medusaUrl, reason, this.me !== '', loginUrl);
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
    const isRenewal = this.#token !== null;
    this.me = actor_id;
    this.#token = token;
    this.#signedInAt = performance.now();
    this.#watchEnd();
    this.#form?.close();
    this.#form = undefined;
    this.#formUrl = '';
    if (!isRenewal) emit(this, 'token');
  }

  /** Asks for a new token before this one ends, and has the server asked when it has ended. */
  #watchEnd() {
    const now = exactServerNow();
    if (now === undefined || !this.#token) return;
    const { left, margin } = lifeOf(this.#token, now);
    const quiet = this.#quietUntil - performance.now();
    let wait = quiet;
    if (left > margin) {
      wait = this.outerPage ? left - margin : left;
    } else if (quiet <= 0) {
      if (left > 0) this.outerPage?.requestToken();
      else emit(this, 'end');
      wait = left > 0 ? Math.min(left, margin / 4) : END_MS;
      this.#quietUntil = performance.now() + Math.max(wait, LOOK_MS);
    }
    clearTimeout(this.#endTimer);
    const ms = Math.min(Math.max(wait, LOOK_MS), LONGEST_LOOK_MS);
    this.#endTimer = setTimeout(() => this.#watchEnd(), ms);
  }
}
