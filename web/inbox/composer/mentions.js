// @ts-check
/** Admins whom a note can name: by `@` and their first name. */

import { displayName } from '../parts/people.js';

const MAX_OFFERS = 8;

export class Mentions {
  #presence;

  /** @param {import('../presence.js').Presence} presence */
  constructor(presence) {
    this.#presence = presence;
  }

  load() {
    return this.#presence.loadStaff();
  }

  /** @param {string} text What follows the at sign. */
  matching(text) {
    const term = text.toLocaleLowerCase();
    return this.#all
      .filter(({ id }) => id !== this.#presence.me)
      .filter(({ name, handle }) =>
        [name, handle].some((one) => one.toLocaleLowerCase().startsWith(term)),
      )
      .slice(0, MAX_OFFERS);
  }

  /** @param {string} body @returns {string[]} The ids of the admins whom a note names. */
  in = (body) => {
    const words = new Set(
      [...body.matchAll(/@([\p{L}\p{N}_-]+)/gu)].map(([, word]) => word.toLocaleLowerCase()),
    );
    return this.#all
      .filter(({ handle }) => words.has(handle.toLocaleLowerCase()))
      .map(({ id }) => id);
  };

  /** Each with a name of one word that no other admin has. */
  get #all() {
    const taken = new Set();
    return this.#presence.staff
      .map((person) => ({ id: person.id, person, name: displayName(person) }))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, person, name }) => {
        const words = [person.first_name, `${person.first_name}${person.last_name}`, id];
        const free = words
          .map((word) => (word ?? '').replace(/[^\p{L}\p{N}_-]/gu, ''))
          .find((word) => word && !taken.has(word.toLocaleLowerCase()));
        const handle = free ?? id;
        taken.add(handle.toLocaleLowerCase());
        return { id, name, handle };
      });
  }
}
