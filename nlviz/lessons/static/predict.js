// @ts-check
// A question: what is asked, something to answer it with, a button that records it, and how things stand.
// The kernel keeps the answer (traits and messages: asking.py); the page only shows.

import { isOurs, keepKeys, make, say } from "../../widgets/static/elements.js";
import { hearTerms } from "../../widgets/static/prose/terms.js";
import { marked } from "./drawing.js";
import { createSketch } from "./sketch.js";

/** @import { CreateInput, Form, Place, Words } from "./types.d.ts" */

/**
 * Draws the question of `model` in `el`; returns what takes it away.
 * @param {Place} place
 * @returns {() => void}
 */
export function render({ model, el, signal }) {
  /** @type {Form} */
  const form = model.get("form");
  /** @type {Words} */
  const words = model.get("words");
  const status = make("p", { className: "nlviz-ask-status", role: "status", tabIndex: -1 });
  const problem = make("p", { className: "nlviz-ask-problem", role: "alert", hidden: true });
  const button = make("button", { type: "submit", textContent: words.record });
  const other = make("button", { type: "button", hidden: true });
  const nothing = form.kind === "sketch" ? words.untouched : words.empty;
  const createInput = { options: createOptions, number: createNumber, sketch: createCurve }[form.kind];
  const input = createInput(form, words, () => say(problem, ""), signal);
  const root = make("form", { className: "nlviz-ask", noValidate: true }, input.node, button, other, problem, status);

  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const answer = input.read();
    say(problem, answer === null ? nothing : "");
    if (answer === null) return;
    say(status, words.sending);
    model.send({ answer });
  }, { signal });
  other.addEventListener("click", ({ detail }) => {
    if (detail > 1) return; // the second of a double click would press what the first has put there
    say(status, words.sending);
    model.send({ offer: model.get("offer") });
  }, { signal });
  // Enter in an input submits a form anywhere but in JupyterLab.
  root.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (event.key !== "Enter" || !isOurs(event, target) || target.tagName !== "INPUT") return;
    event.preventDefault();
    if (!button.hidden) root.requestSubmit();
  }, { signal });
  keepKeys(root, signal);
  hearTerms(signal);

  function show() {
    const given = model.get("shown");
    const known = given !== null && given !== undefined;
    if (known) input.write(given);
    input.lock(known);
    say(status, model.get("status"));
    const offered = { waive: words.waive, again: words.again }[/** @type {"waive" | "again"} */ (model.get("offer"))];
    // A button that goes takes the keyboard's place on the page with it.
    const held = document.activeElement;
    if (known ? root.contains(held) : held === other && !offered) status.focus();
    button.hidden = known;
    say(other, offered ?? "");
    say(problem, model.get("problem"));
  }

  for (const trait of ["shown", "status", "problem", "replies", "offer"]) model.on(`change:${trait}`, show);
  show();
  el.classList.add("nlviz-view");
  el.append(root);
  return () => root.remove();
}

/**
 * The question as a legend, and what answers it.
 * @param {Form} form
 * @param {...Element} children
 * @returns {HTMLFieldSetElement}
 */
function fieldset(form, ...children) {
  const legend = make("legend", {}, make("b", { textContent: `${form.label}. ` }), ...marked(form.text));
  return make("fieldset", {}, legend, ...children);
}

/**
 * Native radio buttons.
 * @type {CreateInput}
 */
function createOptions(form, words, touched, signal) {
  const group = `nlviz-${Math.random().toString(36).slice(2)}`;
  const radios = form.options.map(([key]) => make("input", { type: "radio", name: group, value: key }));
  const node = fieldset(form, ...form.options.map(([, text], index) => make("label", {}, radios[index], ` ${text}`)));
  node.addEventListener("change", touched, { signal });
  return {
    node,
    read: () => radios.find((radio) => radio.checked)?.value ?? null,
    write: (key) => radios.forEach((radio) => (radio.checked = radio.value === key)),
    lock: (locked) => radios.forEach((radio) => (radio.disabled = locked)),
  };
}

/**
 * A native number input; what does not fit, the kernel says in words.
 * @type {CreateInput}
 */
function createNumber(form, words, touched, signal) {
  const box = make("input", { type: "number", min: form.low, max: form.high, step: form.step, inputMode: "decimal" });
  box.addEventListener("input", touched, { signal });
  return {
    node: fieldset(form, make("label", {}, `${words.yours} `, box, ` ${form.unit}`)),
    read: () => (Number.isNaN(box.valueAsNumber) ? null : box.valueAsNumber),
    write: (number) => (box.value = number),
    lock: (locked) => (box.readOnly = locked),
  };
}

/**
 * A curve of draggable points.
 * @type {CreateInput}
 */
function createCurve(form, words, touched, signal) {
  const sketch = createSketch(form, words, touched, signal);
  return { ...sketch, node: fieldset(form, make("p", { textContent: words.how_sketch }), sketch.node) };
}

export default { render };
