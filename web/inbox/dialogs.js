// @ts-check
/** The small dialogs: a new conversation, the keyboard shortcuts, deleting a message. */

import { el } from '../ui/dom.js';
import { clipped, isBlank } from '../ui/text.js';
import { shopSearch } from './details/shop-search.js';
import { areLetterKeysOn, setLetterKeys, withControl } from './keyboard.js';
import { errorText, openDialog } from './parts/feedback.js';
import { filled, parts } from './parts/format.js';
import { avatar, displayName } from './parts/people.js';
import { texts } from './texts.js';

const DELETE_QUOTE_LENGTH = 140;
const ANY_ID = /^[A-Za-z0-9_-]{3,128}$/;
const CUSTOMER_ID = /^(cus|guest)_[A-Za-z0-9_-]{1,120}$/;

/**
 * Asks for a customer: by name, address or the number of an order, which the shop finds, or by id.
 * An id that the shop does not know is refused. Without a shop, or while it does not answer, an id
 * that is not known here is opened only on a second request, because a conversation cannot be
 * removed.
 * @param {object} ways
 * @param {import('./details/shop.js').Shop} ways.shop
 * @param {(id: string) => Promise<string | undefined>} ways.find The hash of a known conversation.
 * @param {(hash: string) => void} ways.open
 * @param {(id: string) => Promise<string>} ways.begin Creates a conversation; returns its hash.
 * @param {(text: string) => void} ways.search
 */
export function newConversation({ shop, find, open, begin, search }) {
  const field = shopSearch({
    id: 'customer-id',
    label: shop.isConnected ? texts.customerSearch : texts.customerId,
    placeholder: shop.isConnected ? '' : 'cus_01…',
    search: async (text) => (shop.isConnected ? shop.customers(cleaned(text)) : []),
    content: (customer) => [
      avatar(customer),
      el('span', { class: 'shop-name', dir: 'auto' }, displayName(customer)),
      el('span', { class: 'shop-mail', dir: 'ltr' }, customer.email ?? customer.id),
    ],
    choose: ({ id }) => run(async () => (await find(id)) ?? begin(id)),
    isQuiet: !shop.isConnected,
  });
  const { input } = field;
  input.setAttribute('aria-describedby', 'customer-problem');
  const problem = el('p', { class: 'problem', id: 'customer-problem', role: 'alert' });
  const searchButton = el('button', { type: 'button', hidden: true }, texts.searchInstead);
  const openButton = el('button', { class: 'primary' }, texts.open);
  const footer = el('footer', {}, searchButton, openButton);
  const form = el('form', { class: 'stack' }, field.element, problem, footer);
  const box = openDialog(texts.newConversation, form);
  /** The unknown id that a second request opens. */
  let confirmed = '';
  const say = (text = '', isSearchable = false) => {
    problem.textContent = text;
    searchButton.hidden = !isSearchable;
    openButton.textContent = confirmed ? texts.openAnyway : texts.open;
  };
  /** @param {() => Promise<string | undefined>} work Returns the hash to open. */
  const run = async (work) => {
    openButton.disabled = true;
    try {
      const hash = await work();
      if (hash && box.open) {
        box.close();
        open(hash);
      }
    } catch (error) {
      say(errorText(error));
    }
    openButton.disabled = false;
  };
  /** @param {string} text @returns {Promise<string | undefined>} */
  const submit = async (text) => {
    const id = text.replace(/^cus_/i, 'cus_');
    if (isBlank(text)) return void say(texts.idMissing);
    if (id.startsWith('user_')) return void say(texts.idOfAdmin);
    if (id === confirmed) return begin(id);
    const known = await findAny(id);
    if (known || !box.open) return known;
    const isId = CUSTOMER_ID.test(id);
    if (!shop.isConnected || id.startsWith('guest_')) return void ask(id, isId);
    // The chat does without the shop.
    const found = await field.find(id, true).catch(() => undefined);
    if (!found) return isId ? void ask(id, isId) : void say('', true);
    if (isId && found.length === 0) return void say(texts.shopUnknown, true);
    if (found.length === 0) return void say(texts.shopNobody, true);
    if (found.length === 1) return (await find(found[0].id)) ?? begin(found[0].id);
    field.focusFirst();
  };
  /** @param {string} id @param {boolean} isId */
  const ask = (id, isId) => {
    if (!isId) return say(texts.idOfNobody, true);
    confirmed = id;
    say(filled(texts.idUnknown, { id }), true);
  };
  /** @param {string} id Perhaps without its prefix. */
  const findAny = async (id) => {
    if (!ANY_ID.test(id)) return undefined;
    return (await find(id)) ?? (CUSTOMER_ID.test(id) ? undefined : find(`cus_${id}`));
  };
  searchButton.addEventListener('click', () => {
    box.close();
    search(cleaned(input.value));
  });
  input.addEventListener('input', () => {
    confirmed = '';
    say();
  });
  // A key that is held down does not confirm.
  input.addEventListener(
    'keydown',
    (event) => event.repeat && event.key === 'Enter' && event.preventDefault(),
  );
  input.focus();
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    run(() => submit(cleaned(input.value)));
  });
}

