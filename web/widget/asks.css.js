// @ts-check
/** The style of cards that ask for something. */
export const ASKS_CSS = `
.log .card {
  display: grid;
  gap: 8px;
  flex: none;
  margin-block: 10px;
  padding: 12px 14px;
  border: 1px solid var(--line);
  border-radius: 14px;
  font-size: 14px;
}
.log .mail:has([name=change]) {
  display: block;
  padding: 0;
  border: 0;
  font-size: 13px;
  color: var(--muted);
  text-align: center;
}
.card b,
.card legend {
  font-weight: 600;
}
.card input[type=email],
.card textarea {
  inline-size: 100%;
  min-height: 44px;
  padding: 8px 12px;
  border: 1px solid var(--muted);
  border-radius: 10px;
  background: none;
  font-size: 16px;
}
.card [aria-invalid=true] {
  border-color: var(--danger);
}
.card .wrong {
  color: var(--danger);
}
.buttons {
  display: flex;
  flex-wrap: wrap;
  gap: 8px;
}
.card button {
  min-height: 36px;
  padding: 6px 12px;
  border-radius: 18px;
}
.card [name=change] {
  justify-self: start;
  min-height: 24px;
  padding: 2px 8px;
  text-decoration: underline;
}
.panel .save {
  background: var(--accent);
  color: var(--on-accent);
}
.card fieldset {
  display: flex;
  gap: 2px;
  padding: 0;
  border: 0;
}
.card label {
  position: relative;
  display: grid;
  place-items: center;
  inline-size: 44px;
  block-size: 44px;
  border-radius: 50%;
  cursor: pointer;
}
.card [type=radio] {
  position: absolute;
  inset: 0;
  opacity: 0;
  cursor: pointer;
}
.card label:has(:focus-visible) {
  outline: 2px solid var(--accent);
}
.card label:hover {
  background: #8883;
}
.card .star {
  inline-size: 26px;
}
.star.on {
  fill: currentColor;
}
.score {
  display: flex;
}
.card .score .star {
  inline-size: 18px;
}
`;
