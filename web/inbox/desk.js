// @ts-check
/** The menus and commands by which an admin works on conversations: one, or all that are ticked. */

import { el } from '../ui/dom.js';
import { counted, filled, shortMoment } from './parts/format.js';
import { openMenu } from './parts/menu.js';
import { avatar, displayName } from './parts/people.js';
import { snoozeItems, tomorrowMorning } from './snooze.js';
import { texts } from './texts.js';

/** @typedef {import('./work.js').Progress} Progress */

const MAX_LABELS_OF_ONE = 10;

export class Desk {
  #channels;
  #presence;
  #labels;
  #work;

  /**
   * @param {object} parts
   * @param {import('./channels/channels.js').Channels} parts.channels
   * @param {import('./presence.js').Presence} parts.presence
   * @param {import('./labels.js').Labels} parts.labels
   * @param {import('./work.js').Work} parts.work
   */
  constructor({ channels, presence, labels, work }) {
    this.#channels = channels;
    this.#presence = presence;
    this.#labels = labels;
    this.#work = work;
  }

  /**
   * @param {string[]} hashes @param {Progress} [progress]
   * @param {() => Promise<string>} [said]
   */
  close(hashes, progress, said) {
    const open = hashes.filter((hash) => this.#channels.get(hash)?.status !== 'closed');
    const text = counted(texts.closedMany, open.length);
    return this.#work.change(
      open,
      { status: 'closed' },
      said ?? (open.length === 1 ? texts.closedNow : text),
      progress,
    );
  }

  /** @param {string} hash */
  reopen(hash) {
    return this.#work.change([hash], { status: 'open' }, texts.reopened);
  }

  /** @param {string[]} hashes @param {Progress} [progress] */
  assignToMe(hashes, progress) {
    return this.#assign(hashes, this.#presence.me, progress);
  }

  /** @param {string[]} hashes @param {string | null} id @param {Progress} [progress] */
  #assign(hashes, id, progress) {
    const others = hashes.filter((hash) => (this.#channels.get(hash)?.assignee_id ?? null) !== id);
    if (!others.length) return Promise.resolve();
    const said = id
      ? filled(texts.assignedTo, { name: this.#presence.shortName(id) })
      : texts.unassignedNow;
    return this.#work.change(others, { assignee_id: id }, said, progress);
  }

  /**
   * @param {Element} anchor @param {string[]} hashes
   * @param {(work: Promise<void>) => void} [begun] @param {Progress} [progress]
   */
  openAssign(anchor, hashes, begun = () => {}, progress = undefined) {
    const { me } = this.#presence;
    const current = hashes.length === 1 ? this.#channels.get(hashes[0])?.assignee_id : undefined;
    const items = () => {
      const others = this.#presence.staff
        .filter(({ id }) => id !== me)
        .sort((a, b) => displayName(a).localeCompare(displayName(b)));
      const person = (/** @type {import('./parts/people.js').Person} */ one) => ({
        label: one.id === me ? texts.me : displayName(one),
        hint: one.id === me ? 'I' : '',
        mark: avatar(one),
        isChecked: current === one.id,
        run: () => begun(this.#assign(hashes, one.id, progress)),
      });
      return [
        person(this.#presence.admin(me)),
        ...others.map(person),
        {
          label: texts.nobody,
          isChecked: current === null,
          run: () => begun(this.#assign(hashes, null, progress)),
        },
      ];
    };
    const open = () => openMenu(anchor, texts.assign, items);
    // The first time, the names are on their way.
    if (this.#presence.staff.length > 1) open();
    else this.#presence.loadStaff().then(open, open);
  }

  /** @param {Element} anchor @param {string} hash */
  openSnooze(anchor, hash) {
    if (this.#channels.get(hash)?.last_message_at === null) return;
    openMenu(anchor, texts.snooze, () => snoozeItems((until) => this.snooze(hash, until)));
  }

  /** @param {string} hash @param {Date} [until] Tomorrow morning, unless given. */
  snooze(hash, until = tomorrowMorning()) {
    return this.#work.change(
      [hash],
      { status: 'snoozed', snoozed_until: until.toISOString() },
      filled(texts.snoozedUntil, { time: shortMoment(until.getTime()) }),
    );
  }

  /** @param {Element} anchor @param {string[]} hashes @param {Progress} [progress] */
  openLabels(anchor, hashes, progress) {
    const labelsOf = (/** @type {string} */ hash) => this.#channels.get(hash)?.labels ?? [];
    const items = () => {
      const here = hashes.flatMap(labelsOf);
      const slugs = [...new Set([...this.#labels.all.map(({ slug }) => slug), ...here])];
      return slugs.map((slug) => {
        const { name, color } = this.#labels.get(slug);
        const mark = el('i', { class: 'label-dot' });
        mark.style.backgroundColor = color;
        const isChecked = hashes.every((hash) => labelsOf(hash).includes(slug));
        return {
          label: name,
          mark,
          isChecked,
          staysOpen: true,
          run: () => this.label(hashes, slug, !isChecked, progress),
        };
      });
    };
    const open = () => openMenu(anchor, texts.labels, items, texts.noLabels);
    this.#labels.load().then(open, open);
  }

  /**
   * @param {string[]} hashes @param {string} slug
   * @param {boolean} has Whether they get it; else they lose it.
   * @param {Progress} [progress]
   */
  label(hashes, slug, has, progress) {
    const { name } = this.#labels.get(slug);
    const said = filled(has ? texts.lineLabelled : texts.lineUnlabelled, { labels: name });
    return this.#work.change(
      hashes,
      ({ labels = [] }) => {
        const others = labels.filter((one) => one !== slug);
        return { labels: has ? [...others, slug].slice(0, MAX_LABELS_OF_ONE) : others };
      },
      said,
      progress,
    );
  }
}
