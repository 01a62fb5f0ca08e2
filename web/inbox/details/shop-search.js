// @ts-check
/** A field that finds customers or products of the shop while one types. */

import { el } from '../../ui/dom.js';
import { errorText } from '../parts/feedback.js';
import { patch } from '../parts/patch.js';
import { texts } from '../texts.js';

/** After the last key. */
const SHOP_PAUSE_MS = 250;

/**
 * @template Row
 * @param {object} options
 * @param {string} options.id Of the field.
 * @param {string} options.label
 * @param {string} [options.placeholder]
 * @param {boolean} [options.showsFirst] Whether there are rows before anything is typed.
 * @param {(text: string) => Promise<Row[]>} options.search
 * @param {(row: Row) => (Node | string | false)[]} options.content
 * @param {(row: Row) => void} options.choose
 * @param {boolean} [options.isQuiet] Searches only on request.
 */
export function shopSearch({
  id,
  label,
  placeholder,
  showsFirst,
  search,
  content,
  choose,
  isQuiet,
}) {
  const input = el('input', {
    id,
    placeholder,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    'aria-controls': `${id}-found`,
  });
  const list = el('ul', { class: 'shop-found', id: `${id}-found`, hidden: true });
  const note = el('p', { class: 'shop-note', role: 'status' });
  /** @type {Row[]} */
  let rows = [];
  let asked = 0;
  /** @type {any} */
  let timer;

  /** @param {Row[]} found @param {string} text */
  const show = (found, text) => {
    rows = found;
    list.hidden = rows.length === 0;
    note.textContent = text;
    // Listeners stay those of the first drawing: the row is found by its place.
    patch(
      list,
      ...rows.map((row, place) =>
        el(
          'li',
          {},
          el(
            'button',
            {
              type: 'button',
              class: 'shop-row',
              'data-place': place,
              onclick: (/** @type {MouseEvent} */ { currentTarget }) => {
                const { dataset } = /** @type {HTMLElement} */ (currentTarget);
                choose(rows[Number(dataset.place)]);
              },
            },
            ...content(row),
          ),
        ),
      ),
    );
  };
  /**
   * @param {string} text
   * @param {boolean} [isSilent] The caller says what was not found.
   * @returns {Promise<Row[]>} Empty if something else was typed meanwhile.
   */
  const find = async (text, isSilent = false) => {
    clearTimeout(timer);
    const number = ++asked;
    const isLatest = () => number === asked && list.isConnected;
    try {
      const found = await search(text);
      if (!isLatest()) return [];
      show(found, found.length || !text || isSilent ? '' : texts.shopNobody);
      return found;
    } catch (error) {
      if (isLatest()) show([], errorText(/** @type {any} */ (error)));
      throw error;
    }
  };
  const later = () => {
    clearTimeout(timer);
    asked++;
    const text = input.value.trim();
    if (isQuiet || (!text && !showsFirst)) return show([], '');
    timer = setTimeout(() => find(text).catch(() => {}), SHOP_PAUSE_MS);
  };
  input.addEventListener('input', later);
  const element = el(
    'div',
    { class: 'shop-search' },
    el('label', { for: id }, label),
    input,
    note,
    list,
  );
  element.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || rows.length === 0) return;
    const buttons = [...list.querySelectorAll('button')];
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    (buttons[at + step] ?? input).focus();
    event.preventDefault();
  });
  if (showsFirst) queueMicrotask(() => find('').catch(() => {}));
  return { element, input, find, focusFirst: () => list.querySelector('button')?.focus() };
}
