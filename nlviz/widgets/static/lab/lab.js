// @ts-check
// What a lab has besides a player: a title and knobs above the figure, words below it. Traits come from lab.py.

import { make, say } from "../elements.js";
import { createExchange, WORDS } from "./kernel_requests.js";
import { createKnobs } from "./knobs.js";
import { createChooser, createShare } from "./menu.js";
import { createProgress } from "./progress.js";

/** @import { Form, Knobs, Model } from "../types.d.ts" */

/**
 * Adds the lab of `model` to `root`, round the player's `image` and `status`.
 * @param {Model} model
 * @param {HTMLElement} root
 * @param {{ image: HTMLElement, status: HTMLElement }} player
 * @param {AbortSignal} signal
 * @returns {void}
 */
export function createLab(model, root, { image, status }, signal) {
  /** @type {Form} */
  const form = model.get("form");
  const heading = make("p", { className: "nlviz-title", hidden: true });
  const held = make("p", { className: "nlviz-held", hidden: true });
  const knobArea = make("div", { className: "nlviz-knobs", hidden: true });
  const menu = make("div", { className: "nlviz-menu", hidden: true });
  const progressArea = make("div", { className: "nlviz-progress", role: "group", "aria-label": "run", hidden: true });
  const problem = make("p", { className: "nlviz-problem", role: "alert", hidden: true });
  const summary = make("p", { className: "nlviz-summary", role: "status", hidden: true });
  image.before(heading, held, knobArea, menu, problem);
  status.before(summary);

  const progress = createProgress(progressArea, root, model, (words) => say(status, words), signal);
  const exchange = createExchange(model, (words, gone) => {
    if (gone) progress.hide();
    // The bar says more than "computing…".
    say(status, words === WORDS.computing && progress.runs() ? "" : words);
  }, signal);
  let refusal = "";
  const refused = (/** @type {string} */ words) => {
    refusal = words;
    showWords();
  };
  const ask = (/** @type {Knobs} */ values) => {
    refused("");
    exchange.ask(values);
  };
  const knobs = createKnobs(knobArea, form, { ask, refused }, signal);

  /** @type {Set<string>} */
  let chosen = new Set();
  const showHeld = () => say(held, knobs.held(chosen) && `set and out of sight: ${knobs.held(chosen)}`);
  // A hand on the knob is ahead of the kernel: its older answers do not pull the knob back.
  const showKnobs = () => {
    if (exchange.settled()) knobs.update(model.get("knobs"));
    showHeld();
  };
  const showWords = () => {
    say(summary, model.get("summary"));
    say(problem, [refusal, model.get("error")].filter(Boolean).join("\n"));
    root.classList.toggle("nlviz-stale", model.get("error") !== "");
  };

  say(heading, form.title);
  if (form.title) root.setAttribute("aria-label", form.title);
  knobs.update(model.get("knobs"));
  createChooser(menu, form, (names) => {
    chosen = names;
    knobs.show(chosen);
    showHeld();
  }, signal);
  createShare(menu, model, signal);
  menu.append(progressArea);
  menu.hidden = form.controls.length === 0;
  knobArea.hidden = knobArea.childElementCount === 0;

  model.on("change:knobs change:answers", showKnobs);
  model.on("change:summary change:error", showWords);
  // A line dragged in the figure is its knob turned.
  root.addEventListener("nlviz-knob", (event) => {
    const { name, value } = /** @type {CustomEvent} */ (event).detail;
    knobs.drag(name, value);
  }, { signal });
  showWords();
}
