// @ts-check
/** The dialog in which the shop's labels are edited. */

import { el } from '../ui/dom.js';
import { errorText, openDialog } from './parts/feedback.js';
import { iconButton } from './parts/icons.js';
import { texts } from './texts.js';

/** @typedef {import('./labels.js').Label} Label */

const NEW_COLORS = ['#2563eb', '#b45309', '#15803d', '#7c3aed', '#be123c', '#0e7490'];
const MAX_SLUG = 32;

/** @param {import('./labels.js').Labels} labels */
export async function editLabels(labels) {
  const problem = el('p', { class: 'problem', role: 'alert' });
  const rows = el('div', { class: 'replies' });
  const save = el('button', { class: 'primary' }, texts.save);
  const add = el('button', { type: 'button', onclick: () => addEmpty() }, texts.addLabel);
  const hint = el('p', { class: 'hint' }, texts.labelsHint);
  const form = el('form', { class: 'stack' }, hint, rows, problem, el('footer', {}, add, save));
  const box = openDialog(texts.labels, form);
  const addEmpty = () => {
    const color = NEW_COLORS[rows.children.length % NEW_COLORS.length];
    const row = labelRow({ slug: '', name: '', color });
    rows.append(row);
    /** @type {HTMLInputElement} */ (row.querySelector('input:not([type=color])')).focus();
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    save.disabled = true;
    problem.textContent = '';
    try {
      await labels.save(labelsOf([...rows.children]));
      box.close();
    } catch (error) {
      const isStale = /** @type {any} */ (error).status === 409;
      problem.textContent = isStale ? texts.labelsStale : errorText(error);
    }
    save.disabled = false;
  });
  try {
    const all = await labels.reload();
    rows.append(...all.map(labelRow));
    if (!all.length) addEmpty();
  } catch (error) {
    // Saving would replace labels that could not be loaded.
    problem.textContent = errorText(error);
    save.disabled = add.disabled = true;
  }
}

/** @param {Label} label */
function labelRow({ slug, name, color }) {
  const colorInput = el('input', { type: 'color', 'aria-label': texts.labelColor });
  colorInput.value = color;
  const input = el('input', {
    'aria-label': texts.labelName,
    maxlength: 40,
    required: true,
    autocomplete: 'off',
    dir: 'auto',
  });
  input.value = name;
  const remove = iconButton(texts.removeLabel, 'trash', () => row.remove());
  const row = el('div', { class: 'label-row', 'data-slug': slug }, colorInput, input, remove);
  return row;
}

/** @param {Element[]} rows @returns {Label[]} A new label gets its slug from its name. */
function labelsOf(rows) {
  const taken = new Set(rows.map((row) => /** @type {HTMLElement} */ (row).dataset.slug));
  return rows.map((row) => {
    const [color, name] = row.querySelectorAll('input');
    const slug = /** @type {HTMLElement} */ (row).dataset.slug || freeSlug(name.value, taken);
    taken.add(slug);
    return { slug, name: name.value.trim(), color: color.value };
  });
}

/** @param {string} name @param {Set<string | undefined>} taken */
function freeSlug(name, taken) {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const base = plain.slice(0, MAX_SLUG - 3) || 'label';
  let slug = base;
  for (let number = 2; taken.has(slug); number++) slug = `${base}-${number}`;
  return slug;
}
