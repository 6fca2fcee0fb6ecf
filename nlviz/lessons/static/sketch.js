// A curve to draw: points on upright rails, each a slider of its own for keyboard and screen reader.

import { draw, filled, short } from "./drawing.js";

const PAPER = { width: 640, height: 300, left: 66, right: 16, top: 14, bottom: 46 };
const STEPS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 5, PageDown: -5 };
const GRAIN = 1 / 40; // of the height: one press of an arrow key

/** { node, read(): heights, write(heights), lock(locked) }; `touched` is called when the student moves a point. */
export function createSketch(form, words, touched, signal) {
  const { x, y, places } = form;
  const across = (value) => PAPER.left + ((value - x.low) / (x.high - x.low)) * (PAPER.width - PAPER.left - PAPER.right);
  const up = (value) => PAPER.height - PAPER.bottom - ((value - y.low) / (y.high - y.low)) * (PAPER.height - PAPER.top - PAPER.bottom);
  const heights = places.map(() => (y.low + y.high) / 2);
  let locked = false;

  const line = draw("polyline", { class: "nlviz-sketch-line" });
  const points = places.map((place, index) => {
    const label = filled(words.point, { number: index + 1, points: places.length, x: x.title, at: short(place) });
    const point = draw("circle", {
      class: "nlviz-sketch-point", r: 9, tabindex: 0, role: "slider", "aria-orientation": "vertical",
      "aria-label": label, "aria-valuemin": y.low, "aria-valuemax": y.high,
    });
    point.addEventListener("keydown", (event) => press(event, index), { signal });
    point.addEventListener("pointerdown", (event) => locked || point.setPointerCapture(event.pointerId), { signal });
    point.addEventListener("pointermove", (event) => point.hasPointerCapture(event.pointerId) && drag(event, index), { signal });
    return point;
  });

  function move(index, height) {
    if (locked) return;
    heights[index] = Math.min(y.high, Math.max(y.low, Number(height.toPrecision(6))));
    paint();
    touched();
  }

  function press(event, index) {
    const range = y.high - y.low;
    const target = event.key === "Home" ? y.low : event.key === "End" ? y.high
      : event.key in STEPS ? heights[index] + STEPS[event.key] * GRAIN * range : undefined;
    if (target === undefined) return;
    event.preventDefault(); // else the page scrolls
    event.stopPropagation();
    move(index, target);
  }

  function drag(event, index) {
    const box = paper.getBoundingClientRect();
    const height = ((event.clientY - box.top) / box.height) * PAPER.height;
    const share = (PAPER.height - PAPER.bottom - height) / (PAPER.height - PAPER.top - PAPER.bottom);
    move(index, y.low + share * (y.high - y.low));
  }

  function paint() {
    line.setAttribute("points", heights.map((height, index) => `${across(places[index])},${up(height)}`).join(" "));
    points.forEach((point, index) => {
      point.setAttribute("cx", across(places[index]));
      point.setAttribute("cy", up(heights[index]));
      point.setAttribute("aria-valuenow", short(heights[index]));
      point.setAttribute("aria-valuetext", filled(words.height, { y: y.title, value: short(heights[index]) }));
      point.setAttribute("aria-disabled", locked);
    });
  }

  const paper = draw("svg", { viewBox: `0 0 ${PAPER.width} ${PAPER.height}`, class: "nlviz-sketch", role: "group", "aria-label": `${y.title}, ${x.title}` },
    ...axes(x, y, places, across, up), line, ...points);
  paint();
  return {
    node: paper,
    read: () => [...heights],
    write(given) { heights.splice(0, heights.length, ...given); paint(); },
    lock(value) { locked = value; paint(); },
  };
}

function axes(x, y, places, across, up) {
  const floor = up(y.low);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => y.low + share * (y.high - y.low));
  const text = (words, where) => draw("text", { class: "nlviz-sketch-text", "aria-hidden": true, ...where }, words);
  return [
    ...ticks.flatMap((tick) => [
      draw("line", { class: "nlviz-sketch-grid", x1: across(x.low), x2: across(x.high), y1: up(tick), y2: up(tick) }),
      text(short(tick), { x: PAPER.left - 16, y: up(tick) + 4, "text-anchor": "end" }),
    ]),
    ...places.map((place) => text(short(place), { x: across(place), y: floor + 18, "text-anchor": "middle" })),
    text(x.title, { x: across((x.low + x.high) / 2), y: PAPER.height - 6, "text-anchor": "middle" }),
    text(y.title, { transform: `translate(14 ${up((y.low + y.high) / 2)}) rotate(-90)`, "text-anchor": "middle" }),
  ];
}
