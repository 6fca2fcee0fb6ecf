// @ts-check
// The knobs of a lab, as native inputs.

import { make, say } from "../elements.js";
import { createLine } from "./line_knob.js";

/** @import { Control, Form, Knobs, Scale } from "../types.d.ts" */

// An option of more letters is cut where knobs stand two to a row.
const MOST_BESIDE = 16;

/**
 * What a knob of the page can do: `set` shows a value, `drag` takes one from a hand on the figure, `fit` another scale.
 * @typedef {object} Hands
 * @property {HTMLElement[]} nodes
 * @property {(value: any) => void} set
 * @property {(value: number) => void} [drag]
 * @property {(knobs: Knobs) => void} [fit]
 */

/**
 * `turned(value)` is called when the learner moves a knob, `refused(words)` when what was typed is no value of it.
 * @typedef {{ turned(value: any): void, refused(words: string): void }} Ears
 */

const LIGHT_UP = { backgroundColor: ["color-mix(in srgb, var(--focus) 40%, transparent)", "transparent"] };
const LIGHT_MS = 2500;

// Makes the ids that tie a label to its input; on the window, because each widget loads this file for itself.
const nextInput = () => {
  const page = /** @type {any} */ (window);
  return `nlviz-knob-${(page.nlvizInputs = (page.nlvizInputs ?? 0) + 1)}`;
};

/**
 * One knob of each kind.
 * @type {Record<Control["kind"], (control: Control, id: string, ears: Ears, signal: AbortSignal) => Hands>}
 */
const KINDS = {
  number(control, id, { turned, refused }, signal) {
    const range = { min: control.low, max: control.high, step: control.step };
    const unit = make("span", { className: control.complement ? "nlviz-unit nlviz-complement" : "nlviz-unit", textContent: control.unit });
    const slider = make("input", { type: "range", id, ...range });
    const number = make("input", { type: "number", "aria-label": `${control.label}, as a number`, ...range });
    let held = control.low;
    let typing = false;
    const set = (/** @type {number} */ value) => {
      held = value;
      slider.value = String(value);
      // What is being typed is not overwritten by the answer to an earlier turn.
      if (!typing) number.value = String(value);
      if (control.complement) unit.textContent = complementOf(control, value);
      slider.setAttribute("aria-valuetext", `${value} ${unit.textContent}`.trim());
    };
    const move = (/** @type {number} */ value) => {
      typing = false;
      set(value);
      turned(value);
    };
    // Heard of in more ways than one: not every page takes Enter for the end of typing.
    const take = () => {
      const typed = number.valueAsNumber;
      const value = taken(typed, held, control.low, Number(slider.max));
      typing = false;
      if (value === held) set(held);
      else move(value);
      refused(value === typed ? "" : `${control.label} takes a number from ${control.low} to ${slider.max}: it is ${value} now.`);
    };
    slider.addEventListener("input", () => move(Number(slider.value)), { signal });
    number.addEventListener("input", () => (typing = true), { signal });
    for (const end of ["change", "blur"]) number.addEventListener(end, () => typing && take(), { signal });
    number.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      take();
    }, { signal });
    const fit = (/** @type {Knobs} */ knobs) => {
      const scale = scaleOf(control, knobs);
      for (const input of [slider, number]) Object.assign(input, { max: scale.high, step: scale.step });
      unit.textContent = scale.unit ?? "";
    };
    const drag = (/** @type {number} */ value) => {
      // The slider keeps to its ends and steps.
      slider.value = String(value);
      move(Number(slider.value));
    };
    return { nodes: [slider, number, unit], set, drag, fit };
  },

  choice(control, id, { turned }, signal) {
    const options = control.options.map((option) => make("option", { textContent: option }));
    // beside another knob half of a narrow page is too little for it
    const wide = control.options.some((option) => String(option).length > MOST_BESIDE);
    const select = make("select", { id, className: wide ? "nlviz-wide" : "" }, ...options);
    select.addEventListener("change", () => turned(control.options[select.selectedIndex]), { signal });
    return { nodes: [select], set: (value) => (select.selectedIndex = control.options.indexOf(value)) };
  },

  line: createLine,

  switch(control, id, { turned }, signal) {
    const box = make("input", { type: "checkbox", id });
    box.addEventListener("change", () => turned(box.checked), { signal });
    return { nodes: [box], set: (value) => (box.checked = value) };
  },
};

/**
 * What is left of a share, in the word that the knob has for it: "= keep 0.95" beside 0.05; "" where it has none.
 * @param {Pick<Control, "complement">} control
 * @param {number} value
 * @returns {string}
 */
export const complementOf = ({ complement }, value) => (complement ? `= ${complement} ${Number((1 - value).toPrecision(12))}` : "");

/**
 * The value that a typed number stands for: the nearest there is, and what was held where none was typed.
 * @param {number} typed
 * @param {number} held
 * @param {number} low
 * @param {number} high
 * @returns {number}
 */
export function taken(typed, held, low, high) {
  return Number.isNaN(typed) ? held : Math.max(low, Math.min(high, typed));
}

/**
 * The end, step and unit of a number while the other knobs stand as they do.
 * @param {Control} control
 * @param {Knobs} knobs
 * @returns {Scale}
 */
export function scaleOf(control, knobs) {
  return control.scales?.options[knobs[control.scales.by]] ?? control;
}

/**
 * `change`, and with it the place on their sliders of the numbers that it gives another scale: a threshold of half the
 * range in bits becomes half the range of the gradient.
 * @param {Control[]} controls
 * @param {Knobs} knobs
 * @param {Knobs} change
 * @returns {Knobs}
 */
