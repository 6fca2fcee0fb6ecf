// @ts-check
// A long run: how far it is, how fast, how long still, and a Stop. The kernel tells of it from 0.3 s on.

import { inFocus, make } from "../elements.js";

/** @import { Model } from "../types.d.ts" */

const SAY_EVERY_MS = 5000;

/**
 * "1 min 20 s", "12 s".
 * @param {number} seconds
 * @returns {string}
 */
export function duration(seconds) {
  const all = Math.ceil(seconds);
  return all < 60 ? `${all} s` : `${Math.floor(all / 60)} min ${all % 60} s`;
}

/**
 * How far a run is, as Python tells it; `left` in seconds, null where nobody knows.
 * @typedef {{ done: number, total: number, noun: string, rate: number, left: number | null, can_stop: boolean }} Far
 */

const whole = (/** @type {number} */ value) => Math.round(value).toLocaleString("en");

/**
 * "1,200 of 5,000 tokens · 340 tokens/s · 12 s left".
 * @param {Far} far
 * @returns {string}
 */
export function farInWords({ done, total, noun, rate, left, can_stop }) {
  return `${whole(done)} of ${whole(total)} ${noun} · ${whole(rate)} ${noun}/s` + (left === null ? "" : ` · ${duration(left)} left`)
    + (can_stop ? "" : " · a cell runs it: interrupt the kernel to stop");
}

/**
 * Progress and Stop in `node`; Escape anywhere in `root` stops too. `end()` hides it for good. `tell(words)` says what is under way besides:
 * nothing while the bar shows it, and how a run was cut short until its picture comes.
 * @param {HTMLElement} node
 * @param {HTMLElement} root
 * @param {Model} model
 * @param {(words: string) => void} tell
 * @param {AbortSignal} signal
 * @returns {{ end(): void, runs(): boolean }}
 */
export function createProgress(node, root, model, tell, signal) {
  const bar = make("progress", { max: 1, "aria-label": "progress of the run" });
  const words = make("span", { className: "nlviz-far" });
  const stop = make("button", { type: "button", textContent: "Stop", title: "stop, and show what there is (Escape)" });
  const spoken = make("p", { className: "nlviz-spoken", "aria-live": "polite" });
  node.append(bar, words, stop, spoken);
  let saidAt = 0;

  /** @param {Far} far */
  function show(far) {
    const { done, total, noun, can_stop } = far;
    bar.value = total ? done / total : 0;
    bar.textContent = `${whole(done)} of ${whole(total)} ${noun}`;
    words.textContent = farInWords(far);
    stop.hidden = !can_stop;
    if (node.hidden) stop.textContent = "Stop";
    node.hidden = false;
    tell("");
    if (Date.now() - saidAt < SAY_EVERY_MS) return;
    saidAt = Date.now();
    spoken.textContent = words.textContent;
  }

  function hide() {
    // The hand that pressed Stop is not to fall off the page.
    const held = inFocus(stop);
    node.hidden = true;
    saidAt = 0;
    const next = /** @type {HTMLElement | null} */ (root.querySelector(".nlviz-knobs :is(input, select, button), .nlviz-figure"));
    if (held) next?.focus();
  }

  function press() {
    if (node.hidden || stop.hidden) return;
    stop.textContent = "stopping…";
    try {
      model.send({ kind: "stop" });
    } catch {
      hide();
    }
  }

  // A word that a dying kernel sent before it went may come after the page knows that it is gone.
  function end() {
    hide();
    model.off("msg:custom", hear);
  }

  const hear = (/** @type {any} */ message) => {
    if (message.kind === "progress") show(message);
    else if (message.kind === "ended") {
      hide();
      tell(message.note && `${message.note}; drawing…`);
    }
  };
  stop.addEventListener("click", press, { signal });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || node.hidden || stop.hidden) return;
    press();
    // JupyterLab would leave the cell.
    event.preventDefault();
    event.stopPropagation();
  }, { signal });
  model.on("msg:custom", hear);
  signal.addEventListener("abort", () => model.off("msg:custom", hear));
  return { end, runs: () => !node.hidden };
}
