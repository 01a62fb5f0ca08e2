// @ts-check
/** Builds elements. Text enters a page as text nodes only: nothing here, or in what uses it, parses HTML. */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [props] `on…` listeners are functions; `null`, `undefined` and `false` are left out; the rest are attributes.
 *   A `part`, by which other style sheets know it, is its class as well.
 * @param {...(Node | string | false | null | undefined)} children Empty ones are left out.
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (name === 'part') element.part = element.className = value;
    else if (value != null && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(.../** @type {(Node | string)[]} */ (children.filter(Boolean)));
  return element;
}

/** What may follow a link in a sentence and is no part of it. */
const TRAILING = /[.,:;!?'"»)\]}>]+$/;

/**
 * A message as nodes: addresses that begin with http:// or https:// become links, the rest is text.
 * @param {string} text @returns {(Node | string)[]}
 */
export function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]+)/i).flatMap((part, index) => {
    if (index % 2 === 0) return part;
    const href = part.replace(TRAILING, '');
    return [el('a', { href, target: '_blank', rel: 'noreferrer' }, href), part.slice(href.length)];
  });
}

/** The `keyCode` of a key while a text is composed, as in Japanese: the only sign that all browsers give, at its end too. */
export const COMPOSING = 229;
