// @ts-check
/** Builds elements. Texts of users become text nodes: no code that uses this parses HTML. */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [props] Attributes, and functions named `on…` as listeners. `null`,
 *   `undefined` and `false` are left out. A `part` is set as the class, too.
 * @param {...(Node | string | false | null | undefined)} children Empty ones are left out.
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (name === 'part') element.part = element.className = value;
    else if (value != null && value !== false)
      element.setAttribute(name, value === true ? '' : value);
  }
  element.append(.../** @type {(Node | string)[]} */ (children.filter(Boolean)));
  return element;
}

/**
 * The `keyCode` of keys in an input method, as for Japanese. It is the only sign that all browsers
 * give, also for the key that ends the input.
 */
export const COMPOSING = 229;
