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
  --raised: light-dark(#f3f3f5, #2c2c30);
  --text: light-dark(#111, #f4f4f5);
  --muted: light-dark(#5f5f68, #a8a8b3);
  --line: light-dark(#e4e4e7, #38383e);
  --danger: light-dark(#b22, #ff9c9c);
  --radius: 18px;
  --gap: 20px;
  position: fixed;
  z-index: 2147483000;
  inset-block-end: var(--gap);
  inset-inline-end: var(--gap);
  font-size: 16px;
  line-height: 1.45;
  color: var(--text);
}
:host([side='start']) {
  inset-inline: var(--gap) auto;
}
button {
  font: inherit;
  color: inherit;
  cursor: pointer;
}
[part='launcher'] {
  position: relative;
  display: grid;
  place-items: center;
  inline-size: 56px;
  block-size: 56px;
  padding: 0;
  border: 0;
  border-radius: 50%;
  background: var(--accent);
  color: var(--on-accent);
  box-shadow: 0 8px 24px #0004;
}
[part='launcher']::before {
  content: '';
  inline-size: 24px;
  block-size: 20px;
  border-radius: 10px 10px 10px 2px;
  background: currentColor;
}
:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 2px;
}
[part='badge'] {
  position: absolute;
  inset-block-start: -3px;
  inset-inline-end: -3px;
  padding-inline: 7px;
  border-radius: 10px;
  background: #d22;
  color: #fff;
  font-size: 12px;
  line-height: 20px;
}
[part='badge']:empty {
  display: none;
}
`;
