// @ts-check
/**
 * The shop's canned answers. All admins share one list, which is saved as a whole. `{{name}}` in an
 * answer becomes the customer's first name.
 */

/** @typedef {{ shortcut: string, text: string }} CannedAnswer */

const MAX_MATCHES = 8;
const NAME = / ?\{\{\s*name\s*\}\}/g;

export class CannedAnswers {
  #request;
  /** @type {CannedAnswer[]} */
  #answers = [];
  /** @type {Promise<CannedAnswer[]> | undefined} */
  #loading;

  /** @param {(method: string, path: string, body?: unknown) => Promise<any>} request */
  constructor(request) {
    this.#request = request;
  }

  /** Loads them once; again after a failure. */
  load() {
    return (this.#loading ??= this.reload());
  }

  /** @returns {Promise<CannedAnswer[]>} As they are now. */
  reload() {
    this.#loading = this.#request('GET', 'canned').then(
      ({ canned }) => (this.#answers = canned),
      (error) => {
        this.#loading = undefined;
        throw error;
      },
    );
    return this.#loading;
  }

  /** @param {CannedAnswer[]} answers */
  async save(answers) {
    const { canned } = await this.#request('PUT', 'canned', { canned: answers });
    this.#answers = canned;
    this.#loading = Promise.resolve(canned);
  }

  /** @param {string} text What follows the slash. @returns {CannedAnswer[]} The best ones first. */
  matching(text) {
    const term = text.toLowerCase();
    const byShortcut = this.#answers.filter(({ shortcut }) => shortcut.startsWith(term));
    const byText = this.#answers.filter(
      (answer) =>
        !byShortcut.includes(answer) && term.length > 1 && answer.text.toLowerCase().includes(term),
    );
    return [...byShortcut, ...byText].slice(0, MAX_MATCHES);
  }
}

/** @param {string} text @param {string | null | undefined} name Without one, its place is empty. */
export const withName = (text, name) =>
  text.replace(NAME, (found) => (name ? (found.startsWith(' ') ? ` ${name}` : name) : ''));
