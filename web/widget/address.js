// @ts-check
/** The address that a guest left, as this browser remembers it. */

import { keep } from './storage.js';

/** The value after the guest has skipped the question. */
export const SKIPPED = '-';

/** @param {string} guest The guest's id. */
export const addressKey = (guest) => `live-chat:email:${guest}`;

/**
 * @param {any} channel Of the guest.
 * @returns {string | null} The address, `SKIPPED`, or null: not answered yet.
 */
export const answerOf = ({ customer }) =>
  customer ? keep('localStorage', addressKey(customer.id)) : null;
