// @ts-check
/** The style of files, for both faces. `--files-*` are set where the colors have other names. */
export const FILES_CSS = `
.files {
  display: flex;
  flex-wrap: wrap;
  gap: 6px;
  max-inline-size: 100%;
}
.files:not(:first-child) {
  margin-block-start: 6px;
}
.files > .photo {
  display: block;
  block-size: auto;
  max-inline-size: 100%;
  min-block-size: 0;
  padding: 0;
  overflow: hidden;
  border: 0;
  border-radius: 10px;
  background: var(--line);
  line-height: 0;
  cursor: zoom-in;
}
.files > span.photo {
  cursor: default;
}
.photo img,
.photo canvas {
  display: block;
  max-inline-size: 100%;
  block-size: auto;
  /* Also where the announced size was wrong. */
  max-block-size: 200px;
  object-fit: contain;
}
.file {
  display: flex;
  gap: 8px;
  align-items: center;
  max-inline-size: 100%;
  block-size: 40px;
  padding-inline: 10px 12px;
  border: 1px solid var(--line);
  border-radius: 10px;
  background: var(--surface, var(--card));
  color: var(--text);
  text-decoration: none;
}
.file-name {
  text-align: match-parent;
  min-inline-size: 0;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}
.file small,
.tray small {
  flex: none;
  color: var(--muted);
  font-size: 12px;
}
.drawn {
  flex: none;
  inline-size: 20px;
  block-size: 20px;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.6;
  stroke-linecap: round;
  stroke-linejoin: round;
}
.bubble:has(> .upload) {
  opacity: 1;
}
.upload {
  display: flex;
  flex-wrap: wrap;
  gap: 8px;
  align-items: center;
  margin-block-start: 6px;
  font-size: 12px;
}
.upload progress {
  flex: 1;
  min-inline-size: 48px;
  block-size: 6px;
}
.upload button,
.tray button {
  flex: none;
  min-block-size: 28px;
  padding: 2px 8px;
}
.tray {
  flex: 1 0 100%;
  min-inline-size: 0;
  padding: 4px 8px;
}
.tray-files {
  display: grid;
  gap: 6px;
  max-block-size: 180px;
  margin: 0;
  padding: 2px;
  overflow-y: auto;
  list-style: none;
}
.tray-file {
  display: flex;
  gap: 8px;
  align-items: center;
}
.tray canvas {
  flex: none;
  inline-size: 48px;
  block-size: 48px;
  border-radius: 8px;
  object-fit: cover;
}
.tray-text {
  display: grid;
  flex: 1;
  min-inline-size: 0;
  font-size: 13px;
}
.tray input {
  inline-size: 100%;
  min-block-size: 28px;
  padding: 2px 6px;
  border: 1px solid var(--line);
  border-radius: 6px;
  outline-offset: -1px;
  background: none;
  color: var(--text);
  font: inherit;
}
.tray-refusal {
  margin: 4px 0;
  color: var(--danger, var(--red));
  font-size: 13px;
}
.tray-refusal:empty {
  display: none;
}
.lightbox {
  max-inline-size: 100vw;
  max-block-size: 100vh;
  inline-size: 100vw;
  block-size: 100vh;
  margin: auto;
  padding: 12px;
  border: 0;
  background: #000d;
  color: #fff;
}
.lightbox[open] {
  display: grid;
  grid-template-rows: auto 1fr auto;
  justify-items: center;
}
.lightbox img {
  align-self: center;
  min-block-size: 0;
  max-inline-size: 100%;
  max-block-size: 100%;
  object-fit: contain;
}
.lightbox p {
  margin: 8px 0 0;
  color: #fff;
}
.lightbox-bar {
  display: flex;
  gap: 12px;
  align-items: center;
  justify-self: end;
}
.lightbox-bar a,
.lightbox-bar button {
  display: grid;
  place-items: center;
  min-inline-size: 40px;
  min-block-size: 40px;
  padding: 4px 10px;
  border: 0;
  background: none;
  color: #fff;
}
.dropping {
  outline: 2px dashed var(--accent, var(--blue));
  outline-offset: -6px;
}
`;
