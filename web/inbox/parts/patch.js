// @ts-check
/**
 * Redraws without replacing: an element that is hovered, pressed, focused or selected stays in the
 * page, because a browser drops the click on an element that was replaced between press and
 * release.
 */

/**
 * Gives an element these children. A child that is there already is updated in place: one with the
 * same tag and the same first class, in the same order. Its listeners stay those of the first
 * drawing, so they must not capture what is drawn. One with `data-whole` stays as it is while that
 * value is the same, and is replaced with it.
 * @param {Element} parent
 * @param {...(Node | string | false | null | undefined)} children Empty ones are left out.
 */
export function patch(parent, ...children) {
  let place = parent.firstChild;
  for (const child of children) {
    if (!child) continue;
    const wanted = typeof child === 'string' ? document.createTextNode(child) : child;
    const known = nextLike(place, wanted);
    if (!known) {
      parent.insertBefore(wanted, place);
      continue;
    }
    removeUpTo(place, known);
    place = known.nextSibling;
    update(known, wanted);
  }
  removeUpTo(place, null);
}

/** @param {ChildNode | null} from @param {Node} wanted */
function nextLike(from, wanted) {
  for (let node = from; node; node = node.nextSibling) if (kind(node) === kind(wanted)) return node;
  return null;
}

/** @param {Node} node */
const kind = (node) =>
  node instanceof Element ? `${node.nodeName} ${node.classList[0] ?? ''}` : node.nodeName;

/** @param {ChildNode | null} from @param {ChildNode | null} to Stays. */
function removeUpTo(from, to) {
  for (let node = from; node && node !== to;) {
    const next = node.nextSibling;
    node.remove();
    node = next;
  }
}

/** @param {Node} known @param {Node} wanted Of the same kind. */
function update(known, wanted) {
  if (!(known instanceof Element && wanted instanceof Element)) {
    if (known.nodeValue !== wanted.nodeValue) known.nodeValue = wanted.nodeValue;
    return;
  }
  const { whole } = /** @type {HTMLElement} */ (wanted).dataset;
  if (whole !== undefined) {
    if (whole !== /** @type {HTMLElement} */ (known).dataset.whole) known.replaceWith(wanted);
    return;
  }
  for (const { name } of [...known.attributes])
    if (!wanted.hasAttribute(name)) known.removeAttribute(name);
  for (const { name, value } of [...wanted.attributes])
    if (known.getAttribute(name) !== value) setAttribute(known, name, value);
  patch(known, ...wanted.childNodes);
}

/** @param {Element} element @param {string} name @param {string} value */
function setAttribute(element, name, value) {
  // The page's policy refuses `style` as an attribute.
  if (name === 'style') /** @type {HTMLElement} */ (element).style.cssText = value;
  else element.setAttribute(name, value);
}
