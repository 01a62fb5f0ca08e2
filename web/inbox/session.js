// @ts-check
/**
 * Who works here. The token lives in memory and in this tab's storage, never in an address.
 *
 * It comes from Medusa's own sign-in, from a pasted token, or, inside Medusa's dashboard, from the
 * page around this one. A refused token brings the form up over the page as it is: what somebody
 * was writing stays where it was.
 */

import { el } from '../ui/dom.js';
import { kept, wordsOf } from './parts.js';

const TOKEN_KEY = 'chat-inbox:token';
/** How long the page around this one may take to hand over a token. */
const EMBED_MS = 5_000;
const LATE_MS = 2_000;

export class Session extends EventTarget {
  /** @type {string | null} */
  #token = null;
  /** Whose page this is: settled by the first token. */
  me = '';
  /** Whether the server has taken a token of this page yet. */
  #proven = false;
  #acceptedAt = -Infinity;
  #medusa;
  #origins;
  #embedded;
  /** @type {HTMLDialogElement | undefined} */
  #form;
  /** @type {any} */
  #patience;

  /** @param {{ medusaUrl: string, embedOrigins: string[], embedded: boolean }} options */
  constructor({ medusaUrl, embedOrigins, embedded }) {
    super();
    this.#medusa = medusaUrl.replace(/\/+$/, '');
    this.#origins = embedOrigins;
    this.#embedded = embedded && parent !== window;
  }

  get token() {
    return this.#token;
  }

  get canSignOut() {
    return !this.#embedded;
  }

