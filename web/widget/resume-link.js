// @ts-check
/**
 * The link of a guest's mail: its token brings back the conversation, also in another browser.
 */

import { resume } from '../client/actions.js';
import { isPassing } from '../client/http.js';
import { addressKey } from './address.js';
import { keep } from './storage.js';

/** Unsent messages have so long to leave before another guest takes over. */
const UNSENT_MS = 10_000;
const LOOK_MS = 250;
/** The next attempt after a passing failure. */
const AGAIN_MS = 5_000;

/** @typedef {import('./panel.js').Panel} Panel */

/**
 * Follows the link in the address of the page, and removes it from there: the same one must work
 * again, and its token is a secret.
 * @param {Panel} panel
 */
export function followLink(panel) {
  const [isLink, token] = /^#live-chat(?:=([\w.-]{40,})?.*)?$/.exec(location.hash) ?? [];
  if (!isLink) return;
  history.replaceState(history.state, '', location.href.split('#')[0]);
  if (token) resumeGuest(panel, token);
}

/**
 * Becomes the guest of the token, and shows the conversation. Tries again while only the connection
 * is missing.
 * @param {Panel} panel @param {string} token
 */
async function resumeGuest(panel, token) {
  const { host } = panel;
  try {
    const { guest_id, id } = await patiently(
      () => panel.session.chat.request('POST', 'guest/resume', { token }),
      () => panel.say('offline'),
      host.signal,
    );
    panel.say('');
    await panel.session.find().catch(() => {});
    // The same guest goes on, with the own secret and all that is unsent.
    if (panel.session.channels[0]?.customer?.id !== id) {
      await sendOff(panel);
      host.guestId(guest_id);
      // A removed element begins no session.
      host.signal.throwIfAborted();
      panel.left(false);
    }
    learnAddress(panel, id).catch(() => {});
  } catch (error) {
    const { status = 0 } = /** @type {any} */ (error);
    if (!host.signal.aborted) panel.say(status === 401 ? 'linkTaken' : 'linkOver');
  }
}

/** Lets what is unsent leave. What cannot leave goes back into the input. @param {Panel} panel */
async function sendOff({ composer, session }) {
  const { outbox } = session.chat;
  resume(outbox);
  const isWaiting = () => [...outbox.items.values()].some(({ failed }) => !failed);
  for (const end = Date.now() + UNSENT_MS; isWaiting() && Date.now() < end;)
    await new Promise((go) => setTimeout(go, LOOK_MS));
  const left = [...outbox.items.values()].filter(({ body, work }) => body && !work?.files);
  for (const { id } of left) outbox.drop(id);
  const texts = [composer.value, ...left.map(({ body }) => body)];
  composer.write(texts.filter(Boolean).join('\n'));
}

/** Learns the address of a guest who came by a mail. @param {Panel} panel @param {string} guest */
async function learnAddress(panel, guest) {
  if (keep('localStorage', addressKey(guest))) return;
  const { session } = panel;
  await session.find().catch(() => {});
  // Nothing is changed: the response has the present state.
  const { profile } = await session.chat.request('PUT', 'profile', {});
  if (profile.id === guest && profile.email) {
    keep('localStorage', addressKey(guest), profile.email);
    panel.draw();
  }
}

/**
 * @template T @param {() => Promise<T>} request
 * @param {() => void} failed Called after each passing failure.
 * @param {AbortSignal} signal Ends the attempts.
 * @returns {Promise<T>}
 */
async function patiently(request, failed, signal) {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      failed();
      await new Promise((again) => setTimeout(again, AGAIN_MS));
      signal.throwIfAborted();
    }
  }
}
