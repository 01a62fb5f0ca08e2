// @ts-check
/**
 * The launcher's style, and the colours of launcher and panel. A page sets the custom properties on
 * `live-chat`, or styles the parts. The page's `color-scheme` decides between light and dark: a
 * dark chat would look wrong on a page that is always light.
 */
export const CSS = `
:host {
  --accent: light-dark(#111, #fafafa);
  --on-accent: light-dark(#fff, #111);
  --surface: light-dark(#fff, #1c1c1f);
  --text: light-dark(#111, #f4f4f5);
  --gap: 20px;
  position: fixed;
  z-index: 2147483000;
  bottom: var(--gap);
  inset-inline-end: var(--gap);
  visibility: visible;
}
:host([side='start']) {
  inset-inline: var(--gap) auto;
}
:host > * {
  all: initial;
  visibility: inherit;
  color-scheme: inherit;
  font-family: inherit;
  color: var(--text);
  -webkit-user-select: text;
  user-select: text;
}
[part='launcher'] {
  position: relative;
  display: grid;
  place-items: center;
  width: 56px;
  height: 56px;
  border-radius: 50%;
  background: var(--accent);
  color: var(--on-accent);
  cursor: pointer;
  box-shadow: 0 8px 24px #0004;
}
[part='launcher']::before {
  content: '';
  padding: 14px;
  background: currentColor;
  clip-path: path(
    evenodd,
    'M14 3a11 10 0 1 1-5 19l-6 3 2-6A10 10 0 0 1 14 3zM8 12h12v2H8z'
  );
}
:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 2px;
}
[part='badge'] {
  position: absolute;
  inset: -3px -3px auto auto;
  padding: 0 7px;
  border: 1px solid transparent;
  border-radius: 12px;
  background: #d22;
  color: #fff;
  font-size: 12px;
  line-height: 20px;
}
:empty[part='badge'] {
  display: none;
}
@media (forced-colors: active) {
  [part='launcher'] {
    border: 1px solid;
  }
  [part='launcher']::before {
    forced-color-adjust: none;
    background: ButtonText;
  }
}
@media print {
  :host {
    display: none !important;
  }
}
`;
