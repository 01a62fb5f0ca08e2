// @ts-check
/** Menus at a button: a popover with items, for the mouse and for the keyboard. */

import { el } from '../../ui/dom.js';
import { texts } from '../texts.js';
import { icon } from './icons.js';

/** From the button, and from the edge of the page. */
const MENU_GAP_PX = 6;

/**
 * @typedef {object} MenuItem
 * @property {string} label
 * @property {() => void} run
 * @property {string} [hint] At the end: a key, a time, or a number.
 * @property {Node} [mark] At the start.
 * @property {boolean} [isChecked] Absent: the item is not one of several to choose from.
 * @property {boolean} [staysOpen] After the item was chosen, which then draws the menu anew.
 * @property {string} [heading] Begins a group.
 */

/** @type {HTMLElement | undefined} */
let open;

/**
 * @param {Element} anchor A second call at the same one closes the menu.
 * @param {string} label
 * @param {() => MenuItem[]} items
 * @param {string} [empty] What it says without items.
 */
export function openMenu(anchor, label, items, empty = '') {
  const isSame = open?.dataset.anchor === anchor.className && open.matches(':popover-open');
  open?.hidePopover();
  if (isSame) return;
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const menu = el('div', {
    class: 'card menu',
    popover: 'auto',
    role: 'menu',
    'aria-label': label,
    'data-anchor': anchor.className,
  });
  const draw = () => {
    const at = focusedIndex(menu);
    menu.replaceChildren(
      ...items().flatMap((item) => nodesOf(item, choose)),
      ...(empty && !items().length ? [el('p', { class: 'hint' }, empty)] : []),
    );
    buttonsOf(menu)[Math.max(0, at)]?.focus();
  };
  const choose = (/** @type {MenuItem} */ item) => {
    if (!item.staysOpen) menu.hidePopover();
    item.run();
    if (item.staysOpen) draw();
  };
  menu.addEventListener('keydown', (event) => moved(menu, event));
  menu.addEventListener('toggle', (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === 'open') return;
    const hadFocus =
      menu.contains(document.activeElement) || document.activeElement === document.body;
    menu.remove();
    if (open === menu) open = undefined;
    if (hadFocus && before?.isConnected) before.focus({ preventScroll: true });
  });
  (document.querySelector('main') ?? document.body).append(menu);
  open = menu;
  draw();
  menu.showPopover();
  place(menu, anchor);
  buttonsOf(menu)[
    Math.max(
      0,
      items().findIndex(({ isChecked }) => isChecked),
    )
  ]?.focus();
}

/** @param {HTMLElement} menu */
const buttonsOf = (menu) => [...menu.querySelectorAll('button')];

/** @param {HTMLElement} menu */
const focusedIndex = (menu) => buttonsOf(menu).indexOf(/** @type {any} */ (document.activeElement));

/** @param {MenuItem} item @param {(item: MenuItem) => void} choose */
function nodesOf(item, choose) {
  const { label, hint, mark, isChecked, staysOpen, heading } = item;
  const role =
    isChecked === undefined ? 'menuitem' : staysOpen ? 'menuitemcheckbox' : 'menuitemradio';
  const button = el(
    'button',
    {
      type: 'button',
      role,
      class: 'item',
      tabindex: '-1',
      'aria-checked': isChecked === undefined ? null : String(isChecked),
      onclick: () => choose(item),
    },
    mark,
    el('span', { class: 'item-text', dir: 'auto' }, label),
    hint && el('span', { class: 'item-hint' }, hint),
    isChecked && icon('check'),
  );
  return heading
    ? [el('div', { class: 'heading', role: 'presentation' }, heading), button]
    : [button];
}

/** @param {HTMLElement} menu @param {KeyboardEvent} event */
function moved(menu, event) {
  const buttons = buttonsOf(menu);
  const at = focusedIndex(menu);
  const { key, ctrlKey, metaKey, altKey } = event;
  const { length } = buttons;
  if (key === 'ArrowDown') buttons[(at + 1) % length]?.focus();
  else if (key === 'ArrowUp') buttons[(at + length - 1) % length]?.focus();
  else if (key === 'Home') buttons[0]?.focus();
  else if (key === 'End') buttons.at(-1)?.focus();
  else if (key === 'Tab') menu.hidePopover();
  else if (key.length === 1 && key !== ' ' && !ctrlKey && !metaKey && !altKey) {
    const order = [...buttons.slice(at + 1), ...buttons.slice(0, at + 1)];
    const letter = key.toLocaleLowerCase();
    const textOf = (/** @type {Element} */ button) =>
      button.querySelector('.item-text')?.textContent?.toLocaleLowerCase() ?? '';
    order.find((button) => textOf(button).startsWith(letter))?.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/** @param {HTMLElement} menu @param {Element} anchor */
function place(menu, anchor) {
  const { left, right, top, bottom } = anchor.getBoundingClientRect();
  const { offsetWidth, offsetHeight, style } = menu;
  const isRtl = texts.dir === 'rtl';
  const [start, end] = isRtl ? [innerWidth - right, innerWidth - left] : [left, right];
  // At the end of the page it ends where the button ends.
  const isFar = start + offsetWidth > innerWidth - MENU_GAP_PX;
  style.insetInlineStart = `${Math.max(MENU_GAP_PX, isFar ? end - offsetWidth : start)}px`;
  const below = bottom + MENU_GAP_PX;
  const isLow = below + offsetHeight > innerHeight - MENU_GAP_PX;
  const above = Math.max(MENU_GAP_PX, top - offsetHeight - MENU_GAP_PX);
  style.insetBlockStart = `${isLow ? above : below}px`;
}
