// @ts-check
// The widget: a figure and its frames; `createLab` adds what a lab has besides. Traits come from player.py and lab.py.

import { keepKeys, make, say } from "./elements.js";
import { scaleOf } from "./lab/knobs.js";
import { createLab } from "./lab/lab.js";
import { followTheme, kernelGone, plotly, whenKernelGone } from "./page.js";
import { comeIntoView } from "./player/arrival.js";
import { actsIn, createEmblem } from "./player/emblem.js";
import { createFigure } from "./player/figure.js";
import { createLinks } from "./player/links.js";
import { roomFor, tellOfMore } from "./player/room.js";
import { createTeller } from "./player/teller.js";
import { createTransport } from "./player/transport.js";
import { refill, unpack } from "./player/unpack.js";
import { createWords, titled } from "./player/words.js";
import { hearTerms } from "./prose/terms.js";
import { TEMPLATES } from "./themes.js";

/** @import { Control, Graph, Model, Picture, Place } from "./types.d.ts" */

const FIRST_STILL_MS = 300;
const STILL_MS = 2000;

/**
 * A notebook that is saved keeps no widget: `drawn()` sends it a still of what is seen, the first soon, another when the
 * hand has rested. `draw()` gives the image, `shown()` what it depends on: a page that draws the same anew, at another
 * width or in the dark, needs no other. A page of our own has nobody who saves.
 * @param {Model} model
 * @param {() => Promise<string>} draw
 * @param {() => unknown[]} shown
 * @param {AbortSignal} signal
 * @returns {() => void} drawn
 */
function createStill(model, draw, shown, signal) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;
  /** @type {string | undefined} */
  let sent;
  /** @type {unknown[]} */
  let drawn = [];
  signal.addEventListener("abort", () => clearTimeout(resting));
  const send = async () => {
    const now = shown();
    if (drawn.length && now.every((part, number) => part === drawn[number])) return;
    const image = await draw();
    drawn = now;
    if (signal.aborted || image === sent || kernelGone(model)) return;
    sent = image;
    model.send({ kind: "still", image });
  };
  return () => {
    clearTimeout(resting);
    if (model.widget_manager) resting = setTimeout(send, sent ? STILL_MS : FIRST_STILL_MS);
  };
}

/**
 * Draws the widget of `model` in `el`; returns what takes it away.
 * @param {Place} place
 * @returns {() => void}
 */
