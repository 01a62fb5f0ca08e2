// @ts-check
/**
 * Notifications while the inbox is closed: this browser's subscription to web push.
 *
 * The admin switches it on. Then the browser keeps it until it is switched off, the admin signs
 * out, or another admin signs in here; the server counts it for 30 days after the last use of the
 * inbox.
 *
 * Events: `open` {hash} when a notification is clicked; the hash may be empty.
 */

import { emit } from '../../ui/events.js';
import { readStored, writeStored } from '../parts/storage.js';
import { texts } from '../texts.js';
import { requestPermission } from './notifications.js';

const PUSH_KEY = 'chat-inbox:push';
const SCOPE = '/app/chat';
const WORKER = '/app/chat/sw.js';
/** How often the server is asked to keep the subscription. */
const RENEWAL_MS = 86_400_000;

/** @typedef {{ me: string, withText: boolean, renewedAt: number }} PushSettings */

export class WebPush extends EventTarget {
  #request;
  #me;
  #isEmbedded;
  /** @type {PushSettings | null} Null while it is off. */
  #settings = readStored('localStorage', PUSH_KEY);
  /** @type {ServiceWorkerRegistration | undefined} Set while it is on. */
  #registration;
  /** @type {Promise<void> | undefined} Ends when it is known whether it is on. */
  #resumed;

  /**
   * @param {(method: string, path: string, body?: unknown) => Promise<any>} request
   * @param {string} me The reader's id.
   */
  constructor(request, me) {
    super();
    this.#request = request;
    this.#me = me;
    this.#isEmbedded = parent !== window;
    if (this.#isEmbedded || !navigator.serviceWorker) return;
    navigator.serviceWorker.addEventListener('message', ({ data }) => {
      const { type, hash } = data ?? {};
      if (type === 'live-chat:open' && typeof hash === 'string') emit(this, 'open', { hash });
    });
    navigator.serviceWorker.startMessages();
    this.#resumed = this.#resume().catch(() => {});
  }

  get isOn() {
    return this.#settings !== null && this.#settings.me === this.#me;
  }

  get withText() {
    return this.#settings?.withText ?? false;
  }

  /** Why it cannot be switched on here; empty if it can. */
  get obstacle() {
    if (this.#isEmbedded) return texts.pushEmbedded;
    const isSupported = 'serviceWorker' in navigator && 'PushManager' in globalThis;
    return isSupported && 'Notification' in globalThis ? '' : texts.pushMissing;
  }

  /** @param {boolean} withText @returns {Promise<string>} Why it stays off; empty if it is on. */
  async turnOn(withText) {
    const problem = this.obstacle || (await requestPermission());
    if (problem) return problem;
    try {
      this.#registration = await registered();
      const subscription = await this.#subscribe(this.#registration);
      await this.#put(subscription, withText);
      return '';
    } catch (error) {
      this.#registration = undefined;
      // An abort is the push service's; everything else is the chat's.
      const isService = error instanceof DOMException;
      return isService ? texts.pushFailed : texts.pushRefused;
    }
  }

  /** Ends it for this browser, even if the chat cannot be reached. */
  async turnOff() {
    const registration = this.#registration;
    this.#forget();
    const subscription = await registration?.pushManager.getSubscription();
    if (!subscription) return;
    const { endpoint } = subscription;
    await subscription.unsubscribe();
    await this.#request('DELETE', 'push/subscriptions', { endpoint }).catch(() => {});
  }

  /** Has the server push a notification. @returns {Promise<boolean>} Whether it will come. */
  async test() {
    return this.#confirm(this.withText, true);
  }

  /** @param {boolean} withText Whether notifications show what was written. */
  async save(withText) {
    return this.#confirm(withText);
  }

  /** Confirms it to the server once a day, and after a change of the server's key. */
  async renew() {
    await this.#resumed;
    const renewedAt = this.#settings?.renewedAt ?? 0;
    if (!this.isOn || Math.abs(Date.now() - renewedAt) < RENEWAL_MS) return;
    await this.#confirm(this.withText);
  }

  /**
   * Shows a notification of this page as those of pushes: one of the same conversation replaces the
   * other.
   * @param {string} title @param {string} body @param {string} hash @param {boolean} silent
   * @returns {boolean} Whether it is shown.
   */
  show(title, body, hash, silent) {
    if (!this.#registration || Notification.permission !== 'granted') return false;
    const data = { hash, id: '', at: Date.now() };
    this.#registration.showNotification(title, { body, tag: hash, silent, data }).catch(() => {});
    return true;
  }

  /** Finds the worker of an earlier visit. What another admin has switched on here ends. */
  async #resume() {
    const registration = await navigator.serviceWorker.getRegistration(SCOPE);
    if (!this.#settings || !registration) return this.#forget();
    if (this.isOn && Notification.permission === 'granted') this.#registration = registration;
    else {
      this.#forget();
      await (await registration.pushManager.getSubscription())?.unsubscribe();
    }
  }

  /** @param {boolean} withText @param {boolean} [test] @returns {Promise<boolean>} */
  async #confirm(withText, test) {
    if (!this.#registration) return false;
    try {
      await this.#put(await this.#subscribe(this.#registration), withText, test);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * @param {ServiceWorkerRegistration} registration
   * @returns {Promise<PushSubscription>} With the server's present key.
   */
  async #subscribe({ pushManager }) {
    const { public_key } = await this.#request('GET', 'push');
    const known = await pushManager.getSubscription();
    if (known && base64url(known.options.applicationServerKey) === public_key) return known;
    await known?.unsubscribe();
    return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: public_key });
  }

  /** @param {PushSubscription} subscription @param {boolean} withText @param {boolean} [test] */
  async #put(subscription, withText, test) {
    const { endpoint, keys } = subscription.toJSON();
    const body = { endpoint, keys, with_text: withText, test };
    await this.#request('PUT', 'push/subscriptions', body);
    this.#settings = { me: this.#me, withText, renewedAt: Date.now() };
    writeStored('localStorage', PUSH_KEY, this.#settings);
  }

  #forget() {
    this.#settings = null;
    this.#registration = undefined;
    writeStored('localStorage', PUSH_KEY, null);
  }
}

/** The page's policy allows this one, made once. @type {any} */
let policy;

async function registered() {
  policy ??= /** @type {any} */ (globalThis).trustedTypes?.createPolicy('chat', {
    createScriptURL: (/** @type {string} */ url) => (url === WORKER ? url : ''),
  });
  await navigator.serviceWorker.register(policy?.createScriptURL(WORKER) ?? WORKER, {
    scope: SCOPE,
  });
  return navigator.serviceWorker.ready;
}

/** @param {ArrayBuffer | null} bytes */
function base64url(bytes) {
  const text = String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0)));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
