// The knobs of a lab, as native inputs.

import { make } from "../elements.js";

// Makes the ids that tie a label to its input; on the window, because each widget loads this file for itself.
const nextInput = () => `nlviz-knob-${(window.nlvizInputs = (window.nlvizInputs ?? 0) + 1)}`;

/**
 * One knob as { nodes, set(value), drag(value), fit(knobs) }; `turned(value)` is called when the learner moves it,
 * `refused(words)` when what was typed is no value of it.
 */
const KINDS = {
  number(control, id, { turned, refused }, signal) {
    const range = { min: control.low, max: control.high, step: control.step };
    const slider = make("input", { type: "range", id, ...range });
    const number = make("input", { type: "number", "aria-label": `${control.label}, as a number`, ...range });
    let held, typing = false;
    const set = (value) => {
      held = slider.value = value;
      // What is being typed is not overwritten by the answer to an earlier turn.
      if (!typing) number.value = value;
      slider.setAttribute("aria-valuetext", `${value} ${control.unit}`.trim());
    };
    const move = (value) => {
      typing = false;
      set(value);
      turned(value);
    };
    // Heard of in more ways than one: not every page takes Enter for the end of typing.
    const take = () => {
      const typed = number.valueAsNumber;
      const value = Number.isNaN(typed) ? held : Math.max(control.low, Math.min(Number(slider.max), typed));
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
    const unit = make("span", { className: "nlviz-unit", textContent: control.unit });
    const fit = (knobs) => {
      const scale = scaleOf(control, knobs);
      for (const input of [slider, number]) Object.assign(input, { max: scale.high, step: scale.step });
      unit.textContent = scale.unit;
    };
    const drag = (value) => {
      // The slider keeps to its ends and steps.
      slider.value = value;
      move(Number(slider.value));
    };
    return { nodes: [slider, number, unit], set, drag, fit };
  },

  choice(control, id, { turned }, signal) {
    const options = control.options.map((option) => make("option", { textContent: option }));
    const select = make("select", { id }, ...options);
    select.addEventListener("change", () => turned(control.options[select.selectedIndex]), { signal });
    return { nodes: [select], set: (value) => (select.selectedIndex = control.options.indexOf(value)) };
  },

  switch(control, id, { turned }, signal) {
    const box = make("input", { type: "checkbox", id });
    box.addEventListener("change", () => turned(box.checked), { signal });
    return { nodes: [box], set: (value) => (box.checked = value) };
  },
};

/** The end, step and unit of a number while the other knobs stand as they do. */
export function scaleOf(control, knobs) {
  return control.scales?.options[knobs[control.scales.by]] ?? control;
}

/** `change`, and with it the place on their sliders of the numbers that it gives another scale. */
function rescaled(controls, knobs, change) {
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

/** What a knob is set to, for readers: "threshold 2 bits", "noise off". */
function inWords({ label, unit }, value) {
  return [label, typeof value === "boolean" ? (value ? "on" : "off") : value, unit].filter((word) => word !== undefined && word !== "").join(" ");
}

/** The knobs and presets of `form` in `node`. `ask(knobs)` is called for every turn, `refused(words)` for none. */
export function createKnobs(node, form, { ask, refused }, signal) {
  let knobs = {};
  const turn = (change) => {
    update(rescaled(form.controls, knobs, change));
    ask(knobs);
  };

  const rows = {};
  for (const control of form.controls) {
    const id = nextInput();
    const turned = (value) => turn({ [control.name]: value });
    const { nodes, ...hands } = KINDS[control.kind](control, id, { turned, refused }, signal);
    const row = [make("label", { htmlFor: id, textContent: control.label }), make("div", {}, ...nodes)];
    rows[control.name] = { row, ...hands };
    node.append(...row);
  }

  const presets = Object.entries(form.presets).map(([name, values]) => {
    const button = make("button", { type: "button", textContent: name });
    button.addEventListener("click", () => turn(values), { signal });
    return { button, values };
  });
  if (presets.length) {
    const row = make("div", { role: "group", "aria-label": "presets" }, ...presets.map(({ button }) => button));
    node.append(make("span", { textContent: "try" }), row);
  }

  function update(newKnobs) {
    knobs = newKnobs;
    for (const [name, { set, fit }] of Object.entries(rows)) {
      fit?.(knobs);
      set(knobs[name]);
    }
    for (const { button, values } of presets) {
      const held = Object.entries(values).every(([name, value]) => knobs[name] === value);
      button.setAttribute("aria-pressed", held);
    }
  }
  return {
    update,
    drag: (name, value) => rows[name]?.drag?.(value),
    show(chosen) {
      for (const [name, { row }] of Object.entries(rows)) row.forEach((part) => (part.hidden = !chosen.has(name)));
    },
    /** The knobs out of sight, in words: nothing is secret. */
    held: (chosen) => form.controls.filter(({ name }) => !chosen.has(name)).map((one) => inWords({ ...one, unit: scaleOf(one, knobs).unit }, knobs[one.name])).join(" · "),
  };
}
