// @ts-check
/**
 * Builds elements. Text enters a page as text nodes only: nothing here, or in what uses it, parses
 * HTML.
 */

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
    else if (value != null && value !== false)
      element.setAttribute(name, value === true ? '' : value);
  }
  element.append(.../** @type {(Node | string)[]} */ (children.filter(Boolean)));
  return element;
}

/** A scheme and all that follows it without a space; U+FEFF is none, though `\s` matches it. */
const RUN = /(https?:\/\/(?:[^\s<>"]|\ufeff)+)/i;
/**
 * Invisible characters: they hide in a text, join it, or turn its direction around (U+202E, U+200B,
 * tags, unpaired surrogates).
 */
const INVISIBLE = /[\p{C}\p{DI}]+/u;
/**
 * Punctuation beyond ASCII ends an address: the sentence goes on. The dots inside Japanese and
 * Catalan words do not.
 */
const SENTENCE = /(?![\0-\x7f·・])[〜～｜\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}]/u;
/** A host, and text that follows it at once. No host has this punctuation. */
const HOST_AND_MORE = /^(\w+:\/\/[^/?#\\]*?)[!$&'()*+,;=^`{|}~].*/;
/** A user's name where a host is expected, as in https://shop.example@evil.example. */
const USER = /^\w+:\/\/[^/?#\\]*@/;
/** Characters that end no address. */
const TRAILING = ".,:;!?'*`_|~([{";
/** A closing bracket ends an address that opens it. @type {Record<string, string>} */
const OPENERS = { ')': '(', ']': '[', '}': '{' };

/**
 * A message as nodes: addresses that begin with http:// or https:// become links, the rest is text.
 * A link's text is where it leads; the style sheets isolate it, so that characters before it cannot
 * turn it around. What could pass for another address is no link.
 * @param {string} text @returns {(Node | string)[]}
 */
export function linked(text) {
  return text.split(RUN).flatMap((run, index) => {
    const address = index % 2 ? addressIn(run) : '';
    const href = address && asShown(address);
    return href
      ? [el('a', { href, target: '_blank', rel: 'noreferrer' }, href), run.slice(address.length)]
      : run;
  });
}

/**
 * @param {string} run
 * @returns {string} The address that it begins with; empty where a user's name, or what follows,
 * would look like its host.
 */
function addressIn(run) {
  const [visible, ...others] = run.split(INVISIBLE);
  const isHostOver = /[^:/][/?#\\]/.test(visible);
  if (USER.test(visible) || (!isHostOver && /[\p{L}\p{N}@]/u.test(others.join()))) return '';
  const address = visible.split(SENTENCE)[0].replace(HOST_AND_MORE, '$1');
  /** @type {Record<string, number>} How many of each character are not closed. */
  const open = {};
  let end = 0;
  for (let at = 0; at < address.length; at++) {
    const sign = address[at];
    const opener = OPENERS[sign];
    if (opener ? open[opener] > 0 : !TRAILING.includes(sign)) end = at + 1;
    if (open[opener] > 0) open[opener]--;
    open[sign] = (open[sign] || 0) + 1;
  }
  return address.slice(0, end);
}

/**
 * @param {string} address
 * @returns {string} It, with the host that the browser asks; empty where it has none.
 */
function asShown(address) {
  const [, authority, rest] = /** @type {RegExpExecArray} */ (
    /^\w+:\/\/([^/?#\\]*)(.*)/.exec(address)
  );
  try {
    const { protocol, host, hostname } = new URL(address);
    if (!/[\p{L}\p{N}]/u.test(authority)) return '';
    return authority.toLowerCase().replace(/:\d*$/, '') === hostname
      ? address
      : `${protocol}//${host}${rest}`;
  } catch {
    return '';
  }
}

/**
 * The `keyCode` of a key while a text is composed, as in Japanese: the only sign that all browsers
 * give, at its end too.
 */
export const COMPOSING = 229;