export function rescaled(controls, knobs, change) {
  const next = { ...knobs, ...change };
  for (const control of controls) {
    if (!control.scales || control.name in change || !(control.scales.by in change)) continue;
    const [old, now] = [scaleOf(control, knobs), scaleOf(control, next)];
    const place = (knobs[control.name] - control.low) / (old.high - control.low);
    const steps = Math.round((place * (now.high - control.low)) / now.step);
    if (old !== now) next[control.name] = Number((control.low + steps * now.step).toPrecision(12));
  }
  return next;
}

/**
 * What a knob is set to, for readers: "threshold 2 bits", "noise off", "forget 0.05 = keep 0.95".
 * @param {Pick<Control, "label" | "unit" | "complement">} control
 * @param {any} value
 * @returns {string}
 */
export function inWords(control, value) {
  const { label, unit } = control;
  const said = typeof value === "boolean" ? (value ? "on" : "off") : value;
  return [label, said, unit, complementOf(control, value)].filter((word) => word !== undefined && word !== "").join(" ");
}

/**
 * Whether the knobs stand where a preset puts them.
 * @param {Knobs} preset
 * @param {Knobs} knobs
 * @returns {boolean}
 */
export const holds = (preset, knobs) => Object.entries(preset).every(([name, value]) => knobs[name] === value);

/**
 * The knobs and presets of `form` in `node`. `ask(knobs)` is called for every turn, `refused(words)` for none. `held`
 * says the knobs out of sight in words: nothing is secret.
 * @param {HTMLElement} node
 * @param {Form} form
 * @param {{ ask(knobs: Knobs): void, refused(words: string): void }} hands
 * @param {AbortSignal} signal
 * @returns {{ update(knobs: Knobs): void, turn(change: Knobs): void, dim(reasons: Record<string, string>): void, disable(): void,
 *   drag(name: string, value: number): void, show(chosen: Set<string>): void, held(chosen: Set<string>): string }}
 */
export function createKnobs(node, form, { ask, refused }, signal) {
  /** @type {Knobs} */
  let knobs = {};
  /** @type {Record<string, string>} */
  let dead = {};
  const turn = (/** @type {Knobs} */ change) => {
    update(rescaled(form.controls, knobs, change));
    ask(knobs);
  };

  /** @type {Record<string, Omit<Hands, "nodes"> & { row: HTMLElement[], why: HTMLElement }>} */
  const rows = {};
  for (const control of form.controls) {
    const id = nextInput();
    // One that would change nothing stays where it is, and why stands beside it.
    const turned = (/** @type {any} */ value) => (dead[control.name] ? update(knobs) : turn({ [control.name]: value }));
    const { nodes, ...hands } = KINDS[control.kind](control, id, { turned, refused }, signal);
    const why = make("span", { className: "nlviz-why", id: `${id}-why`, hidden: true });
    const row = [make("label", { htmlFor: id, textContent: control.label }), make("div", {}, ...nodes, why)];
    rows[control.name] = { row, why, ...hands };
    node.append(...row);
  }

  const press = (/** @type {string} */ textContent, /** @type {Knobs} */ values) => {
    const button = make("button", { type: "button", textContent });
    button.addEventListener("click", () => turn(values), { signal });
    return button;
  };
  const presets = Object.entries(form.presets).map(([name, values]) => ({ button: press(name, values), values }));
  if (form.controls.length) {
    const reset = press("reset", form.start);
    reset.title = "every knob as it was at the start";
    const row = make("div", { role: "group", "aria-label": "presets" }, ...presets.map(({ button }) => button), reset);
    node.append(make("span", { textContent: "try" }), row);
  }

  /** @param {Knobs} newKnobs */
  function update(newKnobs) {
    knobs = newKnobs;
    for (const [name, { set, fit }] of Object.entries(rows)) {
      fit?.(knobs);
      set(knobs[name]);
    }
    for (const { button, values } of presets) button.setAttribute("aria-pressed", String(holds(values, knobs)));
  }
  return {
    update,
    // From elsewhere than the knob: what has moved lights up.
    turn(change) {
      turn(change);
      for (const name of Object.keys(change)) rows[name]?.row.forEach((part) => part.animate(LIGHT_UP, LIGHT_MS));
    },
    // A dead knob is found by the keyboard all the same: else nobody would hear why.
    dim(reasons) {
      dead = reasons;
      for (const [name, { row, why }] of Object.entries(rows)) {
        say(why, dead[name] ?? "");
        for (const part of row) part.classList.toggle("nlviz-dead", name in dead);
        for (const input of row[1].querySelectorAll("input, select")) {
          if (name in dead) for (const [attribute, value] of [["aria-disabled", "true"], ["aria-describedby", why.id]]) input.setAttribute(attribute, value);
          else for (const attribute of ["aria-disabled", "aria-describedby"]) input.removeAttribute(attribute);
        }
      }
    },
    disable() {
      for (const one of node.querySelectorAll("button, input, select")) /** @type {HTMLInputElement} */ (one).disabled = true;
    },
    drag: (name, value) => rows[name]?.drag?.(value),
    show(chosen) {
      for (const [name, { row }] of Object.entries(rows)) row.forEach((part) => (part.hidden = !chosen.has(name)));
    },
    held(chosen) {
      const hidden = form.controls.filter(({ name }) => !chosen.has(name));
      return hidden.map((one) => inWords({ ...one, unit: scaleOf(one, knobs).unit }, knobs[one.name])).join(" · ");
    },
  };
}
