// @ts-check
/** What stands in place of a conversation: none is open, it is loading, or it cannot be loaded. */

import { el } from '../../ui/dom.js';
import { errorText } from '../parts/feedback.js';
import { parts } from '../parts/format.js';
import { icon } from '../parts/icons.js';
import { texts } from '../texts.js';

const SKELETON_MESSAGES = 5;

/** @param {any} error */
const isMissing = (error) => error?.type === 'not_found';

export const noConversation = () =>
  el(
    'div',
    { class: 'empty' },
    icon('chat'),
    el('p', {}, texts.choose),
    el(
      'small',
      {},
      ...parts(texts.chooseKeys, {
        next: el('kbd', {}, 'J'),
        previous: el('kbd', {}, 'K'),
        open: el('kbd', {}, texts.keyEnter),
        help: el('kbd', {}, '?'),
      }),
    ),
  );

export const nobodyWaits = () =>
  el(
    'div',
    { class: 'empty' },
    icon('checks'),
    el('p', {}, texts.allCaughtUp),
    el('small', {}, texts.allCaughtUpHint),
  );

export const loadingConversation = () =>
  el(
    'div',
    { class: 'log skeletons', 'aria-label': texts.loading, role: 'img' },
    ...Array.from({ length: SKELETON_MESSAGES }, () => el('i')),
  );

/** @param {unknown} error @param {() => void} retry */
export const failedConversation = (error, retry) =>
  el(
    'div',
    { class: 'empty' },
    icon('alert'),
    el('p', { title: errorText(error) }, isMissing(error) ? texts.missing : errorText(error)),
    el('button', { type: 'button', onclick: retry }, texts.tryAgain),
  );
