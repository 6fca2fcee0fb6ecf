// @ts-check
// Who answers the knobs where there is no kernel: the runs that the page holds. See settings.py.

import { inWords } from "../lab/knobs.js";

/** @import { Control, Knobs, Tree } from "../types.d.ts" */

/** One run: what the knobs stood at, and what a lab shows then. @typedef {Tree & { knobs: Knobs }} Held */

const LOST = "The runs of this page have not come, so its knobs have nothing to show: load the page again.";
// A knob that was turned counts more than all that were not.
const TURNED = 1000;

/**
 * How far apart two values of a knob are, as a share of its range; 1 where they are merely different.
 * @param {Control | undefined} control
 * @param {any} one
 * @param {any} other
 * @returns {number}
 */
function apart(control, one, other) {
  if (one === other) return 0;
  return control?.kind === "number" ? Math.min(1, Math.abs(one - other) / (control.high - control.low)) : 1;
}

/**
 * The run that comes nearest to what is wanted. A number that was turned goes on to the next value there is in its
 * direction, so that a key pressed again and again passes all of them.
 * @param {Control[]} controls
 * @param {Held[]} runs
 * @param {Knobs} now
 * @param {Knobs} wanted
 * @returns {Held}
 */
export function nearest(controls, runs, now, wanted) {
  const names = Object.keys(now);
  const turned = names.filter((name) => wanted[name] !== now[name]);
  const control = (/** @type {string} */ name) => controls.find((one) => one.name === name);
  const cost = (/** @type {Held} */ run) =>
    names.reduce((sum, name) => sum + (turned.includes(name) ? TURNED : 1) * apart(control(name), run.knobs[name], wanted[name]), 0);
  const cheapest = (/** @type {Held[]} */ some) => some.reduce((best, run) => (cost(run) < cost(best) ? run : best));
  const best = cheapest(runs);
  const [name] = turned;
  if (turned.length !== 1 || control(name)?.kind !== "number" || best.knobs[name] !== now[name]) return best;
  const onwards = runs.filter((run) => (run.knobs[name] - now[name]) * (wanted[name] - now[name]) > 0);
  return onwards.length ? cheapest(onwards) : best;
}

/**
 * What is not as it was wanted, for readers; "" if all is.
 * @param {Control[]} controls
 * @param {Knobs} wanted
 * @param {Knobs} shown
 * @returns {string}
 */
export function insteadOf(controls, wanted, shown) {
  const other = controls.filter(({ name }) => wanted[name] !== shown[name]).map((control) => inWords(control, shown[control.name]));
  return other.length ? `nearest of the runs that this page holds: ${other.join(", ")}` : "";
}

/**
 * Answers what a lab asks its kernel, from `runs`: `send(content)` for its model, which hears by `update`.
 * @param {Control[]} controls
 * @param {Promise<Held[]>} runs
 * @param {() => { get(name: string): any, update(changed: Tree): void }} model
 * @returns {(content: any) => Promise<void>}
 */
export function createAnswers(controls, runs, model) {
  return async ({ kind, knobs, turn }) => {
    if (kind !== "knobs") return;
    const { get, update } = model();
    let held;
    try {
      // Like a kernel, it answers later: who asks is not done asking yet.
      held = await runs;
    } catch {
      return update({ answered: turn, answers: get("answers") + 1, error: LOST });
    }
    if (!held.length) return;
    const wanted = { ...get("knobs"), ...knobs };
    const { summary, ...run } = nearest(controls, held, get("knobs"), wanted);
    const said = [insteadOf(controls, wanted, run.knobs), summary].filter(Boolean).join(" · ");
    update({ answered: turn, answers: get("answers") + 1, ...run, summary: said });
  };
}
