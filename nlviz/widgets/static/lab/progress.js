// A long run: how far it is, how fast, how long still, and a Stop. The kernel tells of it from 0.3 s on.

import { make } from "../elements.js";

const SAY_EVERY_MS = 5000;

/** "1 min 20 s", "12 s". */
function duration(seconds) {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * Progress and Stop in `node`; Escape anywhere in `root` stops too. `tell(words)` says what is under way besides:
 * nothing while the bar shows it, and how a run was cut short until its picture comes.
 */
export function createProgress(node, root, model, tell, signal) {
  const bar = make("progress", { max: 1, "aria-label": "progress of the run" });
  const words = make("span", { className: "nlviz-far" });
  const stop = make("button", { type: "button", textContent: "Stop", title: "stop, and show what there is (Escape)" });
  const spoken = make("p", { className: "nlviz-spoken", "aria-live": "polite" });
  node.append(bar, words, stop, spoken);
  let saidAt = 0;

  function show({ done, total, noun, rate, left, can_stop }) {
    const number = (value) => Math.round(value).toLocaleString("en");
    const where = `${number(done)} of ${number(total)} ${noun}`;
    bar.value = total ? done / total : 0;
    bar.textContent = where;
    words.textContent = `${where} · ${number(rate)} ${noun}/s` + (left === null ? "" : ` · ${duration(left)} left`)
      + (can_stop ? "" : " · a cell runs it: interrupt the kernel to stop");
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
    const held = document.activeElement === stop;
    node.hidden = true;
    saidAt = 0;
    if (held) root.querySelector(".nlviz-knobs :is(input, select, button), .nlviz-figure").focus();
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

  const hear = (message) => {
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
  return { hide, runs: () => !node.hidden };
}
