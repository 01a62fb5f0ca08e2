// @ts-check
/**
 * The sign-in form, in a dialog that cannot be dismissed: by Medusa's e-mail and password, or by a
 * pasted token. Where the page around this one has a login, a link leads there instead.
 *
 * Events: `token` {token}.
 */

import { el } from '../../ui/dom.js';
import { emit } from '../../ui/events.js';
import { errorText } from '../parts/feedback.js';
import { texts } from '../texts.js';
import { logIn } from './medusa-login.js';
import { tokenProblem } from './token.js';

export class SignIn extends EventTarget {
  #medusaUrl;
  #problem;
  #dialog;

  /**
   * @param {string} medusaUrl Empty: by token only.
   * @param {string | undefined} reason Why it is needed.
   * @param {boolean} isOver Whether the page stays visible around it.
   * @param {string} [loginUrl] Of the page around this one, which sends a token afterwards.
   */
  constructor(medusaUrl, reason, isOver, loginUrl) {
    super();
    this.#medusaUrl = medusaUrl;
    this.#problem = el('p', { class: 'problem', role: 'alert' }, reason);
    const forms = loginUrl ? loginLink(loginUrl) : this.#forms();
    const title = el('h1', {}, loginUrl ? texts.logInAgain : texts.signInTitle);
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

  #forms() {
    const byToken = this.#tokenForm();
    if (!this.#medusaUrl) return [byToken];
    const summary = el('summary', {}, texts.useToken);
    return [this.#passwordForm(), el('details', {}, summary, byToken)];
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
        this.#use(await logIn(this.#medusaUrl, email.value, password.value));
      } catch (error) {
        this.#problem.textContent = errorText(error);
      }
      button.disabled = false;
      button.textContent = texts.signIn;
    });
    return form;
  }
}

/** @param {string} href @returns {HTMLElement[]} The page goes on by itself after the login. */
const loginLink = (href) => [
  el('p', {}, texts.logInHint),
  el('a', { class: 'login', href, target: '_blank', rel: 'noopener' }, texts.logIn),
];
