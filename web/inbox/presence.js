// @ts-check
/**
 * Which other admins are here: their names, who is looking at a conversation, and who is typing.
 * And whether the member of the open conversation is here.
 *
 * The server does not say when looking and typing end, so each ends some time after its last frame.
 * What it says of the member may be lost, so that ends too, unless a later look proves it anew.
 *
 * Events: `change`.
 */

import { emit, listen } from '../ui/events.js';
import { displayName } from './parts/people.js';

const LOOKING_SHOWN_MS = 60_000;
const LOOK_AGAIN_MS = 25_000;
/** The server drops more than one `looking` in two seconds: the next one waits a little longer. */
const LOOK_PACE_MS = 2_500;
const TYPING_SHOWN_MS = 5_000;
const MEMBER_SHOWN_MS = 300_000;
const STAFF_AGAIN_MS = 60_000;

export class Presence extends EventTarget {
  #chat;
  #request;
  /** @type {Map<string, import('./parts/people.js').Person>} */
  #staff = new Map();
  #staffRequestedAt = -Infinity;
  /** @type {Map<string, { hash: string, timer: any }>} By admin: each looks at one conversation. */
  #lookers = new Map();
  /** @type {Map<string, Map<string, { role: string, timer: any }>>} By channel and person. */
  #typers = new Map();
  /** @type {string | undefined} The channel whose member is here. */
  #memberHere;
  /** @type {any} */
  #memberTimer;
  /** @type {string | undefined} The channel that the reader has open. */
  #open;
  #lookedAt = -Infinity;
  /** In the time of `performance.now()`. */
  #nextLookAt = 0;
  /** @type {any} */
  #lookTimer;

