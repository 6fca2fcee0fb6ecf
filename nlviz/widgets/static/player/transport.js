// @ts-check
// The controls that choose among frames: slider, step back, play, step on, speed; arrow keys, Home, End and space.
// Where a step has parts (read, error, write) a second pair of buttons, and the keys comma and full stop, move by one.

import { inFocus, make } from "../elements.js";
import { lessMotion, speaker } from "../page.js";

/** @import { Frames } from "../types.d.ts" */

const FRAMES_PER_SECOND = 8;
const SPEEDS = [0.25, 0.5, 1, 2, 4];
/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity };
/** @type {Record<string, number>} */
const PARTS = { ",": -1, ".": 1 };
// Among so many of the longest labels is the one that takes the most lines: of two as long one may break worse.
const LONGEST = 60;

/**
 * The frame to which a key leads, undefined if it is none of ours. A whole step shows the same part of another step.
 * @param {string} key
 * @param {number} frame
 * @param {Pick<Frames, "parts">} frames
 * @returns {number | undefined}
 */
export function frameBy(key, frame, { parts }) {
  if (key in STEPS) return frame + STEPS[key] * (parts?.length || 1);
  return key in PARTS && parts?.length ? frame + PARTS[key] : undefined;
}

/**
 * Whether a key moves along what has the focus, and so to no other frame: up and down in a picture of which the box
 * shows a part only.
 * @param {string} key
 * @param {Pick<Element, "scrollHeight" | "clientHeight" | "matches">} target
 * @returns {boolean}
 */
export const scrolls = (key, target) =>
  (key === "ArrowDown" || key === "ArrowUp") && target.matches(".nlviz-figure") && target.scrollHeight > target.clientHeight + 1;

/**
 * The frame there is next to one that was asked for.
 * @param {number} wanted
 * @param {Pick<Frames, "labels">} frames
 * @returns {number}
 */
export const within = (wanted, { labels }) => Math.max(0, Math.min(labels.length - 1, wanted));

/**
 * The labels for which there must be room, the longest first, each once.
 * @param {string[]} labels
 * @returns {string[]}
 */
export const longest = (labels) => [...new Set(labels)].sort((one, other) => other.length - one.length).slice(0, LONGEST);

/**
 * Frame controls in `node`, keys heard on `area`. `go(frame)` is called for every frame chosen. `offer` takes the frames
 * of a new picture, or null, and returns the frame to show: the place is kept if their number is.
 * @param {HTMLElement} node
 * @param {HTMLElement} area
 * @param {(frame: number) => void} go
 * @param {AbortSignal} signal
 * @returns {{ offer(frames: Frames | null | undefined): number, moveTo(frame: number): void }}
 */
export function createTransport(node, area, go, signal) {
  /** @type {Frames | null | undefined} */
  let frames;
  let frame = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const button = (/** @type {string} */ text, /** @type {string} */ label, /** @type {() => void} */ press) => {
    const made = make("button", { type: "button", textContent: text, "aria-label": label, title: label });
    made.addEventListener("click", press, { signal });
    return made;
  };
  const back = button("‹", "one step back", () => press("ArrowLeft"));
  const play = button("▶ play", "play", toggle);
  play.className = "nlviz-play";
  const on = button("›", "one step on", () => press("ArrowRight"));
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
  // The label stands on a line of its own: beside the slider it would change the slider's width under the hand.
  const said = make("div", { className: "nlviz-told" }, label);
  const where = make("div", { className: "nlviz-where" }, said, partRow);
  node.append(back, play, on, slider, speed, where, spoken);

  /** @param {number} wanted */
  function choose(wanted) {
    if (!frames) return;
    frame = within(wanted, frames);
    const part = frames.parts?.length ? frame % frames.parts.length : -1;
    [...stepper.children].forEach((item, number) => {
      if (number === part) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    const current = /** @type {HTMLElement | undefined} */ (stepper.children[part]);
    if (current) stepper.scrollLeft = current.offsetLeft - stepper.offsetLeft;
    const words = frames.labels[frame];
    slider.value = String(frame);
    label.textContent = words;
    slider.setAttribute("aria-valuetext", words);
    // A focused slider speaks for itself.
    if (!inFocus(slider)) say(words);
    go(frame);
  }

  function stop() {
    clearTimeout(timer);
    timer = undefined;
    play.textContent = "▶ play";
    play.setAttribute("aria-label", "play");
  }

  const atEnd = () => frame + 1 === frames?.labels.length;

  function tick() {
    if (atEnd()) return stop();
    choose(frame + 1);
    timer = setTimeout(tick, 1000 / FRAMES_PER_SECOND / Number(speed.value));
  }

  function toggle() {
    if (timer !== undefined) return stop();
    // Whoever asked the system for less motion gets one frame per press.
    if (lessMotion()) return choose(frame + 1);
    if (atEnd()) choose(0);
    play.textContent = "❚❚ pause";
    play.setAttribute("aria-label", "pause");
    timer = setTimeout(tick, 0);
  }

  /** @param {number} wanted */
  function moveTo(wanted) {
    stop();
    choose(wanted);
  }

  /**
   * Does what a key means; says whether it means anything.
   * @param {string} key
   */
  function press(key) {
    const wanted = frames ? frameBy(key, frame, frames) : undefined;
    if (wanted !== undefined) moveTo(wanted);
    return wanted !== undefined;
  }

  /** @param {KeyboardEvent} event */
  function hear(event) {
    const target = /** @type {Element} */ (event.target);
    // Another control has its own use for the keys; the slider's are ours, which know of parts.
    const ours = target === slider || !target.closest("button, input, select, summary");
    if (!frames || !ours || event.altKey || event.ctrlKey || event.metaKey || scrolls(event.key, target)) return;
    if (event.key === " ") toggle();
    else if (!press(event.key)) return;
    event.preventDefault();
  }

  slider.addEventListener("input", () => moveTo(Number(slider.value)), { signal });
  area.addEventListener("keydown", hear, { signal });
  signal.addEventListener("abort", stop);

  return {
    offer(newFrames) {
      const kept = frames && newFrames && frames.labels.length === newFrames.labels.length;
      frames = newFrames;
      node.hidden = !frames;
      if (!kept) stop();
      if (!frames) return 0;
      partRow.hidden = !frames.parts?.length;
      // Words that are not in the page's text: nobody finds, copies or hears them.
      said.replaceChildren(label, ...longest(frames.labels).map((words) => make("span", { className: "nlviz-longest", "data-words": words })));
      stepper.replaceChildren(...(frames.parts ?? []).map((part) => make("li", { textContent: part })));
      slider.max = String(frames.labels.length - 1);
      slider.setAttribute("aria-label", frames.noun);
      choose(kept ? frame : frames.start);
      return frame;
    },
    moveTo,
  };
}
