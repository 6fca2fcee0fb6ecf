// @ts-check
// A few words beside what was clicked: over the page, so that nothing moves. Escape, a click elsewhere, or scrolling
// takes them away; the keyboard stays where it was.

import { make } from "../elements.js";

const EDGE = 8;

/**
 * Where a note stands: under the word, or over it where there is no room below, and within the page.
 * @param {{ left: number, top: number, bottom: number }} word
 * @param {{ width: number, height: number }} note
 * @param {{ width: number, height: number }} page
 * @returns {{ left: number, top: number }}
 */
export function placeBeside(word, note, page) {
  const left = Math.max(EDGE, Math.min(word.left, page.width - note.width - EDGE));
  const below = word.bottom + EDGE / 2;
  const above = word.top - note.height - EDGE / 2;
  return { left, top: below + note.height + EDGE <= page.height || above < EDGE ? below : above };
}

const ID = "nlviz-note";

/**
 * The page's only note; several scripts of ours may find it there.
 * @returns {HTMLElement}
 */
function noteOfPage() {
  const there = document.getElementById(ID);
  if (there) return there;
  // A live region: what is put into it is spoken, wherever the keyboard is.
  const note = make("div", { className: ID, popover: "manual", role: "status", id: ID });
  note.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "closed") explained()?.removeAttribute("aria-describedby");
  });
  const close = () => note.matches(":popover-open") && note.hidePopover();
  // Not left to the browser, which closes it at a press on its own word too: the click would open it again.
  addEventListener("pointerdown", ({ target }) => {
    const inside = [note, explained()].some((one) => one?.contains(/** @type {Node} */ (target)));
    if (!inside) close();
  }, { capture: true });
  addEventListener("scroll", close, { capture: true, passive: true });
  // The page round us may take Escape for itself before the browser closes what is open.
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !note.matches(":popover-open")) return;
    close();
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });
  document.body.append(note);
  return note;
}

const explained = () => document.querySelector(`[aria-describedby="${ID}"]`);

/**
 * Shows `words` beside `word`; a second time at the same word takes them away.
 * @param {Element} word
 * @param {string} words
 * @returns {void}
 */
export function explain(word, words) {
  const note = noteOfPage();
  const before = explained();
  const open = note.matches(":popover-open");
  before?.removeAttribute("aria-describedby");
  if (open) note.hidePopover();
  if (open && before === word) return;
  note.showPopover();
  note.textContent = words;
  const { left, top } = placeBeside(word.getBoundingClientRect(), note.getBoundingClientRect(), { width: innerWidth, height: innerHeight });
  Object.assign(note.style, { left: `${left}px`, top: `${top}px` });
  word.setAttribute("aria-describedby", ID);
}
