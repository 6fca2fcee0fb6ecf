// The knobs of a lab, as native inputs. A turn goes to the kernel; while it is being answered only the newest waits.

const SLOW_MS = 150;
// Makes the ids that tie a label to its input; on the window, because each widget loads this file for itself.
const nextInput = () => `nlviz-knob-${(window.nlvizInputs = (window.nlvizInputs ?? 0) + 1)}`;

/** Sends knob states one at a time, the newest when the last is answered; `busy(true)` only if an answer takes its time. */
function createExchange(model, busy, lost, signal) {
  let waiting = false, newest, timer;

  function send(knobs) {
    waiting = true;
    newest = undefined;
    timer ??= setTimeout(() => busy(true), SLOW_MS);
    try {
      model.send({ kind: "knobs", knobs });
    } catch {
      done();
      lost();
    }
  }

  function done() {
    waiting = false;
    clearTimeout(timer);
    timer = undefined;
    busy(false);
  }

  model.on("change:answers", () => (newest ? send(newest) : done()));
  signal.addEventListener("abort", () => clearTimeout(timer));
  return {
    ask(knobs) {
      newest = knobs;
      if (!waiting) send(knobs);
    },
    settled: () => !waiting,
  };
}

/** One knob as { node, set(value) }; `turned(value)` is called when the learner moves it. */
const KINDS = {
  number(control, id, turned, signal) {
    const range = { min: control.low, max: control.high, step: control.step };
    const slider = make("input", { type: "range", id, ...range });
    const number = make("input", { type: "number", "aria-label": `${control.label}, as a number`, ...range });
    const set = (value) => {
      slider.value = number.value = value;
      slider.setAttribute("aria-valuetext", `${value} ${control.unit}`.trim());
    };
    const move = (value) => {
      set(value);
      turned(value);
    };
    slider.addEventListener("input", () => move(Number(slider.value)), { signal });
    number.addEventListener("change", () => {
      const value = Number(number.value);
      if (number.value !== "") move(Math.max(control.low, Math.min(control.high, value)));
    }, { signal });
    return { nodes: [slider, number, make("span", { className: "nlviz-unit", textContent: control.unit })], set };
  },

  choice(control, id, turned, signal) {
    const options = control.options.map((option) => make("option", { textContent: option }));
    const select = make("select", { id }, ...options);
    select.addEventListener("change", () => turned(control.options[select.selectedIndex]), { signal });
    return { nodes: [select], set: (value) => (select.selectedIndex = control.options.indexOf(value)) };
  },

  switch(control, id, turned, signal) {
    const box = make("input", { type: "checkbox", id });
    box.addEventListener("change", () => turned(box.checked), { signal });
    return { nodes: [box], set: (value) => (box.checked = value) };
  },
};

/** The knobs and presets of `form` in `node`. `ask(knobs)` is called for every turn; returns `update(knobs)`. */
function createKnobs(node, form, ask, signal) {
  let knobs = {};
  const turn = (change) => {
    update({ ...knobs, ...change });
    ask(knobs);
  };

  const setters = {};
  for (const control of form.controls) {
    const id = nextInput();
    const turned = (value) => turn({ [control.name]: value });
    const { nodes, set } = KINDS[control.kind](control, id, turned, signal);
    setters[control.name] = set;
    node.append(make("label", { htmlFor: id, textContent: control.label }), make("div", {}, ...nodes));
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
    for (const [name, set] of Object.entries(setters)) set(knobs[name]);
    for (const { button, values } of presets) {
      const held = Object.entries(values).every(([name, value]) => knobs[name] === value);
      button.setAttribute("aria-pressed", held);
    }
  }
  return update;
}
