// @ts-check
/** The panel's style. Directions are logical, so that it stands right in every script. */
export const PANEL_CSS = `
[hidden] { display: none !important; }
[part=panel] {
  position: absolute;
  inset-block-end: 72px;
  inset-inline-end: 0;
  display: grid;
  grid-template-rows: auto 1fr auto auto;
  inline-size: 384px;
  block-size: min(640px, calc(100vh - 72px - 2 * var(--gap)));
  overflow: hidden;
  box-sizing: border-box;
  border: 1px solid var(--line);
  border-radius: var(--radius);
  background: var(--surface);
  box-shadow: 0 12px 48px #0003;
  animation: rise .2s;
}
:host([side=start]) [part=panel] { inset-inline: 0 auto; }
@keyframes rise { from { opacity: 0; transform: translateY(12px); } }
h2, p { margin: 0; font: inherit; }
[part=panel] button { padding: 4px 8px; border: 0; border-radius: 8px; background: none; }
[part=header] { display: flex; align-items: center; gap: 8px; padding: 14px 16px; border-block-end: 1px solid var(--line); }
[part=header] div { flex: 1; min-inline-size: 0; }
[part=title] { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
[part=subtitle], [part=meta], [part=day], [part=editing] { font-size: 12.5px; color: var(--muted); }
[part=panel] [part=icon] { inline-size: 36px; block-size: 36px; flex: none; }
[part=panel] button:hover { background: var(--raised); }
[part=thread] { position: relative; min-block-size: 0; }
[part=log] { block-size: 100%; box-sizing: border-box; overflow-y: auto; overscroll-behavior: contain; padding: 16px; display: flex; flex-direction: column; gap: 3px; outline-offset: -3px; }
[part=greeting] { padding-block-end: 12px; font-size: 20px; font-weight: 600; letter-spacing: -.01em; }
[part=day] { align-self: center; padding-block: 12px 6px; }
[part~=message] { position: relative; display: flex; flex-direction: column; align-items: flex-start; max-inline-size: 84%; }
[part~=own] { align-self: flex-end; align-items: flex-end; }
[part~=system] { align-self: center; align-items: center; font-size: 13px; color: var(--muted); }
[part~=last] { margin-block-end: 8px; }
[part~=bubble] { max-inline-size: 100%; box-sizing: border-box; padding: 8px 13px; border-radius: 17px; background: var(--raised); white-space: pre-wrap; overflow-wrap: anywhere; font-size: 15px; }
[part~=own] [part~=bubble] { background: var(--accent); color: var(--on-accent); }
[part~=other][part~=last] [part~=bubble] { border-end-start-radius: 5px; }
[part~=own][part~=last] [part~=bubble] { border-end-end-radius: 5px; }
[part~=system] [part~=bubble] { background: none; }
[part~=message] [part~=gone] { background: none; border: 1px dashed var(--line); color: var(--muted); }
[part~=pending] { opacity: .75; }
[part~=message] [part~=failed] { background: none; color: inherit; border: 1px solid var(--danger); }
[part=meta] b { color: var(--danger); }
[part=meta] { padding: 3px 6px 0; }
[part=meta] button, [part=editing] button { text-decoration: underline; }
[part=bubble] a, [part~=bubble] a { color: inherit; }
[part=actions] { position: absolute; z-index: 1; inset-block-start: -20px; inset-inline-end: 4px; display: flex; opacity: 0; border: 1px solid var(--line); border-radius: 9px; background: var(--surface); font-size: 12.5px; pointer-events: none; }
[part~=message]:hover > [part=actions], [part=actions]:focus-within { opacity: 1; pointer-events: auto; }
[data-sure] { color: var(--danger); }
[part=typing] { display: flex; gap: 4px; padding: 12px 14px; align-self: flex-start; border-radius: 17px; background: var(--raised); }
[part=typing] i { inline-size: 6px; block-size: 6px; border-radius: 50%; background: var(--muted); animation: blink 1.2s infinite; }
[part=typing] i:nth-child(2) { animation-delay: .2s; }
[part=typing] i:nth-child(3) { animation-delay: .4s; }
@keyframes blink { 50% { opacity: .25; } }
[part=panel] [part=fresh] { position: absolute; inset-block-end: 8px; inset-inline: 0; inline-size: max-content; margin-inline: auto; padding: 6px 14px; background: var(--accent); color: var(--on-accent); font-size: 13px; border-radius: 16px; }
[part=notice] { padding: 8px 16px; background: var(--raised); font-size: 13px; }
[part=notice]:empty { display: none; }
[part=composer] { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 8px; padding: 12px; border-block-start: 1px solid var(--line); }
[part=editing] { flex: 1 0 100%; }
[part=input] { flex: 1; min-inline-size: 0; max-block-size: 140px; box-sizing: border-box; padding: 9px 4px; border: 0; outline: 0; resize: none; background: none; color: inherit; font: inherit; }
[part=input]::placeholder { color: var(--muted); opacity: 1; }
[part=composer]:focus-within { box-shadow: inset 0 2px var(--accent); }
[part=panel] [part=send] { inline-size: 40px; block-size: 40px; border-radius: 50%; background: var(--accent); color: var(--on-accent); font-size: 19px; }
[part=list] { overflow-y: auto; grid-row: 2 / 5; padding: 8px; }
[part=panel] [part=channel] { display: grid; grid-template-columns: 1fr auto; gap: 2px 8px; inline-size: 100%; padding: 12px; text-align: start; }
[part=channel] [part=badge] { position: static; }
[part=channel] span[dir] { grid-column: 1 / 3; color: var(--muted); font-size: 14px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.spoken { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 640px) {
  [part=panel] { position: fixed; inset: var(--top, 0) 0 auto; inline-size: 100%; block-size: var(--height, 100dvh); border: 0; border-radius: 0; }
}
`;
