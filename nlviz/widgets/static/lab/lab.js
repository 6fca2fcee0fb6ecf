// @ts-check
// What a lab has besides a player: a name, knobs beside or above the figure, words below it. Traits come from lab.py.

import { make, say } from "../elements.js";
import { whenKernelGone } from "../page.js";
import { createExchange, WORDS } from "./kernel_requests.js";
import { createKnobs } from "./knobs.js";
import { createChooser, createShare } from "./menu.js";
import { createProgress } from "./progress.js";
import { hearSentences, meant } from "./sentences.js";

/** @import { Form, Knobs, Model } from "../types.d.ts" */

/**
 * How far a row is to be scrolled so that something in it is seen whole, its start rather than its end.
 * @param {{ left: number, right: number }} row
 * @param {{ left: number, right: number }} thing
 * @returns {number}
 */
export const outside = (row, thing) => Math.min(thing.left - row.left, Math.max(0, thing.right - row.right));

/**
 * Adds the lab of `model` to `root`, to the player's `head`, `body` and `status`.
 * @param {Model} model
 * @param {HTMLElement} root
 * @param {{ head: HTMLElement, body: HTMLElement, status: HTMLElement }} player
 * @param {AbortSignal} signal
 * @returns {void}
 */
export function createLab(model, root, { head, body, status }, signal) {
  /** @type {Form} */
  const form = model.get("form");
  const heading = make("p", { className: "nlviz-name", hidden: true });
  const held = make("p", { className: "nlviz-held", hidden: true });
  const knobArea = make("div", { className: "nlviz-knobs", hidden: true });
  const menu = make("div", { className: "nlviz-menu", hidden: true });
  const progressArea = make("div", { className: "nlviz-progress", role: "group", "aria-label": "run", hidden: true });
  const problem = make("p", { className: "nlviz-problem", role: "alert", hidden: true });
  const summary = make("p", { className: "nlviz-summary", role: "status", hidden: true });
  const side = make("div", { className: "nlviz-side" }, knobArea, menu);
  // The browser leaves a knob where it is of which a part is seen. One under a pointer is not to run away from it.
  side.addEventListener("focusin", ({ target }) => {
    const knob = /** @type {Element} */ (target);
    if (knob.matches(":focus-visible")) side.scrollLeft += outside(side.getBoundingClientRect(), knob.getBoundingClientRect());
  }, { signal });
  head.prepend(heading);
  body.before(held, problem);
  body.prepend(side);
  status.before(summary);
  // What is under way is said where the hand is.
  if (form.controls.length) side.append(status);

  const picture = /** @type {HTMLElement} */ (body.querySelector(".nlviz-figure"));
  const progress = createProgress(progressArea, root, model, (words) => say(status, words), signal);
  const exchange = createExchange(model, (words, gone) => {
    if (gone) lose();
    // The bar says more than "computing…".
    say(status, words === WORDS.computing && progress.runs() ? "" : words);
  }, signal, (yes) => picture.setAttribute("aria-busy", String(yes)));
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
  let lost = false;
  // Nobody answers any more: a knob that moves, or a picture as bright as before, would say otherwise.
  const lose = () => {
    if (lost) return;
    lost = true;
    progress.end();
    const held = knobArea.contains(document.activeElement);
    knobs.disable();
    root.classList.add("nlviz-lost");
    if (held) picture.focus({ preventScroll: true });
  };
  whenKernelGone(model, lose, signal);

  /** @type {Set<string>} */
  let chosen = new Set();
  const showHeld = () => say(held, knobs.held(chosen) && `set and out of sight: ${knobs.held(chosen)}`);
  // A hand on the knob is ahead of the kernel: its older answers do not pull the knob back.
  const showKnobs = () => {
    if (exchange.settled()) knobs.update(model.get("knobs"));
    knobs.dim(model.get("dead") ?? {});
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
  knobs.dim(model.get("dead") ?? {});
  createChooser(menu, form, (names) => {
    chosen = names;
    knobs.show(chosen);
    showHeld();
  }, signal);
  createShare(menu, model, signal);
  menu.append(progressArea);
  menu.hidden = form.controls.length === 0;
  side.hidden = knobArea.hidden = form.controls.length === 0;

  model.on("change:knobs change:answers", showKnobs);
  model.on("change:summary change:error", showWords);
  // A line dragged in the figure is its knob turned.
  root.addEventListener("nlviz-knob", (event) => {
    const { name, value } = /** @type {CustomEvent} */ (event).detail;
    knobs.drag(name, value);
  }, { signal });
  // So is a link in the prose; one that asks for what there is not turns nothing.
  hearSentences(root, model.get("share").split("?")[0], form, (wishes) => {
    if (lost) return say(status, WORDS.gone);
    const wish = meant(form, wishes);
    if ("trouble" in wish) refused(wish.trouble);
    else knobs.turn(wish.change);
  }, signal);
  showWords();
}
