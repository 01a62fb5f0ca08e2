// @ts-check
/** The number of unread messages in the page's title and icon. */

import { el } from '../../ui/dom.js';

/** What is read on arrival never shows. */
const BADGE_PAUSE_MS = 400;
const ICON_PX = 64;

export class TabBadge {
  #title;
  #count = -1;
  /** @type {any} */
  #timer;

  /** @param {string} title Of the page. */
  constructor(title) {
    this.#title = title;
  }

  /** @param {number} count */
  show(count) {
    if (count === this.#count) return;
    const isFirst = this.#count < 0;
    this.#count = count;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#draw(), isFirst ? 0 : BADGE_PAUSE_MS);
  }

  #draw() {
    document.title = this.#count > 0 ? `(${this.#count}) ${this.#title}` : this.#title;
    document.querySelector('link[rel~=icon]')?.setAttribute('href', iconWith(this.#count));
  }
}

/** @param {number} count @returns {string} A speech bubble with the number on it. */
function iconWith(count) {
  const canvas = el('canvas', { width: ICON_PX, height: ICON_PX });
  const paint = canvas.getContext('2d');
  if (!paint) return 'data:,';
  paint.fillStyle = '#3b82f6';
  paint.beginPath();
  paint.roundRect(4, 8, 56, 42, 12);
  paint.moveTo(16, 48);
  paint.lineTo(16, 61);
  paint.lineTo(32, 48);
  paint.fill();
  if (count > 0) {
    const isWide = count > 9;
    paint.fillStyle = '#e11d48';
    paint.beginPath();
    paint.roundRect(isWide ? 16 : 26, 22, isWide ? 48 : 38, 42, 21);
    paint.fill();
    paint.fillStyle = '#fff';
    paint.font = 'bold 34px system-ui, sans-serif';
    paint.textAlign = 'center';
    paint.fillText(count > 99 ? '99' : String(count), isWide ? 40 : 45, 55);
  }
  return canvas.toDataURL('image/png');
}
