// @ts-check
/** What stands in place of a conversation: none is open, it is loading, or it cannot be loaded. */

import { el } from '../../ui/dom.js';
import { errorText } from '../parts/feedback.js';
import { icon } from '../parts/icons.js';

const SKELETON_MESSAGES = 5;
const MISSING = 'There is no such conversation.';

/** @param {any} error */
const isMissing = (error) => error?.type === 'not_found';

export const noConversation = () =>
  el(
    'div',
    { class: 'empty' },
    icon('chat'),
    el('p', {}, 'Choose a conversation'),
    el(
      'small',
      {},
      el('kbd', {}, 'J'),
      el('kbd', {}, 'K'),
      ' to go through them, ',
      el('kbd', {}, 'Enter'),
      ' to write, ',
      el('kbd', {}, '?'),
      ' for all shortcuts',
    ),
  );

export const loadingConversation = () =>
  el(
    'div',
    { class: 'log skeletons', 'aria-label': 'Loading messages', role: 'img' },
    ...Array.from({ length: SKELETON_MESSAGES }, () => el('i')),
  );

/** @param {unknown} error @param {() => void} retry */
export const failedConversation = (error, retry) =>
  el(
    'div',
    { class: 'empty' },
    icon('alert'),
    el('p', { title: errorText(error) }, isMissing(error) ? MISSING : errorText(error)),
    el('button', { type: 'button', onclick: retry }, 'Try again'),
  );
