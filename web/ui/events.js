// @ts-check
/** How the parts of a page report what happened: with events that carry a detail. */

/** @param {EventTarget} target @param {string} type @param {unknown} [detail] */
export function emit(target, type, detail) {
  target.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
}

/** @param {EventTarget} target @param {string} type @param {(detail: any) => void} run */
export function listen(target, type, run) {
  target.addEventListener(type, (event) => run(/** @type {CustomEvent} */ (event).detail));
}
