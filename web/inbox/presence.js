// @ts-check
/**
 * Who else is here: colleagues by name, who is looking at a conversation, who is writing in it.
 *
 * Looking and typing are hints without an end: whoever stops, says nothing. So each holds for a
 * while after the last frame. Events: `change`.
 */

const LOOKING_MS = 60_000;
const LOOK_AGAIN_MS = 25_000;
/**
 * The server drops more than one `looking` in two seconds, as it receives them: the next one waits
 * a little longer than that.
 */
const LOOK_PACE_MS = 2_500;
const TYPING_HOLDS_MS = 5_000;
const ASK_STAFF_AGAIN_MS = 60_000;

export class Presence extends EventTarget {
  #chat;
  #me;
  #ask;
  /** @type {Map<string, import('./parts.js').Person>} */
  #staff = new Map();
  #staffAskedAt = -Infinity;
  /**
   * @type {Map<string, { hash: string, timer: any }>} By user: somebody looks at one conversation
   * at a time.
   */
  #lookers = new Map();
  /** @type {Map<string, Map<string, { role: string, timer: any }>>} By channel and user. */
  #typers = new Map();
  /** @type {string | undefined} The channel before me. */
  #here;
  #lookedAt = -Infinity;
  /** By `performance.now()`. */
  #nextLookAt = 0;
  /** @type {any} */
  #lookLater;

  /**
   * @param {import('../client/chat.js').Chat} chat @param {string} me
   * @param {(method: string, path: string) => Promise<any>} ask
   */
  constructor(chat, me, ask) {
    super();
    this.#chat = chat;
    this.#me = me;
    this.#ask = ask;
    chat.addEventListener('looking', (event) =>
      this.#looks(/** @type {CustomEvent} */ (event).detail),
    );
    chat.addEventListener('typing', (event) =>
      this.#types(/** @type {CustomEvent} */ (event).detail),
    );
    chat.addEventListener('status', (event) => {
      if (/** @type {CustomEvent} */ (event).detail.status === 'open') this.#look(0);
    });
    for (const name of ['pointermove', 'keydown', 'wheel', 'focus'])
      addEventListener(name, () => this.#look(LOOK_AGAIN_MS), { passive: true });
  }

  /** @param {string | undefined} hash The conversation that is open now. */
  enter(hash) {
    this.#here = hash;
    this.#look(0);
  }

  /** @param {string} hash @returns {string[]} Ids of the colleagues who have it before them. */
  lookers(hash) {
    return [...this.#lookers].filter(([, looker]) => looker.hash === hash).map(([id]) => id);
  }

  /** @param {string} hash @returns {{ id: string, role: string }[]} */
  typers(hash) {
    return [...(this.#typers.get(hash) ?? [])].map(([id, { role }]) => ({ id, role }));
  }

  /** @param {string} id @returns {import('./parts.js').Person} As much as is known. */
  colleague(id) {
    return this.#staff.get(id) ?? { id };
  }

  /**
   * @param {string} id Of a colleague who is about to be shown: the roster is asked for when it is
   * first needed.
   */
  async meet(id) {
    const { first_name, last_name } = this.colleague(id);
    // Whoever is new to the chat has a name only once Medusa was asked.
    if (
      id === this.#me ||
      first_name ||
      last_name ||
      Date.now() - this.#staffAskedAt < ASK_STAFF_AGAIN_MS
    )
      return;
    this.#staffAskedAt = Date.now();
    const answer = await this.#ask('GET', 'staff').catch(() => null);
    for (const person of answer?.staff ?? []) this.#staff.set(person.id, person);
    if (answer) this.#change();
  }

  /** @param {any} envelope A push: whoever has written has stopped typing. */
  wrote({ channel_hash, payload }) {
    const { sender_id, sender_role } = payload?.message ?? {};
    if (sender_role === 'admin') this.meet(sender_id);
    this.#stopTyping(channel_hash, sender_id);
  }

  /** @param {number} pause Says that I am looking, unless I have said so since. */
  #look(pause) {
    if (
      !this.#here ||
      document.visibilityState !== 'visible' ||
      Date.now() - this.#lookedAt < pause
    )
      return;
    clearTimeout(this.#lookLater);
    const wait = this.#nextLookAt - performance.now();
    if (wait > 0) {
      this.#lookLater = setTimeout(() => this.#look(0), wait);
      return;
    }
    this.#lookedAt = Date.now();
    this.#nextLookAt = performance.now() + LOOK_PACE_MS;
    this.#chat.tell({ action: 'looking', channel_hash: this.#here });
  }

  /** @param {{ channel_hash: string, user_id: string }} detail */
  #looks({ channel_hash, user_id }) {
    if (user_id === this.#me) return;
    this.meet(user_id);
    const before = this.#lookers.get(user_id);
    clearTimeout(before?.timer);
    const timer = setTimeout(() => {
      this.#lookers.delete(user_id);
      this.#change();
    }, LOOKING_MS);
    this.#lookers.set(user_id, { hash: channel_hash, timer });
    // A newcomer cannot know that I am here. Each is answered once, so this ends.
    if (channel_hash === this.#here && before?.hash !== channel_hash) this.#look(0);
    this.#change();
  }

  /** @param {{ channel_hash: string, user_id: string, role: string }} detail */
  #types({ channel_hash, user_id, role }) {
    if (user_id === this.#me) return;
    if (role === 'admin') this.meet(user_id);
    const here = this.#typers.get(channel_hash) ?? new Map();
    clearTimeout(here.get(user_id)?.timer);
    here.set(user_id, {
      role,
      timer: setTimeout(() => this.#stopTyping(channel_hash, user_id), TYPING_HOLDS_MS),
    });
    this.#typers.set(channel_hash, here);
    this.#change();
  }

  /** @param {string} hash @param {string} user */
  #stopTyping(hash, user) {
    const here = this.#typers.get(hash);
    if (!here?.has(user)) return;
    clearTimeout(here.get(user)?.timer);
    here.delete(user);
    if (!here.size) this.#typers.delete(hash);
    this.#change();
  }

  #change() {
    this.dispatchEvent(new CustomEvent('change'));
  }
}
