// @ts-check
/**
 * The sign-in form, in a dialog that cannot be dismissed: by Medusa's e-mail and password, or by a
 * pasted token.
 *
 * Events: `token` {token}.
 */

import { el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { errorText } from '../parts/feedback.js';
import { filled } from '../parts/format.js';
import { texts } from '../texts.js';
import { tokenProblem } from './token.js';

export class SignIn extends EventTarget {
  #medusaUrl;
  #problem;
  #dialog;

  /**
   * @param {string} medusaUrl Empty: by token only.
   * @param {string | undefined} reason Why it is needed.
   * @param {boolean} isOver Whether the page stays visible around it.
   */
  constructor(medusaUrl, reason, isOver) {
    super();
    this.#medusaUrl = medusaUrl;
    this.#problem = el('p', { class: 'problem', role: 'alert' }, reason);
    const byToken = this.#tokenForm();
    const forms = medusaUrl
      ? [this.#passwordForm(), el('details', {}, el('summary', {}, texts.useToken), byToken)]
      : [byToken];
    const title = el('h1', {}, texts.signInTitle);
    this.#dialog = el(
      'dialog',
      { class: isOver ? 'signin over' : 'signin', 'aria-label': texts.signIn },
      el('div', { class: 'card' }, title, this.#problem, ...forms),
    );
    document.body.append(this.#dialog);
    const reopen = () => this.#dialog.isConnected && this.#dialog.showModal();
    this.#dialog.addEventListener('close', reopen);
    this.#dialog.showModal();
  }

  /** Gives the focus back. */
  close() {
    this.#dialog.close();
    this.#dialog.remove();
  }

  /** @param {string} token */
  #use(token) {
    this.#problem.textContent = tokenProblem(token);
    if (!this.#problem.textContent) emit(this, 'token', { token });
  }

  #tokenForm() {
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
      el('label', { for: 'token' }, texts.token),
      token,
      el('button', { class: 'primary' }, texts.signIn),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#use(token.value.trim().replace(/^Bearer\s+/i, ''));
    });
    return form;
  }

  #passwordForm() {
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
    const button = el('button', { class: 'primary' }, texts.signIn);
    const form = el(
      'form',
      {},
      el('label', { for: 'email' }, texts.email),
      email,
      el('label', { for: 'password' }, texts.password),
      password,
      button,
    );
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      button.disabled = true;
      button.textContent = texts.signingIn;
      this.#problem.textContent = '';
      try {
        this.#use(await this.#requestToken(email.value, password.value));
      } catch (error) {
        this.#problem.textContent = errorText(error);
      }
      button.disabled = false;
      button.textContent = texts.signIn;
    });
    return form;
  }

  /** @param {string} email @param {string} password @returns {Promise<string>} */
  async #requestToken(email, password) {
    const response = await fetch(`${this.#medusaUrl}/auth/user/emailpass`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    }).catch(() => null);
    if (!response) throw new Error(texts.medusaUnreachable);
    const data = await response.json().catch(() => null);
    if (response.status === 401) throw new Error(texts.wrongPassword);
    if (typeof data?.token !== 'string')
      throw new Error(filled(texts.medusaFailed, { status: response.status }));
    return data.token;
  }
}
