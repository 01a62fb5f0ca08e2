// @ts-check
/** The style of the list of conversations. */
export const CHANNELS_CSS = `
.list {
  position: absolute;
  inset: 0;
  z-index: 2;
  padding: 8px;
  overflow-y: auto;
  background: var(--surface);
}
.panel .channel {
  display: grid;
  gap: 2px;
  inline-size: 100%;
  min-block-size: 64px;
  padding: 10px 12px;
  align-content: center;
  text-align: start;
}
.channel span {
  font-weight: 600;
  overflow-wrap: anywhere;
}
.preview {
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}
`;
