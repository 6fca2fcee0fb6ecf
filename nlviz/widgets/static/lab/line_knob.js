// @ts-check
// A knob that takes a line of the reader's own: heard when Enter ends it, or when the hand leaves the field.

import { inFocus, make } from "../elements.js";

/** @import { Control } from "../types.d.ts" */

/**
 * The line that was typed as the kernel will have it, "" for none: blanks in a row are one.
 * @param {string} typed
 * @returns {string}
 */
export const lineOf = (typed) => typed.trim().replace(/\s+/g, " ");

/**
 * @param {Control} control
 * @param {string} id
 * @param {{ turned(value: string): void, refused(words: string): void }} ears
 * @param {AbortSignal} signal
 * @returns {{ nodes: HTMLElement[], set(value: string): void }}
 */
export function createLine(control, id, { turned, refused }, signal) {
  const field = make("input", { type: "text", id, maxLength: control.most ?? -1, spellcheck: false, autocomplete: "off" });
  let held = "";
  const show = (/** @type {string} */ value) => {
    held = value;
    // What is being typed, a last blank too, is not overwritten by the answer to an earlier turn.
    if (!inFocus(field)) field.value = held;
  };
  const take = () => {
    const typed = lineOf(field.value);
    refused(typed ? "" : `${control.label} takes at least one letter: it is the line before now.`);
    if (typed && typed !== held) turned(typed);
    field.value = held;
  };
  field.addEventListener("change", take, { signal });
  // another hand may have turned the knob meanwhile
  field.addEventListener("blur", () => (field.value = held), { signal });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    take();
  }, { signal });
  return { nodes: [field], set: show };
}
