// @ts-check
/** The panel's style. Directions are logical, so that it fits every writing direction. */
export const PANEL_CSS = `
:host {
  --surface: light-dark(#fff, #1c1c1f);
  --raised: light-dark(#f3f3f5, #2c2c30);
  --text: light-dark(#111, #f4f4f5);
  --muted: light-dark(#5f5f68, #a8a8b3);
  --line: light-dark(#e4e4e7, #38383e);
  --danger: light-dark(#b22, #ff9c9c);
  --radius: 18px;
  font-size: 16px;
  line-height: 1.45;
  color: var(--text);
}
[hidden] {
  display: none !important;
}
.panel {
  position: absolute;
  z-index: 1;
  inset-block-end: 72px;
  inset-inline-end: 0;
  display: grid;
  grid-template-rows: auto 1fr auto auto;
  inline-size: 384px;
  block-size: min(640px, 100vh - 112px);
  overflow: hidden;
  border: 1px solid var(--line);
  border-radius: var(--radius);
  background: var(--surface);
  box-shadow: 0 12px 48px #0003;
}
:host([side=start]) .panel {
  inset-inline: 0 auto;
}
* {
  box-sizing: border-box;
}
h2,
p {
  margin: 0;
  font: inherit;
  overflow-wrap: anywhere;
}
a {
  color: inherit;
  direction: ltr;
  unicode-bidi: isolate;
}
:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 2px;
}
button {
  font: inherit;
  color: inherit;
  cursor: pointer;
}
.panel button {
  padding: 4px 8px;
  border: 0;
  border-radius: 9px;
  background: none;
}
.panel button:hover {
  box-shadow: 0 0 0 2px var(--line);
}
header {
  display: flex;
  align-items: center;
  padding: 12px 16px;
  border-block-end: 1px solid var(--line);
}
header div {
  flex: 1;
  min-inline-size: 0;
}
h2 {
  font-weight: 600;
}
p {
  font-size: 13px;
  color: var(--muted);
}
.icon,
.send {
  inline-size: 40px;
  block-size: 40px;
}
.thread {
  position: relative;
  min-block-size: 0;
}
.log {
  display: flex;
  flex-direction: column;
  gap: 3px;
  block-size: 100%;
  padding: 16px;
  overflow-y: auto;
  overscroll-behavior: contain;
  outline-offset: -3px;
}
.greeting {
  padding-block-end: 12px;
  font-size: 20px;
  font-weight: 600;
  color: inherit;
}
.day {
  align-self: center;
  padding-block: 12px 6px;
}
.day::first-letter {
  text-transform: uppercase;
}
.message {
  position: relative;
  display: flex;
  flex-direction: column;
  align-items: flex-start;
  max-inline-size: 84%;
}
.own {
  align-self: flex-end;
  align-items: flex-end;
}
.system {
  align-self: center;
}
.last {
  margin-block-end: 8px;
}
.bubble {
  padding: 8px 13px;
  border-radius: 17px;
  background: var(--raised);
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
.own .bubble {
  background: var(--accent);
  color: var(--on-accent);
}
.message :is(.gone, .failed) {
  background: none;
  color: var(--muted);
  border: 1px dashed;
}
b,
.sure {
  color: var(--danger);
}
.meta {
  padding: 3px 6px;
}
p button {
  text-decoration: underline;
}
.actions {
  position: absolute;
  z-index: 1;
  inset-block-start: -22px;
  inset-inline-end: 4px;
  opacity: 0;
  pointer-events: none;
  border: 1px solid var(--line);
  border-radius: 9px;
  background: var(--surface);
  font-size: 13px;
}
.message:hover > .actions,
.actions:focus-within {
  opacity: 1;
  pointer-events: auto;
}
p:empty {
  display: none;
}
.panel .fresh {
  position: absolute;
  inset: auto 30% 8px;
  background: var(--accent);
  color: var(--on-accent);
}
.notice {
  padding: 8px 16px;
  background: var(--raised);
}
form {
  display: flex;
  flex-wrap: wrap;
  gap: 8px;
  padding: 12px;
  border-block-start: 1px solid var(--line);
}
form:focus-within {
  border-color: var(--accent);
}
.editing {
  flex: 1 0 100%;
}
textarea {
  flex: 1;
  min-inline-size: 0;
  max-block-size: 140px;
  padding: 9px 4px;
  border: 0;
  resize: none;
  background: none;
  color: inherit;
  font: inherit;
}
textarea:focus {
  outline: 0;
}
textarea::placeholder {
  color: var(--muted);
  opacity: 1;
}
.panel .send {
  border-radius: 50%;
  background: var(--accent);
  color: var(--on-accent);
}
.spoken {
  position: absolute;
  clip-path: inset(50%);
}
@media (max-width: 640px) {
  .panel {
    position: fixed;
    inset: var(--top) 0 auto;
    inline-size: 100%;
    block-size: var(--height);
    border: 0;
    border-radius: 0;
  }
}
`;
