// @ts-check
/**
 * The launcher's style, and the colours that the panel shares. A page sets the custom properties on
 * `live-chat`, or styles the parts. The page's `color-scheme` decides between light and dark: a
 * dark chat would look wrong on a page that is always light.
 */
export const CSS = `
:host {
  --accent: light-dark(#111, #fafafa);
  --on-accent: light-dark(#fff, #111);
  --gap: 20px;
  position: fixed;
  inset-block: auto var(--gap);
  inset-inline: auto var(--gap);
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
  place-items: center;
  width: 56px;
  height: 56px;
  border: 0;
  border-radius: 50%;
  background: var(--accent);
  color: var(--on-accent);
  box-shadow: 0 6px 20px #0004;
  cursor: pointer;
}
[part=launcher]:before {
  content: '';
  width: 22px;
  height: 20px;
  border-radius: 10px 10px 10px 2px;
  background: currentColor;
}
[aria-busy=true] {
  outline: 2px dotted var(--accent);
  outline-offset: 2px;
}
[part=badge]:not(:empty) {
  position: absolute;
  inset-block: -3px auto;
  inset-inline: auto -3px;
  padding: 0 7px;
  border-radius: 10px;
  background: #d22;
  color: #fff;
  font-size: 12px;
  line-height: 20px;
}
`;
