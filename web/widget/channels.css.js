// @ts-check
/** The style of the list of conversations. */
export const CHANNELS_CSS = `
.list {
  position: absolute;
  inset: 0;
  z-index: 2;
  display: flex;
  flex-direction: column;
  background: var(--surface);
}
.channels {
  flex: 1;
  padding: 8px;
  overflow-y: auto;
}
.back:dir(rtl) svg {
  transform: scaleX(-1);
}
.panel .channel {
  display: grid;
  grid-template-columns: 40px 1fr auto;
  gap: 2px 12px;
  inline-size: 100%;
  min-block-size: 68px;
  padding: 10px 12px;
  align-items: center;
  border-radius: 12px;
  text-align: start;
}
.panel .channel:hover {
  background: var(--raised);
}
.channel > * {
  min-inline-size: 0;
}
.channel .face {
  position: static;
  grid-area: 1 / 1 / 3;
  inline-size: 40px;
  block-size: 40px;
  background: var(--accent);
  color: var(--on-accent);
  font-size: 16px;
}
.channel .name {
  grid-area: 1 / 2;
  align-self: end;
  padding: 0;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
  font-size: 15px;
  font-weight: 600;
  color: var(--text);
}
.channel time {
  grid-area: 1 / 3;
  font-size: 12px;
  color: var(--muted);
}
.channel .preview {
  grid-area: 2 / 2;
  align-self: start;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}
.channel .count {
  grid-area: 2 / 3;
  justify-self: end;
}
.channel:has(.count) .preview {
  font-weight: 600;
  color: var(--text);
}
`;
