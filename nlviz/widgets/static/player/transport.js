// The controls that choose among frames: slider, step back, play, step on, speed; arrow keys, Home, End and space.
// Where a step has parts (read, error, write) a second pair of buttons, and the keys comma and full stop, move by one.

import { make } from "../elements.js";
import { lessMotion, speaker } from "../page.js";

const FRAMES_PER_SECOND = 8;
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity };
const PARTS = { ",": -1, ".": 1 };

/** Frame controls in `node`, keys heard on `area`. `go(frame)` is called for every frame chosen. */
export function createTransport(node, area, go, signal) {
  let frames, frame = 0, timer;

  const button = (text, label, press) => {
    const made = make("button", { type: "button", textContent: text, "aria-label": label, title: label });
    made.addEventListener("click", press, { signal });
    return made;
  };
  const back = button("‹", "one step back", () => move(-1));
  const play = button("▶ play", "play", toggle);
  const on = button("›", "one step on", () => move(1));
  const slider = make("input", { type: "range", min: 0, step: 1, className: "nlviz-frames" });
  const label = make("output", { className: "nlviz-label", "aria-live": "off" });
  const speed = make("select", { "aria-label": "speed", title: "speed" },
    ...SPEEDS.map((factor) => make("option", { value: factor, textContent: `${factor}×`, selected: factor === 1 })));
  const spoken = make("p", { className: "nlviz-spoken", "aria-live": "polite" });
  const say = speaker(spoken, signal);
  const stepper = make("ol", { "aria-label": "parts of this step" });
  const partRow = make("div", { className: "nlviz-parts", role: "group", "aria-label": "parts of a step", hidden: true },
    button("‹ part", "one part back (key comma)", () => moveTo(frame - 1)), stepper,
    button("part ›", "one part on (key full stop)", () => moveTo(frame + 1)));
  node.append(back, play, on, slider, speed, label, partRow, spoken);

  /** A whole step shows the same part of another step. */
  const move = (steps) => moveTo(frame + steps * (frames.parts?.length || 1));

  function choose(wanted) {
    frame = Math.max(0, Math.min(frames.labels.length - 1, wanted));
    const part = frames.parts?.length ? frame % frames.parts.length : -1;
    [...stepper.children].forEach((item, number) => {
      if (number === part) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    const said = frames.labels[frame];
    slider.value = frame;
    label.textContent = said;
    slider.setAttribute("aria-valuetext", said);
    // A focused slider speaks for itself.
    if (document.activeElement !== slider) say(said);
    go(frame);
  }

  function stop() {
    clearTimeout(timer);
    timer = undefined;
    play.textContent = "▶ play";
    play.setAttribute("aria-label", "play");
  }

  function tick() {
    if (frame === frames.labels.length - 1) return stop();
    choose(frame + 1);
    timer = setTimeout(tick, 1000 / FRAMES_PER_SECOND / speed.value);
  }

  function toggle() {
    if (timer !== undefined) return stop();
    // Whoever asked the system for less motion gets one frame per press.
    if (lessMotion()) return choose(frame + 1);
    if (frame === frames.labels.length - 1) choose(0);
    play.textContent = "❚❚ pause";
    play.setAttribute("aria-label", "pause");
    timer = setTimeout(tick, 0);
  }

  function moveTo(wanted) {
    stop();
    choose(wanted);
  }

  function press(event) {
    const ours = event.target === slider || !event.target.closest("button, input, select, summary");
    if (!frames || !ours || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === " ") toggle();
    else if (event.key in STEPS) move(STEPS[event.key]);
    else if (event.key in PARTS && frames.parts?.length) moveTo(frame + PARTS[event.key]);
    else return;
    event.preventDefault();
  }

  slider.addEventListener("input", () => moveTo(Number(slider.value)), { signal });
  area.addEventListener("keydown", press, { signal });
  signal.addEventListener("abort", stop);

  return {
    /** Frames of a new picture, or null: the place is kept if their number is. Returns the frame to show. */
    offer(newFrames) {
      const kept = frames && newFrames && frames.labels.length === newFrames.labels.length;
      frames = newFrames;
      node.hidden = !frames;
      if (!kept) stop();
      if (!frames) return 0;
      partRow.hidden = !frames.parts?.length;
      stepper.replaceChildren(...(frames.parts ?? []).map((part) => make("li", { textContent: part })));
      slider.max = frames.labels.length - 1;
      slider.setAttribute("aria-label", frames.noun);
      choose(kept ? frame : frames.start);
      return frame;
    },
    moveTo,
  };
}
