// @ts-check
/** The shop's settings: one item, which an admin replaces as a whole. */

/**
 * @typedef {{ from: string, to: string }} Span Times `HH:MM`, up to `24:00`.
 * @typedef {{ time_zone: string, week: Record<string, Span[]>,
 *   exceptions: { date: string, spans: Span[] }[] }} Hours
 * @typedef {object} Settings
 * @property {Hours | null} hours Null: always open.
 * @property {Record<string, string>} away_message By language, as all texts.
 * @property {Record<string, string>} greeting
 * @property {Record<string, string[]>} quick_replies
 * @property {'never' | 'away' | 'always'} ask_email
 * @property {boolean} assign_on_reply
 * @property {boolean} rating
 * @property {number | null} close_after_days
 * @property {number} notify_after_seconds
 *
 * @typedef {keyof Settings} Field
 */

/** @template T @param {T} value @returns {T} */
export const copyOf = (value) => JSON.parse(JSON.stringify(value));

/** @param {any} a @param {any} b @returns {Field[]} The fields in which both differ. */
export function changedFields(a, b) {
  const names = /** @type {Field[]} */ (Object.keys({ ...a, ...b }));
  return names.filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]));
}

export class ShopSettings {
  #request;
  #version = 0;

  /** @param {(method: string, path: string, body?: unknown) => Promise<any>} request */
  constructor(request) {
    this.#request = request;
  }

  /** @returns {Promise<Settings>} As they are now. */
  async load() {
    return this.#keep(await this.#request('GET', 'settings'));
  }

  /** @param {Settings} settings Refused with 409 if somebody else has saved since `load`. */
  async save(settings) {
    return this.#keep(await this.#request('PUT', 'settings', { settings, version: this.#version }));
  }

  /** @param {{ settings: Settings, version: number }} answer */
  #keep({ settings, version }) {
    this.#version = version;
    return settings;
  }
}
