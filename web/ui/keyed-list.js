// @ts-check

/**
 * Renders a list of items into a parent element, one node for each key.
 *
 * - A node is created when its key appears and is removed with it. In between it is never replaced:
 *   it is updated in place, and only when its item has changed. So hover, clicks and selection
 *   survive.
 * - The nodes stand in the order of the items, before all other children of the parent. One that
 *   changes its place is moved alone. One that is pressed, or else has the focus, is never moved.
 * - If the focus is lost with a node, it goes to the nearest element with a `tabindex` around the
 *   list.
 * - With a `scroller`, the node in the middle of the view stays where it is when something above it
 *   changes.
 *
 * @template {{ key: string }} Item Plain data with a unique key. Items that give the same JSON are
 *   the same.
 */
export class KeyedList {
  #parent;
  #create;
  #update;
  #scroller;
  /** @type {Map<string, { node: HTMLElement, item: Item, json: string }>} In the order shown. */
  #rows = new Map();

  /**
   * @param {HTMLElement} parent
   * @param {(item: Item) => HTMLElement} create Returns the node for a new key.
   * @param {(node: HTMLElement, item: Item, before?: Item) => void} update Shows the item in its
   *   node. `before` is the item shown so far; it is undefined in a new node.
   * @param {HTMLElement} [scroller] The parent, or an element around it.
   * @param {Map<string, HTMLElement>} [nodes] Those that are there already.
   */
  constructor(parent, create, update, scroller, nodes = new Map()) {
    this.#parent = parent;
    this.#create = create;
    this.#update = update;
    this.#scroller = scroller;
    for (const [key, node] of nodes)
      this.#rows.set(key, { node, item: /** @type {any} */ (undefined), json: '' });
  }

  /** @param {string} key */
  node(key) {
    return this.#rows.get(key)?.node;
  }

  /** @param {Item[]} items */
  render(items) {
    const root = /** @type {Document | ShadowRoot} */ (this.#parent.getRootNode());
    const { activeElement } = root;
    const hadFocus = this.#parent.contains(activeElement);
    const keys = new Set(items.map(({ key }) => key));
    const keepScroll = this.#scrollKeeper(keys);
    const before = this.#rows;
    this.#rows = new Map();
    for (const item of items) {
      const json = JSON.stringify(item);
      const known = before.get(item.key);
      const node = known?.node ?? this.#create(item);
      if (known?.json !== json) this.#update(node, item, known?.item);
      this.#rows.set(item.key, { node, item, json });
    }
    for (const [key, { node }] of before) if (!keys.has(key)) node.remove();
    this.#order(this.#parent.querySelector?.(':active') ?? activeElement);
    keepScroll?.();
    if (hadFocus && !this.#parent.contains(root.activeElement))
      /** @type {HTMLElement | null} */ (this.#parent.closest('[tabindex]'))?.focus({
        preventScroll: true,
      });
  }

  /** @param {Element | null} activeElement */
  #order(activeElement) {
    /** The nodes before this child are in order, except those skipped below. */
    let place = this.#parent.firstChild;
    for (const { node } of this.#rows.values()) {
      const isFixed = node.contains(activeElement);
      // The nodes skipped here are moved when their turn comes.
      if (isFixed || (node === place?.nextSibling && !place.contains(activeElement))) place = node;
      if (node === place) place = place.nextSibling;
      else this.#parent.insertBefore(node, place);
    }
  }

  /** @param {Set<string>} keys The keys that stay. */
  #scrollKeeper(keys) {
    const scroller = this.#scroller;
    if (!scroller) return;
    const { top, height } = scroller.getBoundingClientRect();
    for (const [key, { node }] of this.#rows) {
      const rect = node.getBoundingClientRect();
      if (keys.has(key) && rect.bottom > top + height / 2)
        return () => {
          scroller.scrollTop += node.getBoundingClientRect().top - rect.top;
        };
    }
  }
}
