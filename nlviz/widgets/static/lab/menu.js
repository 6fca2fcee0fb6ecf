// @ts-check
// What a lecturer does with a lab: take its state along as one line, and leave only some knobs in sight.

import { inFocus, make, say } from "../elements.js";

/** @import { Form, Model } from "../types.d.ts" */

/**
 * "copy state" in `node`: the line in a field, and on the clipboard where the browser lets it.
 * @param {HTMLElement} node
 * @param {Model} model
 * @param {AbortSignal} signal
 * @returns {void}
 */
export function createShare(node, model, signal) {
  const button = make("button", { type: "button", textContent: "copy state", "aria-expanded": "false" });
  const field = make("input", { type: "text", readOnly: true, hidden: true, className: "nlviz-state", "aria-label": "state of this lab" });
  const said = make("span", { role: "status", className: "nlviz-said" });
  const show = () => {
    field.value = model.get("share") ?? "";
    field.size = Math.max(20, field.value.length + 1);
    button.hidden = !field.value;
    say(said, "");
  };
  button.addEventListener("click", async () => {
    field.hidden = false;
    button.setAttribute("aria-expanded", "true");
    field.focus();
    field.select();
    // A browser may ask before it gives the clipboard, refuse, or have none: the line stands there selected.
    say(said, "press Ctrl+C (⌘C) to copy");
    try {
      await navigator.clipboard.writeText(field.value);
      say(said, "copied");
    } catch {}
  }, { signal });
  // It takes room that the picture needs. A window that loses the focus leaves the field what it was: active.
  field.addEventListener("blur", () => {
    if (inFocus(field)) return;
    field.hidden = true;
    button.setAttribute("aria-expanded", "false");
    say(said, "");
  }, { signal });
  node.append(button, field, said);
  model.on("change:share", show);
  show();
}

/**
 * A list of knobs to tick in `node`; `choose(names)` is called with those to show, at once and after every change.
 * @param {HTMLElement} node
 * @param {Form} form
 * @param {(names: Set<string>) => void} choose
 * @param {AbortSignal} signal
 * @returns {void}
 */
export function createChooser(node, form, choose, signal) {
  const chosen = new Set(form.only ?? form.controls.map(({ name }) => name));
  const tick = (/** @type {string} */ text, /** @type {(on: boolean) => void} */ changed) => {
    // Not the name of the knob itself: two controls of one name confuse whoever only hears them.
    const box = make("input", { type: "checkbox", "aria-label": `show ${text}` });
    box.addEventListener("change", () => {
      changed(box.checked);
      show();
    }, { signal });
    list.append(make("label", {}, box, ` ${text}`));
    return box;
  };
  const heading = make("summary", { textContent: "hide or show knobs" });
  const list = make("div", { role: "group", "aria-label": "knobs to show" });
  const put = (/** @type {string} */ name, /** @type {boolean} */ on) => (on ? chosen.add(name) : chosen.delete(name));
  const all = tick("all", (on) => form.controls.forEach(({ name }) => put(name, on)));
  const boxes = form.controls.map(({ name, label }) => ({ name, box: tick(label, (on) => put(name, on)) }));

  function show() {
    for (const { name, box } of boxes) box.checked = chosen.has(name);
    all.checked = chosen.size === boxes.length;
    all.indeterminate = !all.checked && chosen.size > 0;
    choose(chosen);
  }
  if (boxes.length) node.append(make("details", {}, heading, list));
  show();
}
