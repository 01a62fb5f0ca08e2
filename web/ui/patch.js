// @ts-check
/** Shows other content in an element without replacing what stays. */

/** @typedef {Node | string | false | null | undefined} Child Empty ones are left out. */

/**
 * Makes the children of `parent` equal to `children`. A child that means the same as before stays
 * the same node, with its listeners, and gets what is new inside. So a redraw keeps selection,
 * hover, focus and a pressed mouse.
 *
 * Two nodes mean the same if they have the same tag, and the same name, address or first part.
 * Listeners of a new child that means the same as an old one are not taken over: they belong on
 * `parent`.
 * @param {Element} parent @param {Child[]} children
 */
export function patch(parent, children) {
  let place = parent.firstChild;
  const cut = (/** @type {ChildNode | null} */ end) => {
    while (place !== end) {
      const next = /** @type {ChildNode} */ (place).nextSibling;
      place?.remove();
      place = next;
    }
  };
  for (const child of children) {
    if (!child) continue;
    const wanted = /** @type {ChildNode} */ (
      typeof child === 'string' ? document.createTextNode(child) : child
    );
    let same = place;
    while (same && meaningOf(same) !== meaningOf(wanted)) same = same.nextSibling;
    if (same) {
      cut(same);
      place = same.nextSibling;
      update(same, wanted);
    } else parent.insertBefore(wanted, place);
  }
  cut(null);
}

/** @param {any} node */
const meaningOf = ({ nodeName, name, href, src, part }) =>
  nodeName + (name || href || src || part?.[0]);

/** @param {any} node @param {any} wanted */
function update(node, wanted) {
  if (node.data !== wanted.data) node.data = wanted.data;
  if (!wanted.attributes) return;
  for (const { name, value } of wanted.attributes)
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  patch(node, [...wanted.childNodes]);
}
