// @ts-check
/** The style of what only some conversations have. */
export const LATER_CSS = `
:host {
  --danger: light-dark(#b22, #ff9c9c);
}
button {
  padding: 4px 8px;
  border-radius: 12px;
}
.icon,
.message,
.line {
  position: relative;
}
a {
  color: inherit;
  direction: ltr;
  unicode-bidi: isolate;
}
.panel button:hover {
  box-shadow: inset 0 0 0 99px #8883;
}
.thread {
  position: relative;
}
.icon[data-count]::after,
.channel .count {
  content: attr(data-count);
  min-inline-size: 20px;
  padding-inline: 5px;
  border: 1px solid transparent;
  border-radius: 12px;
  background: #d22;
  color: #fff;
  font-size: 12px;
  line-height: 18px;
  text-align: center;
}
.icon[data-count]::after {
  position: absolute;
  inset-block-start: 0;
  inset-inline-end: 0;
}
.icon[data-count='']::after {
  display: none;
}
.face {
  display: grid;
  position: relative;
  place-items: center;
  box-sizing: border-box;
  inline-size: 36px;
  block-size: 36px;
  overflow: hidden;
  border: 1px solid transparent;
  border-radius: 50%;
  background: var(--on-head);
  color: var(--head);
  font-weight: 600;
  line-height: 1;
}
.face svg {
  inline-size: 60%;
}
.face img {
  position: absolute;
  inline-size: 100%;
  block-size: 100%;
  object-fit: cover;
}
.faces {
  display: flex;
}
.faces .face + .face {
  margin-inline-start: -8px;
  border-color: var(--head);
}
.faces .face:not(:only-child) {
  inline-size: 30px;
  block-size: 30px;
  font-size: 13px;
}
.reserved:empty {
  display: block;
  min-block-size: 52px;
}
.questions {
  display: flex;
  flex-wrap: wrap;
  gap: 8px;
  margin-inline-start: 32px;
}
.panel .question {
  padding: 8px 14px;
  border: 1px solid var(--line);
  border-radius: 18px;
  font-size: 14px;
  text-align: start;
}
.who {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  column-gap: 8px;
  min-inline-size: 0;
}
.subtitle {
  flex: 1 0 100%;
  order: 1;
}
.online {
  display: flex;
  align-items: center;
  gap: 6px;
  color: inherit;
}
.online::before {
  content: '';
  inline-size: 8px;
  block-size: 8px;
  border: 1px solid var(--on-head);
  border-radius: 50%;
  background: #22c55e;
}
.log .face {
  position: absolute;
  inset-block-end: 20px;
  inset-inline-start: 0;
  inline-size: 24px;
  block-size: 24px;
  background: var(--accent);
  color: var(--on-accent);
  font-size: 12px;
}
.message.other,
.log .greeting {
  margin-inline-start: 32px;
  max-width: calc(100% - 40px);
}
.message.other .face {
  inset-inline-start: -32px;
}
.name {
  padding: 4px 14px 2px;
}
.message .emoji {
  padding: 0;
  border: 0;
  color: inherit;
  background: none;
  font-size: 36px;
  line-height: 1.2;
}
.meeting {
  position: relative;
  padding-inline-start: 44px;
  border-color: var(--line);
}
.own .meeting {
  border-color: transparent;
}
.meeting svg {
  position: absolute;
  inset-block-start: 9px;
  inset-inline-start: 14px;
}
.bubble > .shop-card {
  display: flex;
  gap: 10px;
  inline-size: 240px;
  max-inline-size: 100%;
  margin-block: 4px;
  padding: 8px;
  border: 1px solid var(--line);
  border-radius: 10px;
  background: var(--surface);
  color: var(--text);
  text-decoration: none;
  white-space: normal;
}
.shop-card img {
  flex: none;
  inline-size: 56px;
  block-size: 56px;
  border-radius: 6px;
  object-fit: cover;
}
.bubble b {
  font-weight: 600;
}
.shop-card-text {
  display: grid;
  align-content: center;
  min-inline-size: 0;
  font-size: 13px;
}
.appointment {
  display: grid;
  justify-items: start;
  gap: 4px;
  margin-block-start: 6px;
  font-size: 13px;
}
.appointment button {
  min-block-size: 32px;
  padding: 4px 12px;
  border: 1px solid;
  border-radius: 16px;
}
.message.system {
  align-self: center;
  max-inline-size: 88%;
  padding-block: 8px;
}
.system .bubble {
  padding: 0;
  border: 0;
  background: none;
  color: var(--muted);
  font-size: 13px;
  text-align: center;
}
.system .meta {
  display: none;
}
.message :is(.gone, .failed) {
  background: none;
  color: var(--muted);
  border: 1px dashed;
}
.message .failed {
  border-color: var(--danger);
  color: var(--text);
}
.typing {
  padding-inline-start: 46px;
}
.panel .fresh {
  position: absolute;
  inset-block-end: 12px;
  inset-inline: 0;
  inline-size: fit-content;
  margin-inline: auto;
  padding: 8px 16px;
  border-radius: 20px;
  background: var(--accent);
  color: var(--on-accent);
  font-size: 13px;
  box-shadow: 0 4px 16px #0004;
}
.log .skeleton,
.skeleton::before,
.skeleton::after {
  content: '';
  position: relative;
  display: block;
  inline-size: 62%;
  block-size: 40px;
  border-radius: 18px;
  background: var(--raised);
}
.skeleton::before {
  inset-block-start: 50px;
  inset-inline-start: 75%;
}
.skeleton::after {
  inset: 60px 0 0;
}
.day {
  align-self: center;
  padding-block: 14px 8px;
}
.day::first-letter {
  text-transform: uppercase;
}
.actions {
  position: absolute;
  top: 0;
  inset-inline-end: 100%;
  display: flex;
  opacity: 0;
  pointer-events: none;
}
.sure {
  z-index: 1;
  inset-inline-end: 4px;
  border-radius: 12px;
  background: var(--surface);
}
.actions button {
  display: flex;
  gap: 6px;
  align-items: center;
  min-height: 40px;
  white-space: nowrap;
}
.spoken,
.actions:not(.sure) span {
  position: absolute;
  clip-path: inset(50%);
}
.message:hover .actions,
.actions:focus-within {
  opacity: 1;
  pointer-events: auto;
}
.attach {
  display: grid;
  place-items: center;
  inline-size: 44px;
  block-size: 44px;
  margin-inline: -6px;
  border-radius: 50%;
  color: var(--muted);
}
:placeholder-shown ~ .send {
  opacity: 0.5;
}
.dropping {
  outline: 2px dashed var(--accent);
  outline-offset: -8px;
}
.editing,
.offer,
.over {
  flex: 1 0 100%;
  min-inline-size: 0;
}
.panel .ask {
  max-inline-size: 100%;
  min-block-size: 32px;
  padding: 4px 14px;
  overflow: hidden;
  border: 1px solid var(--line);
  border-radius: 16px;
  font-size: 14px;
  text-overflow: ellipsis;
  white-space: nowrap;
}
.panel .ask[aria-pressed='true'] {
  border-color: var(--accent);
  background: var(--accent);
  color: var(--on-accent);
}
.editing {
  padding-inline-start: 16px;
}
.over {
  color: var(--danger);
}
.panel p button {
  text-decoration: underline;
}
.sure button + button {
  color: var(--danger);
}
.own.last .bubble {
  border-end-end-radius: 5px;
}
.other.last .bubble,
.greeting {
  border-end-start-radius: 5px;
}
.panel .menu {
  position: absolute;
  inset-block-start: 4px;
  inset-inline-end: 8px;
  z-index: 2;
  padding: 4px;
  border: 1px solid var(--line);
  border-radius: 12px;
  background: var(--surface);
  box-shadow: 0 8px 24px #0003;
}
.menu button {
  min-height: 44px;
  padding: 8px 14px;
  border-radius: 8px;
  font-size: 14px;
}
`;