  /**
   * @param {import('../client/full-chat.js').FullChat} chat
   * @param {string} me The reader's id.
   * @param {(method: string, path: string) => Promise<any>} request
   */
  constructor(chat, me, request) {
    super();
    this.#chat = chat;
    this.me = me;
    this.#request = request;
    listen(chat, 'looking', (detail) => this.#receiveLooking(detail));
    listen(chat, 'typing', (detail) => this.#receiveTyping(detail));
    listen(chat, 'presence', ({ channel_hash, online }) => this.#showMember(channel_hash, online));
    listen(chat, 'opened', () => this.#look(0));
    listen(chat, 'status', ({ status }) => {
      if (status !== 'open') this.#showMember(undefined, false);
    });
    for (const name of ['pointermove', 'keydown', 'wheel', 'focus'])
      addEventListener(name, () => this.#look(LOOK_AGAIN_MS), { passive: true });
  }

  /** @param {string | undefined} hash The conversation that the reader has open now. */
  enter(hash) {
    if (hash !== this.#open) this.#showMember(undefined, false);
    this.#open = hash;
    this.#look(0);
  }

  /** @param {string} hash @returns {boolean} Whether the conversation's member is proven here. */
  isMemberHere(hash) {
    return hash === this.#memberHere;
  }

  /** @param {string} hash @returns {string[]} The ids of the other admins who look at it. */
  lookers(hash) {
    return [...this.#lookers].filter(([, looker]) => looker.hash === hash).map(([id]) => id);
  }

  /** @param {string} hash @returns {{ id: string, role: string }[]} */
  typers(hash) {
    return [...(this.#typers.get(hash) ?? [])].map(([id, { role }]) => ({ id, role }));
  }

  /** @param {string} id @returns {import('./parts/people.js').Person} As much as is known. */
  admin(id) {
    return this.#staff.get(id) ?? { id };
  }

  /** The admins whose names are known, the reader too. */
  get staff() {
    return [...this.#staff.values()];
  }

  /** @param {string} id @returns {string} The first name, else as much as is known. */
  shortName(id) {
    const person = this.admin(id);
    return person.first_name || displayName(person);
  }

  /** @param {import('./parts/people.js').Person | null | undefined} person An admin. */
  know(person) {
    if (!person || !(person.first_name || person.last_name)) return;
    const known = this.#staff.get(person.id);
    // Pushes leave out the last name.
    if (known && person.last_name === undefined) return;
    this.#staff.set(person.id, person);
  }

  /** Requests the names of all admins, once a minute at most. */
  async loadStaff() {
    if (Date.now() - this.#staffRequestedAt < STAFF_AGAIN_MS) return;
    await this.#readStaff();
  }

  /**
   * @param {import('../client/thread.js').Message} message Of an admin, or automatic.
   * @returns {import('./parts/people.js').Person} Without an id for an automatic message.
   */
  sender({ sender_id, sender }) {
    if (!sender_id) return { id: '' };
    // Pushes leave out the last name.
    if (sender && sender.last_name === undefined) this.#load(sender_id);
    else if (sender) this.#know(sender);
    return this.#staff.get(sender_id) ?? sender ?? { id: sender_id };
  }

  /** @param {string} id Requests the names of the staff unless this admin's is known. */
  async #load(id) {
    const { first_name, last_name } = this.admin(id);
    const isRecent = Date.now() - this.#staffRequestedAt < STAFF_AGAIN_MS;
    // A new admin's name is missing until the server has it from Medusa: a later call finds it.
    if (id === this.me || first_name || last_name || isRecent) return;
    await this.#readStaff();
  }

  async #readStaff() {
    this.#staffRequestedAt = Date.now();
    const response = await this.#request('GET', 'staff').catch(() => null);
    if (!response) return;
    for (const person of response.staff) this.#know(person);
    emit(this, 'change');
  }

  /** @param {import('./parts/people.js').Person} person */
  #know(person) {
    if (person.first_name || person.last_name || person.email) this.#staff.set(person.id, person);
  }

  /** @param {any} envelope A push: the sender of a message has stopped typing. */
  apply({ channel_hash, payload }) {
    this.#stopTyping(channel_hash, payload?.message?.sender_id);
  }

  /** @param {string | undefined} hash Only of the open conversation. @param {boolean} isHere */
  #showMember(hash, isHere) {
    if (hash && hash !== this.#open) return;
    clearTimeout(this.#memberTimer);
    if (isHere)
      this.#memberTimer = setTimeout(() => this.#showMember(hash, false), MEMBER_SHOWN_MS);
    const shown = isHere ? hash : undefined;
    if (shown === this.#memberHere) return;
    this.#memberHere = shown;
    emit(this, 'change');
  }

  /** Sends that the reader is looking, at most once in `pause` ms. @param {number} pause */
  #look(pause) {
    const isVisible = document.visibilityState === 'visible';
    if (!this.#open || !isVisible || Date.now() - this.#lookedAt < pause) return;
    clearTimeout(this.#lookTimer);
    const wait = this.#nextLookAt - performance.now();
    if (wait > 0) {
      this.#lookTimer = setTimeout(() => this.#look(0), wait);
      return;
    }
    this.#lookedAt = Date.now();
    this.#nextLookAt = performance.now() + LOOK_PACE_MS;
    this.#chat.sendFrame({ action: 'looking', channel_hash: this.#open });
  }

  /** @param {{ channel_hash: string, user_id: string }} detail */
  #receiveLooking({ channel_hash, user_id }) {
    if (user_id === this.me) return;
    this.#load(user_id);
    const before = this.#lookers.get(user_id);
    clearTimeout(before?.timer);
    const timer = setTimeout(() => {
      this.#lookers.delete(user_id);
      emit(this, 'change');
    }, LOOKING_SHOWN_MS);
    this.#lookers.set(user_id, { hash: channel_hash, timer });
    // A newcomer cannot know that the reader is here. Each gets one reply, so this ends.
    if (channel_hash === this.#open && before?.hash !== channel_hash) this.#look(0);
    emit(this, 'change');
  }

  /** @param {{ channel_hash: string, user_id: string, role: string }} detail */
  #receiveTyping({ channel_hash, user_id, role }) {
    if (user_id === this.me) return;
    if (role === 'admin') this.#load(user_id);
    const typers = this.#typers.get(channel_hash) ?? new Map();
    clearTimeout(typers.get(user_id)?.timer);
    const timer = setTimeout(() => this.#stopTyping(channel_hash, user_id), TYPING_SHOWN_MS);
    typers.set(user_id, { role, timer });
    this.#typers.set(channel_hash, typers);
    emit(this, 'change');
  }

  /** @param {string} hash @param {string} id */
  #stopTyping(hash, id) {
    const typers = this.#typers.get(hash);
    if (!typers?.has(id)) return;
    clearTimeout(typers.get(id)?.timer);
    typers.delete(id);
    if (!typers.size) this.#typers.delete(hash);
    emit(this, 'change');
  }
}
