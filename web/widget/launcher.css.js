// @ts-check
/**
 * The launcher's style, and the colours that the panel shares. A page sets the custom properties on
 * `live-chat`, or styles the parts. The page's `color-scheme` decides between light and dark: a
 * dark chat would look wrong on a page that is always light.
 */
export const CSS = `
:host {
  --accent: light-dark(#111, #fff);
  --on-accent: light-dark(#fff, #111);
  --gap: 20px;
  position: fixed;
  z-index: 9999;
  bottom: var(--gap);
  inset-inline: auto var(--gap);
  visibility: visible;
}
:host([side=start]) {
  inset-inline: var(--gap) auto;
}
:host>div {
  all: unset;
  position: fixed;
  inset: inherit;
}
[part=launcher] {
  display: grid;
  place-content: center;
  width: 56px;
  height: 56px;
  border: 1px solid #0000;
  border-radius: 50%;
  background: var(--accent);
  color: var(--on-accent);
  box-shadow: 0 6px 20px #0004;
  cursor: pointer;
}
[part=launcher]:before {
  content: '';
  padding: 14px;
  background: currentColor;
  clip-path: path(evenodd,'M14 3a11 10 0 1 1-5 19l-6 3 2-6A10 10 0 0 1 14 3zM8 12h12v2H8z');
}
[aria-busy=true] {
  outline: 3px dotted var(--accent);
}
[part=badge]:not(:empty) {
  position: absolute;
  top: 0;
  inset-inline-end: 0;
  padding: 0 6px;
  border-radius: 12px;
  background: #d22;
  color: #fff;
  font-size: 12px;
  line-height: 1.7;
}
@media (forced-colors: active) {
  [part=launcher]:before {
    background: ButtonText;
  }
}
@media print {
  :host {
    display: none !important;
  }
}
`;
