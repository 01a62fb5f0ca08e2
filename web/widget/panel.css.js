// @ts-check
/** The panel's style. Directions are logical, so that it fits every writing direction. */
export const PANEL_CSS = `
:host {
  --surface: light-dark(#fff, #1c1c1f);
  --raised: light-dark(#f3f3f5, #2c2c30);
  --text: light-dark(#111, #f4f4f5);
  --muted: light-dark(#5f5f68, #a8a8b3);
  --line: light-dark(#e4e4e7, #38383e);
  --head: light-dark(var(--accent), var(--raised));
  --on-head: light-dark(var(--on-accent), var(--text));
  --radius: 18px;
}
[hidden] {
  display: none !important;
}
* {
  box-sizing: border-box;
  margin: 0;
  font: inherit;
  color: inherit;
  outline-offset: 2px;
  overflow-wrap: anywhere;
}
.panel {
  all: initial;
  color-scheme: inherit;
  visibility: inherit;
  font-family: inherit;
  -webkit-user-select: text;
  user-select: text;
  box-sizing: border-box;
  position: absolute;
  z-index: 1;
  bottom: 72px;
  inset-inline-end: 0;
  display: grid;
  grid-template-rows: auto 1fr auto auto;
  width: 384px;
  height: min(660px, 100vh - 112px);
  overflow: hidden;
  border: 1px solid var(--line);
  border-radius: var(--radius);
  background: var(--surface);
  box-shadow: 0 12px 48px #0003;
  line-height: 1.45;
  color: var(--text);
}
:host([side=start]) .panel {
  inset-inline: 0 auto;
}
.covered,
.full {
  position: fixed;
  inset-block: var(--top, 0) auto;
  height: var(--height, 100%);
}
.full {
  inset-inline: 0;
  width: 100%;
  border: 0;
  border-radius: 0;
}
h2 {
  font-weight: 600;
}
p {
  font-size: 13px;
  color: var(--muted);
}
p:empty {
  display: none;
}
svg {
  width: 20px;
  fill: none;
  stroke: currentColor;
  stroke-width: 2;
  stroke-linecap: round;
  stroke-linejoin: round;
}
:focus-visible {
  outline: 2px solid var(--accent);
}
button {
  border: 0;
  background: none;
  cursor: pointer;
}
header {
  display: flex;
  align-items: center;
  gap: 8px;
  min-height: 64px;
  padding: 4px 12px;
  background: var(--head);
  color: var(--on-head);
}
.who {
  flex: 1;
}
.subtitle {
  display: block !important;
  min-height: 1lh;
  line-height: 1.3;
  color: inherit;
}
.icon,
.send {
  display: grid;
  place-items: center;
  width: 44px;
  height: 44px;
}
.thread {
  min-height: 0;
}
.log {
  display: flex;
  flex-direction: column;
  gap: 2px;
  height: 100%;
  padding: 16px;
  overflow-y: auto;
  overscroll-behavior: contain;
  outline-offset: -3px;
}
.message {
  display: flex;
  flex-direction: column;
  align-items: flex-start;
  max-width: calc(100% - 80px);
}
.own {
  align-self: flex-end;
  align-items: flex-end;
}
.last,
.greeting {
  margin-block-end: 10px;
}
.bubble,
.greeting {
  align-self: flex-start;
  padding: 9px 14px;
  border: 1px solid transparent;
  border-radius: 18px;
  background: var(--raised);
  color: inherit;
  font-size: 15px;
  white-space: pre-wrap;
}
.own .bubble {
  background: var(--accent);
  color: var(--on-accent);
}
.pending,
:disabled,
:placeholder-shown + .send {
  opacity: 0.5;
}
.meta {
  display: flex;
  align-items: center;
  gap: 4px;
  padding: 2px 6px 0;
  font-size: 12px;
  white-space: pre-wrap;
}
.notice {
  padding: 8px 16px;
  background: var(--raised);
}
form {
  display: flex;
  flex-wrap: wrap;
  align-items: flex-end;
  gap: 8px;
  padding: 8px 12px 12px;
}
textarea {
  flex: 1;
  min-width: 0;
  min-height: 44px;
  max-height: 140px;
  padding: 9px 16px;
  border: 1px solid var(--line);
  border-radius: 22px;
  outline-offset: -1px;
  resize: none;
  background: none;
}
::placeholder {
  color: var(--muted);
  opacity: 1;
}
.send {
  border-radius: 50%;
  background: var(--accent);
  color: var(--on-accent);
}
[aria-expanded=true]:before {
  clip-path: path('M6 9l8 8 8-8 2 2-10 10L4 11z');
}
[aria-expanded=true] span {
  display: none;
}
`;
