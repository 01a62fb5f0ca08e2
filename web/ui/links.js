// @ts-check
/** Finds the addresses of the web in a message. */

import { el } from './dom.js';

/** A scheme and everything up to the next space. `\s` matches U+FEFF, which is no space. */
const RUN = /(https?:\/\/(?:[^\s<>"]|\ufeff)+)/i;
/** Invisible characters, such as U+202E, which reverses a text, and U+200B. */
const INVISIBLE = /[\p{C}\p{DI}]+/u;
/** Punctuation beyond ASCII ends an address, except the dots inside Japanese and Catalan words. */
const SENTENCE = /(?![\0-\x7f·・])[〜～｜\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}]/u;
/** A host followed by punctuation that no host contains. */
const HOST_AND_MORE = /^(\w+:\/\/[^/?#\\]*?)[!$&'()*+,;=^`{|}~].*/;
/** A user name that looks like a host, as in https://shop.example@evil.example. */
const USER = /^\w+:\/\/[^/?#\\]*@/;
/** Characters at the end that are not part of an address. */
const TRAILING = ".,:;!?'*`_|~([{";
/** A closing bracket belongs to an address with its opener. @type {Record<string, string>} */
const OPENERS = { ')': '(', ']': '[', '}': '{' };

/**
 * A message as nodes: addresses that begin with http:// or https:// become links, the rest is text.
 * A link shows its address. The style sheets isolate it, so that characters before it cannot
 * reverse it. An address that could be mistaken for another one stays text.
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
 * @returns {string} The address at its start; empty if something else in it looks like the host.
 */
function addressIn(run) {
  const [visible, ...others] = run.split(INVISIBLE);
  const isHostOver = /[^:/][/?#\\]/.test(visible);
  if (USER.test(visible) || (!isHostOver && /[\p{L}\p{N}@]/u.test(others.join()))) return '';
  const address = visible.split(SENTENCE)[0].replace(HOST_AND_MORE, '$1');
  /** @type {Record<string, number>} How many of each bracket are not closed. */
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
 * @returns {string} The address with the host that the browser connects to; empty without one.
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
