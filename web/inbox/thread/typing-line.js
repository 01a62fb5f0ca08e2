// @ts-check
/** Under the log: who is typing. */

import { el } from '../../ui/dom.js';
import { counted } from '../parts/format.js';
import { patch } from '../parts/patch.js';
import { displayName } from '../parts/people.js';
import { texts } from '../texts.js';

export class TypingLine {
  #shown = '';
  element = el('div', { class: 'typing-line' });

  /** @param {import('../parts/people.js').Person[]} people */
  show(people) {
    const names = people.map(displayName).join(', ');
    const text = names && counted(texts.typingBy, people.length, { names });
    if (text === this.#shown) return;
    this.#shown = text;
    const dots = el('span', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i'));
    patch(this.element, ...(text ? [dots, text] : []));
  }
}
