// @ts-check
/** What the keyed list does to the document: which nodes it makes, moves, changes and removes. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { KeyedList } from '../../web/ui/keyed-list.js';
import { chance } from './support.js';

/** The part of a document that the list uses, with one column of nodes that have a height. */
class FakeNode {
  /** @type {FakeNode | null} */
  parent = null;
  /** @type {FakeNode[]} */
  children = [];
  /** Of this node without its children, in pixels. */
  ownHeight = 0;
  scrollTop = 0;
  text = '';

  /** @param {string} [name] */
  constructor(name = '') {
    this.name = name;
  }

  get firstChild() {
    return this.children[0] ?? null;
  }

  get nextSibling() {
    const all = this.parent?.children ?? [];
    return all[all.indexOf(this) + 1] ?? null;
  }

  /** @param {FakeNode} node @param {FakeNode | null} before */
  insertBefore(node, before) {
    if (node.parent) {
      moved.push(node.name);
      node.#detach();
    }
    const at = before ? this.children.indexOf(before) : this.children.length;
    assert.ok(at >= 0, 'the place is a child');
    this.children.splice(at, 0, node);
    node.parent = this;
  }

  remove() {
    removed.push(this.name);
    this.#detach();
  }

  #detach() {
    if (this.contains(page.activeElement)) page.activeElement = null;
    const all = this.parent?.children ?? [];
    all.splice(all.indexOf(this), 1);
    this.parent = null;
  }

  /** @param {FakeNode | null} other @returns {boolean} */
  contains(other) {
    return other === this || this.children.some((child) => child.contains(other));
  }

  getRootNode() {
    return page;
  }

  /** @returns {FakeNode} The list's own parent has the `tabindex`. */
  closest() {
    return /** @type {FakeNode} */ (this.parent ?? this);
  }

  focus() {
    page.activeElement = this;
  }

  getBoundingClientRect() {
    if (!this.parent) return { top: 0, bottom: VIEW_PX, height: VIEW_PX };
    const siblings = this.parent.children;
    const top =
      siblings.slice(0, siblings.indexOf(this)).reduce((sum, { ownHeight }) => sum + ownHeight, 0) -
      this.parent.scrollTop;
    return { top, bottom: top + this.ownHeight, height: this.ownHeight };
  }
}

const VIEW_PX = 100;
const ROW_PX = 20;
const page = { activeElement: /** @type {FakeNode | null} */ (null) };
/** @type {string[]} */
let created = [];
/** @type {string[]} */
let updated = [];
/** @type {string[]} */
let moved = [];
/** @type {string[]} */
let removed = [];

beforeEach(() => {
  page.activeElement = null;
  forget();
});

function forget() {
  [created, updated, moved, removed] = [[], [], [], []];
}

/** @typedef {{ key: string, text?: string, height?: number }} Item */

/** A list in a page of its own, which shows `keys`. @param {string} keys One letter each. */
function listOf(keys, isScrolled = false) {
  const parent = new FakeNode('parent');
  const list = new KeyedList(
    /** @type {any} */ (parent),
    ({ key }) => {
      created.push(key);
      return /** @type {any} */ (new FakeNode(key));
    },
    (node, /** @type {Item} */ { key, text = '', height = ROW_PX }, before) => {
      updated.push(before ? `${key}: ${before.text} to ${text}` : key);
      Object.assign(node, { text, ownHeight: height });
    },
    isScrolled ? /** @type {any} */ (parent) : undefined,
  );
  const show = (/** @type {string} */ order) => list.render([...order].map((key) => ({ key })));
  const shown = () => parent.children.map(({ name }) => name).join('');
  const node = (/** @type {string} */ key) =>
    /** @type {FakeNode} */ (/** @type {unknown} */ (list.node(key)));
  show(keys);
  forget();
  return { parent, list, show, shown, node };
}

test('what has not changed is not touched', () => {
  const { show, shown } = listOf('abcd');
  show('abcd');
  assert.equal(shown(), 'abcd');
  assert.deepEqual([created, updated, moved, removed], [[], [], [], []]);
});

test('only new keys are created and only missing ones are removed', () => {
  const { show, shown, node } = listOf('bcd');
  const b = node('b');
  show('abde');
  assert.equal(shown(), 'abde');
  assert.deepEqual([created, updated, moved, removed], [['a', 'e'], ['a', 'e'], [], ['c']]);
  assert.equal(node('b'), b);
  assert.equal(node('c'), undefined);
});

test('an item that has changed is shown in the node that it has', () => {
  const { list, node } = listOf('');
  list.render([{ key: 'a', text: 'one' }, { key: 'b' }]);
  const a = node('a');
  forget();
  list.render([{ key: 'a', text: 'two' }, { key: 'b' }]);
  assert.deepEqual([created, updated, moved, removed], [[], ['a: one to two'], [], []]);
  assert.equal(node('a'), a);
  assert.equal(a.text, 'two');
});

test('a node that changes its place is moved alone', () => {
  for (const [before, after, alone] of [
    ['abcdef', 'fabcde', 'f'],
    ['abcdef', 'bcdefa', 'a'],
    ['abcdef', 'abecdf', 'e'],
    ['abcdef', 'acdebf', 'b'],
    ['abcdef', 'abdcef', 'c'],
  ]) {
    const { show, shown } = listOf(before);
    show(after);
    assert.equal(shown(), after);
    assert.deepEqual(moved, [alone], `${before} to ${after}`);
  }
});

test('other children of the parent stay after the list', () => {
  const { parent, show, shown } = listOf('ab');
  parent.insertBefore(new FakeNode('-'), null);
  show('bca');
  assert.equal(shown(), 'bca-');
  show('');
  assert.equal(shown(), '-');
});

test('any order can follow any other, and the focus stays', () => {
  const { shuffled, below, happens } = chance(1);
  const keys = [...'abcdefghij'];
  const { parent, show, shown, node } = listOf('');
  for (let round = 0; round < 2_000; round++) {
    const order = shuffled(keys)
      .slice(0, below(keys.length + 1))
      .join('');
    const at = happens(0.7) ? parent.children[below(parent.children.length)] : undefined;
    const inside = new FakeNode('button');
    at?.insertBefore(inside, null);
    page.activeElement = at ? inside : null;
    forget();
    show(order);
    assert.equal(shown(), order);
    if (!at) continue;
    const isThere = order.includes(at.name);
    assert.equal(page.activeElement, isThere ? inside : parent, `${at.name} in ${order}`);
    assert.ok(!moved.includes(at.name));
    if (isThere) assert.equal(node(at.name), at);
    at.children.length = 0;
  }
});

test('what is in the middle of the view stays there when something above it changes', () => {
  const { parent, list, show, node } = listOf('klmnopqrst', true);
  parent.scrollTop = 40;
  const top = () => node('p').getBoundingClientRect().top;
  const before = top();
  show('abcklmnopqrst');
  assert.deepEqual([top(), parent.scrollTop], [before, 100]);
  show('bclmnopqrstu');
  assert.deepEqual([top(), parent.scrollTop], [before, 60]);
  const taller = [...'bclmnopqrstu'].map((key) => ({ key, height: key === 'l' ? 50 : ROW_PX }));
  list.render(taller);
  assert.deepEqual([top(), parent.scrollTop], [before, 90]);
  show('xyz');
  assert.equal(parent.scrollTop, 90, 'nothing that was in view is left');
});