export function render({ model, el, signal }) {
  const graph = /** @type {Graph} */ (make("div", { className: "nlviz-graph" }));
  const image = make("div", { className: "nlviz-figure", role: "img", tabIndex: 0 }, graph);
  const frameArea = make("div", { className: "nlviz-transport", role: "group", "aria-label": "frames", hidden: true });
  const words = make("details", { className: "nlviz-words" });
  const status = make("p", { className: "nlviz-status", role: "status" });
  const title = make("p", { className: "nlviz-title" });
  const head = make("div", { className: "nlviz-head" }, title);
  const body = make("div", { className: "nlviz-body" }, image);
  const root = make("section", { className: "nlviz", "aria-label": "lab" }, head, body, frameArea, status, words);
  keepKeys(root, signal);
  hearTerms(signal);
  image.addEventListener("scroll", () => tellOfMore(image), { signal });
  el.classList.add("nlviz-view");
  el.append(root);

  /** @type {Picture | null} */
  let picture = null;
  let kept = {};
  let frame = 0;
  // A picture opens where its view says: that is nobody's choice, and nobody need hear of it.
  let offered = false;
  const altText = () => picture?.frames?.alts?.[frame] ?? (picture?.alt || "figure");
  const showWords = createWords(words, () => ({ picture, frame, alt: altText() }), signal);
  // The page writes it: there it takes the lines it needs, and Plotly would keep room for three.
  const showTitle = () => {
    const said = titled(picture?.layout);
    if (title.textContent !== said) title.textContent = said;
  };
  const figure = createFigure(graph, {
    room: () => roomFor(root, image),
    // A page without kernel has no knobs, so nothing to drag.
    knobOf(name) {
      const knob = model.get("form")?.controls?.find((/** @type {Control} */ control) => control.name === name && control.kind === "number");
      return knob && { ...knob, ...scaleOf(knob, model.get("knobs")) };
    },
    drawn(anew) {
      showTitle();
      showWords();
      keepStill();
      // What is painted has the size that it had: to ask for it costs a layout of the page, ten milliseconds of a turn.
      if (anew) tellOfMore(image);
    },
    started() {
      links.start();
      arrived();
    },
  }, signal);
  const teller = createTeller(model, signal);
  const emblem = createEmblem();
  const paper = () => (model.get("theme") === "auto" ? "light" : model.get("theme"));
  const keepStill = createStill(model, () => figure.still(TEMPLATES[paper()]), () => [picture, frame, paper()], signal);
  const transport = createTransport(frameArea, root, (chosen) => {
    frame = chosen;
    if (!offered || Number.isInteger(model.get("frame"))) teller.tell(chosen);
    figure.go(frame);
    emblem.light(actsIn(picture?.frames, frame));
    image.setAttribute("aria-label", altText());
  }, signal);
  const links = createLinks(graph, {
    state: () => ({ frames: picture?.frames, frame, layout: picture?.layout ?? {}, data: picture?.data ?? [] }),
    choose: transport.moveTo,
    preview: figure.preview,
  }, signal);

  function showPicture() {
    const sent = model.get("picture");
    if (!sent.data) return;
    // What was left out, because the page had it, is put back for whoever looks next.
    if (!refill(sent, kept)) return model.send({ kind: "whole" });
    kept = sent;
    const unpacked = /** @type {Picture} */ (unpack(sent));
    picture = unpacked;
    offered = true;
    frame = transport.offer(unpacked.frames);
    offered = false;
    showTitle();
    figure.show(unpacked, frame);
    emblem.light(actsIn(unpacked.frames, frame));
    image.setAttribute("aria-label", altText());
  }

  const showFrame = () => {
    const wanted = model.get("frame");
    if (!Number.isInteger(wanted) || wanted === frame) return;
    if (teller.isEcho(wanted)) model.set("frame", frame);
    else transport.moveTo(wanted);
  };
  model.on("change:picture", showPicture);
  // Before the first picture has told its own.
  const asked = model.get("frame");
  showPicture();
  if (Number.isInteger(asked)) transport.moveTo(asked);
  model.on("change:frame", showFrame);
  signal.addEventListener("abort", () => model.off("change:frame", showFrame));

  /** @type {"light" | "dark"} */
  let around = "light";
  const paint = () => {
    const theme = model.get("theme") === "auto" ? around : model.get("theme");
    root.dataset.theme = theme;
    figure.paint(TEMPLATES[theme]);
  };
  model.on("change:theme", paint);
  followTheme((page) => {
    around = page;
    paint();
  }, signal);

  whenKernelGone(model, () => {
    if (graph._fullLayout) say(status, "The kernel is gone: the frames still play. Run the cell again for the rest.");
  }, signal);
  if (model.get("form")) {
    createLab(model, root, { head, body, status }, signal);
    head.prepend(emblem.node);
  }
  const arrived = comeIntoView(root, signal);
  el.addEventListener("nlviz-room", figure.refit, { signal });
  // A title or a label of more lines leaves the picture fewer; a box may be made higher or lower.
  const rest = new ResizeObserver(figure.refit);
  for (const part of [el, head, frameArea]) rest.observe(part);
  signal.addEventListener("abort", () => rest.disconnect());
  // A picture that comes later is not to push away what a reader looks at.
  graph.style.minHeight = `${roomFor(root, image)}px`;

  say(status, "loading…");
  plotly(model, (trouble) => say(status, trouble), signal).then((library) => {
    if (signal.aborted) return;
    say(status, "");
    graph.style.minHeight = "";
    figure.start(library);
  });

  return () => root.remove();
}

export default { render };