  /** Resolves when there is a token. */
  async start() {
    const signedIn = new Promise((resolve) =>
      this.addEventListener('token', resolve, { once: true }),
    );
    addEventListener('message', (event) => this.#heard(event));
    this.#tell('live-chat:ready');
    const stored = kept.read('sessionStorage', TOKEN_KEY);
    if (typeof stored === 'string' && !problemOf(stored)) this.#accept(stored);
    else this.#need();
    if (!this.#token) await signedIn;
  }

  /** @template T @param {Promise<T>} answer Of the API, to watch over. @returns {Promise<T>} */
  async watch(answer) {
    const used = this.#token;
    try {
      const value = await answer;
      this.#proven = true;
      return value;
    } catch (error) {
      if (used === this.#token) this.#refuse(error);
      throw error;
    }
  }

  /**
   * @param {unknown} error Anything that went wrong; one that is late speaks of the token before.
   */
  refused(error) {
    if (Date.now() - this.#acceptedAt > LATE_MS) this.#refuse(error);
  }

  /** @param {unknown} error A refused token is asked for again. */
  #refuse(error) {
    if (/** @type {any} */ (error)?.status !== 401 || this.#token === null) return;
    this.#token = null;
    kept.write('sessionStorage', TOKEN_KEY, null);
    this.#tell('live-chat:expired');
    const expired = 'Your session has expired. Sign in again to go on where you were.';
    this.#need(this.#proven ? expired : 'The server does not accept this token.');
  }

  signOut() {
    kept.write('sessionStorage', TOKEN_KEY, null);
    location.reload();
  }

  /** @param {string} [reason] */
  #need(reason) {
    clearTimeout(this.#patience);
    if (!this.#embedded) return this.#show(reason);
    document.documentElement.dataset.waiting = '';
    this.#patience = setTimeout(() => this.#token ?? this.#show(reason), EMBED_MS);
  }

  /** @param {string} type */
  #tell(type) {
    if (!this.#embedded) return;
    // Where the browser tells whose page it is, the others are not tried: each would be a complaint
    // in the console.
    const outer = location.ancestorOrigins?.[0];
    for (const origin of this.#origins)
      if (!outer || origin === outer) parent.postMessage({ type }, origin);
  }

  /** @param {MessageEvent} event */
  #heard({ source, origin, data }) {
    if (
      !this.#embedded ||
      source !== parent ||
      !this.#origins.includes(origin) ||
      data?.type !== 'live-chat:token'
    )
      return;
    if (typeof data.token === 'string' && data.token !== this.#token && !problemOf(data.token))
      this.#accept(data.token);
  }

  /** @param {string} token */
  #accept(token) {
    const { actor_id } = claimsOf(token);
    clearTimeout(this.#patience);
    delete document.documentElement.dataset.waiting;
    kept.write('sessionStorage', TOKEN_KEY, token);
    // Somebody else: nothing on this page is theirs.
    if (this.me && this.me !== actor_id) return location.reload();
    const renewed = this.me !== '';
    this.me = actor_id;
    this.#token = token;
    this.#acceptedAt = Date.now();
    this.#hide();
    this.dispatchEvent(new CustomEvent('token', { detail: { renewed } }));
  }

  /** @param {string} [reason] */
  #show(reason) {
    if (this.#form) return;
    const problem = el('p', { class: 'problem', role: 'alert' }, reason);
    const card = el('div', { class: 'card' }, el('h1', {}, 'Sign in to the inbox'), problem);
    const byToken = this.#tokenForm(problem);
    if (this.#medusa)
      card.append(
        this.#medusaForm(problem),
        el('details', {}, el('summary', {}, 'Use a token instead'), byToken),
      );
    else card.append(byToken);
    const form = el(
      'dialog',
      { class: this.me ? 'signin over' : 'signin', 'aria-label': 'Sign in' },
      card,
    );
    this.#form = form;
    document.body.append(form);
    // A modal one, which lies over every other dialog; and there is no way around it.
    form.addEventListener('close', () => this.#form === form && form.showModal());
    form.showModal();
  }

  #hide() {
    const form = this.#form;
    this.#form = undefined;
    form?.close();
    form?.remove();
  }

  /** @param {HTMLElement} problem */
  #tokenForm(problem) {
    const token = el('textarea', {
      id: 'token',
      rows: 4,
      required: true,
      spellcheck: 'false',
      autocomplete: 'off',
    });
    const form = el(
      'form',
      {},
      el('label', { for: 'token' }, 'Token of a Medusa user'),
      token,
      el('button', { class: 'primary' }, 'Sign in'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const text = token.value.trim().replace(/^Bearer\s+/i, '');
      problem.textContent = problemOf(text);
      if (!problem.textContent) this.#accept(text);
    });
    return form;
  }

  /** @param {HTMLElement} problem */
  #medusaForm(problem) {
    const email = el('input', {
      id: 'email',
      type: 'email',
      required: true,
      autocomplete: 'username',
    });
    const password = el('input', {
      id: 'password',
      type: 'password',
      required: true,
      autocomplete: 'current-password',
    });
    const button = el('button', { class: 'primary' }, 'Sign in');
    const form = el(
      'form',
      {},
      el('label', { for: 'email' }, 'Email'),
      email,
      el('label', { for: 'password' }, 'Password'),
      password,
      button,
    );
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      button.disabled = true;
      button.textContent = 'Signing in…';
      problem.textContent = '';
      try {
        const token = await this.#askMedusa(email.value, password.value);
        problem.textContent = problemOf(token);
        if (!problem.textContent) this.#accept(token);
      } catch (error) {
        problem.textContent = wordsOf(error);
      }
      button.disabled = false;
      button.textContent = 'Sign in';
    });
    return form;
  }

  /** @param {string} email @param {string} password @returns {Promise<string>} */
  async #askMedusa(email, password) {
    const body = JSON.stringify({ email, password });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${this.#medusa}/auth/user/emailpass`, {
      method: 'POST',
      headers,
      body,
    }).catch(() => null);
    if (!response) throw new Error('Medusa cannot be reached. Check the connection and try again.');
    const data = await response.json().catch(() => null);
    if (response.status === 401) throw new Error(data?.message ?? 'Wrong email or password');
    if (typeof data?.token !== 'string')
      throw new Error(data?.message ?? `Medusa answered with status ${response.status}`);
    return data.token;
  }
}

/**
 * @param {string} token
 * @returns {any} What it says of itself; whether that is true the server decides.
 */
function claimsOf(token) {
  try {
    const base64 = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    return (
      JSON.parse(
        new TextDecoder().decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))),
      ) ?? {}
    );
  } catch {
    return {};
  }
}

/**
 * @param {string} token
 * @returns {string} Why it cannot be used, as far as can be seen from here.
 */
function problemOf(token) {
  const { actor_id, actor_type, exp } = claimsOf(token);
  if (actor_type === undefined) return 'This is not a Medusa token.';
  if (actor_type !== 'user' || !actor_id)
    return 'This token does not belong to a Medusa user of the shop.';
  if (!(exp * 1000 > Date.now())) return 'This token has expired.';
  return '';
}