/** @param {string} text Pasted: without white space around it and without invisible characters. */
const cleaned = (text) => text.replace(/(?!\s)[\p{Cc}\p{DI}]/gu, '').trim();

/** Each shortcut: one or two keys, and what they do. */
const shortcuts = () => [
  ['J', '', texts.helpNext],
  ['K', '', texts.helpPrevious],
  ['↓', '↑', texts.helpMove],
  [texts.keyEnter, '', texts.helpOpen],
  ['E', '', texts.helpFinish],
  ['A', '', texts.helpAssign],
  ['I', '', texts.helpToMe],
  ['S', '', texts.helpSnooze],
  ['L', '', texts.helpLabel],
  ['D', '', texts.details],
  ['U', '', texts.helpUnread],
  ['R', '', texts.helpReply],
  ['N', '', texts.helpNote],
  [withControl(texts.keyEnter), '', texts.helpSendAndClose],
  ['X', '', texts.helpTick],
  ['/', '', texts.helpSearch],
  [withControl('K'), '', texts.helpCommands],
  ['C', '', texts.helpNew],
  ['↑', '', texts.helpEdit],
  [texts.keyEscape, '', texts.helpBack],
  ['G W', '', texts.queues.waiting],
  ['G M', '', texts.queues.mine],
  ['G U', '', texts.queues.unassigned],
  ['G S', '', texts.queues.snoozed],
  ['G C', '', texts.queues.closed],
  ['G A', '', texts.queues.all],
  ['?', '', texts.helpHelp],
];

export function showShortcuts() {
  const rows = shortcuts().map(([one, other, what]) => {
    const key = el('kbd', {}, one);
    const keys = other ? parts(texts.or, { one: key, other: el('kbd', {}, other) }) : [key];
    return el('div', {}, el('dt', {}, ...keys), el('dd', {}, what));
  });
  const toggle = el('input', { type: 'checkbox', role: 'switch', id: 'keys' });
  toggle.checked = areLetterKeysOn();
  toggle.addEventListener('change', () => setLetterKeys(toggle.checked));
  const label = el('label', { class: 'switch', for: 'keys' }, texts.letterKeys, toggle);
  const list = el('dl', { class: 'shortcuts' }, ...rows);
  openDialog(texts.shortcuts, el('div', { class: 'stack' }, list, label));
}

/** @param {string} body @param {() => void} remove */
export function confirmDelete(body, remove) {
  const confirm = () => {
    box.close();
    remove();
  };
  const keep = el('button', { type: 'button', onclick: () => box.close() }, texts.keep);
  const button = el('button', { type: 'button', class: 'danger', onclick: confirm }, texts.remove);
  const quote = el('blockquote', { dir: 'auto' }, clipped(body, DELETE_QUOTE_LENGTH));
  const box = openDialog(
    texts.sure,
    el('div', { class: 'stack' }, quote, el('footer', {}, keep, button)),
  );
  button.focus();
}
