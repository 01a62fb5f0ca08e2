// @ts-check
/**
 * A press of the mouse counts, whatever the page does before the release. A browser drops the click
 * if the pressed node is gone by then, or if the page has moved under the pointer: then the control
 * is clicked here.
 */

const CONTROL = 'button, a[href], label, summary, [data-channel]';
/** A pointer that moves further drags or selects. */
const STILL_PX = 5;

export function countEveryPress() {
  /** @type {{ control: HTMLElement, x: number, y: number } | undefined} */
  let press;
  const listen = (/** @type {string} */ type, /** @type {(event: any) => void} */ run) =>
    addEventListener(type, run, { capture: true, passive: true });
  listen('pointerdown', (event) => {
    const { pointerType, button, target, clientX: x, clientY: y } = event;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    const control = target instanceof Element && target.closest(CONTROL);
    press =
      control && pointerType === 'mouse' && button === 0 && isPlain
        ? { control: /** @type {HTMLElement} */ (control), x, y }
        : undefined;
  });
  listen('pointercancel', () => (press = undefined));
  listen('click', ({ target }) => {
    if (press?.control.contains(target)) press = undefined;
  });
  listen('pointerup', ({ clientX, clientY }) => {
    const pressed = press;
    if (!pressed || Math.hypot(clientX - pressed.x, clientY - pressed.y) > STILL_PX) {
      press = undefined;
      return;
    }
    // The browser's own click comes first, in the same task.
    setTimeout(() => {
      if (press !== pressed) return;
      press = undefined;
      if (pressed.control.isConnected) pressed.control.click();
    });
  });
}
