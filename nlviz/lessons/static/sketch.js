// @ts-check
// A curve to draw: points on upright rails, each a slider of its own for keyboard and screen reader.

import { draw, filled, short } from "./drawing.js";

/** @import { Axis, Form, Input, Words } from "./types.d.ts" */

const PAPER = { width: 640, height: 300, left: 66, right: 16, top: 14, bottom: 46 };
/** @type {Record<string, number>} */
const STEPS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 5, PageDown: -5 };
const GRAIN = 1 / 40; // of the height: one press of an arrow key

/**
 * A place on an axis in pixels, and back.
 * @param {Axis} axis
 * @param {number} start the pixel of its low end
 * @param {number} end
 * @returns {{ at(value: number): number, value(pixel: number): number }}
 */
export function ruler({ low, high }, start, end) {
  return {
    at: (value) => start + ((value - low) / (high - low)) * (end - start),
    value: (pixel) => low + ((pixel - start) / (end - start)) * (high - low),
  };
}

/**
 * The height to which a key moves a point, undefined if it moves none.
 * @param {string} key
 * @param {number} height
 * @param {Axis} axis
 * @returns {number | undefined}
 */
export function heightBy(key, height, { low, high }) {
  if (key === "Home") return low;
  if (key === "End") return high;
  return key in STEPS ? height + STEPS[key] * GRAIN * (high - low) : undefined;
}

/**
 * A curve; `touched` is called when the student moves a point.
 * @param {Form} form
 * @param {Words} words
 * @param {() => void} touched
 * @param {AbortSignal} signal
 * @returns {Input}
 */
export function createSketch(form, words, touched, signal) {
  const { x, y, places } = form;
  const { at: across } = ruler(x, PAPER.left, PAPER.width - PAPER.right);
  const { at: up, value: heightAt } = ruler(y, PAPER.height - PAPER.bottom, PAPER.top);
  const heights = places.map(() => (y.low + y.high) / 2);
  let locked = false;
  // An untouched line is no answer: nobody has drawn it.
  let drawn = false;

  const line = draw("polyline", { class: "nlviz-sketch-line" });
  const points = places.map((place, index) => {
    const label = filled(words.point, { number: index + 1, points: places.length, x: x.title, at: short(place) });
    const point = draw("circle", {
      class: "nlviz-sketch-point", r: 9, tabindex: 0, role: "slider", "aria-orientation": "vertical",
      "aria-label": label, "aria-valuemin": y.low, "aria-valuemax": y.high,
    });
    point.addEventListener("keydown", (event) => press(event, index), { signal });
    // Captured: the hand may leave the small point, and the pointer stays with it.
    point.addEventListener("pointerdown", ({ pointerId }) => {
      if (!locked) point.setPointerCapture(pointerId);
    }, { signal });
    point.addEventListener("pointermove", (event) => {
      if (point.hasPointerCapture(event.pointerId)) drag(event, index);
    }, { signal });
    return point;
  });

  /**
   * @param {number} index
   * @param {number} height
   */
  function move(index, height) {
    if (locked) return;
    drawn = true;
    heights[index] = Math.min(y.high, Math.max(y.low, Number(height.toPrecision(6))));
    paint();
    touched();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} index
   */
  function press(event, index) {
    const target = heightBy(event.key, heights[index], y);
    if (target === undefined) return;
    event.preventDefault(); // else the page scrolls
    event.stopPropagation();
    move(index, target);
  }

  /**
   * @param {PointerEvent} event
   * @param {number} index
   */
  function drag(event, index) {
    const box = paper.getBoundingClientRect();
    move(index, heightAt(((event.clientY - box.top) / box.height) * PAPER.height));
  }

  function paint() {
    line.setAttribute("points", heights.map((height, index) => `${across(places[index])},${up(height)}`).join(" "));
    points.forEach((point, index) => {
      point.setAttribute("cx", String(across(places[index])));
      point.setAttribute("cy", String(up(heights[index])));
      point.setAttribute("aria-valuenow", short(heights[index]));
      point.setAttribute("aria-valuetext", filled(words.height, { y: y.title, value: short(heights[index]) }));
      point.setAttribute("aria-disabled", String(locked));
    });
  }

  const paper = draw("svg", { viewBox: `0 0 ${PAPER.width} ${PAPER.height}`, class: "nlviz-sketch", role: "group", "aria-label": `${y.title}, ${x.title}` },
    ...axes(x, y, places, across, up), line, ...points);
  paint();
  return {
    node: paper,
    read: () => (drawn ? [...heights] : null),
    write(given) {
      heights.splice(0, heights.length, ...given);
      paint();
    },
    lock(value) {
      if (locked && !value) drawn = false; // a new round: the old answer is not yet the new one
      locked = value;
      paint();
    },
  };
}

/**
 * Lines and words of both axes.
 * @param {Axis} x
 * @param {Axis} y
 * @param {number[]} places
 * @param {(value: number) => number} across
 * @param {(value: number) => number} up
 * @returns {SVGElement[]}
 */
function axes(x, y, places, across, up) {
  const floor = up(y.low);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => y.low + share * (y.high - y.low));
  const text = (/** @type {string} */ words, /** @type {Record<string, unknown>} */ where) => draw("text", { class: "nlviz-sketch-text", "aria-hidden": true, ...where }, words);
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
