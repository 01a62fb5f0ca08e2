// @ts-check
/**
 * The shop's labels: names and colors by slug. They are read when the inbox is used for the first
 * time, so that opening it costs no further request. Until then a label is shown by its slug.
 *
 * Events: `change`.
 */

import { emit } from '../ui/events.js';
import { readStored, writeStored } from './parts/storage.js';

/** @typedef {{ slug: string, name: string, color: string }} Label */

/** The labels known last. */
const LABELS_KEY = 'chat-inbox:labels';
const NO_COLOR = '#71717a';

export class Labels extends EventTarget {
  #request;
  /** @type {Label[]} */
  #labels = readStored('localStorage', LABELS_KEY) ?? [];
  #version = 0;
  /** @type {Promise<Label[]> | undefined} */
  #loading;

  /** @param {(method: string, path: string, body?: unknown) => Promise<any>} request */
  constructor(request) {
    super();
    this.#request = request;
  }

  get all() {
    return this.#labels;
  }

  /** @param {string} slug @returns {Label} */
  get(slug) {
    const known = this.#labels.find((label) => label.slug === slug);
    return known ?? { slug, name: slug, color: NO_COLOR };
  }

  /** Loads them once; again after a failure. */
  load() {
    return (this.#loading ??= this.reload());
  }

  /** @returns {Promise<Label[]>} As they are now. */
  reload() {
    this.#loading = this.#request('GET', 'labels').then(
      (answer) => this.#keep(answer),
      (error) => {
        this.#loading = undefined;
        throw error;
      },
    );
    return this.#loading;
  }

  /** @param {Label[]} labels Replaces the shop's, unless somebody else did since they were read. */
  async save(labels) {
    const version = this.#version;
    this.#keep(await this.#request('PUT', 'labels', { labels, version }));
  }

  /** @param {{ labels: Label[], version: number }} answer */
  #keep({ labels, version }) {
    this.#labels = labels;
    this.#version = version;
    writeStored('localStorage', LABELS_KEY, labels);
    emit(this, 'change');
    return labels;
  }
}
