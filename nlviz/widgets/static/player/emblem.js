// @ts-check
// The two loops in the small: an outer one, slow and cold, in it an inner one, fast and warm; the part that acts is thick.
// It is for the eye alone: what acts stands in words beside the slider.

import { svg } from "./shapes.js";

/** @import { Frames } from "../types.d.ts" */

const SIZE = 40;
/** @type {Record<string, { middle: [number, number], radius: number }>} */
const LOOPS = { outer: { middle: [20, 20], radius: 17 }, inner: { middle: [20, 21.5], radius: 8 } };
// Where each part begins and ends, in degrees, with the clock: as views/pictures/loops.py draws them in the large.
/** @type {Record<string, [number, number]>} */
const SPANS = { read: [203, 99], error: [83, -21], write: [-37, -141] };
/** @type {Record<string, string>} */
const OTHER_NAMES = { "outer product": "write", "new M": "write", decay: "write" };

/**
 * The parts that act in a frame, as "inner write". Where a view says nothing, the inner loop acts: the part that is
 * shown, or all of it. What a view says of a frame is parts ("inner read error"), a whole loop ("inner"), or nothing.
 * @param {Pick<Frames, "parts" | "acts"> | null | undefined} frames
 * @param {number} frame
 * @returns {string[]}
 */
export function actsIn(frames, frame) {
  if (!frames) return [];
  const said = frames.acts ? frames.acts[frame] : partOf(frames.parts ?? [], frame);
  const [loop, ...parts] = said.split(" ");
  return loop ? (parts.length ? parts : Object.keys(SPANS)).map((part) => `${loop} ${part}`) : [];
}

const partOf = (/** @type {string[]} */ parts, /** @type {number} */ frame) => {
  const part = parts[frame % parts.length];
  const known = OTHER_NAMES[part] ?? part;
  return known in SPANS ? `inner ${known}` : "inner";
};

/**
 * A piece of a circle as a path.
 * @param {[number, number]} middle
 * @param {number} radius
 * @param {[number, number]} span
 * @returns {string}
 */
export function arc([x, y], radius, span) {
  const [start, stop] = span.map((degrees) => {
    const angle = (degrees * Math.PI) / 180;
    return [x + radius * Math.cos(angle), y - radius * Math.sin(angle)].map((place) => place.toFixed(2)).join(",");
  });
  return `M${start}A${radius},${radius} 0 0 1 ${stop}`;
}

/**
 * The emblem, and what lights the parts that act.
 * @returns {{ node: SVGSVGElement, light(acts: string[]): void }}
 */
export function createEmblem() {
  const node = svg("svg", { class: "nlviz-emblem", viewBox: `0 0 ${SIZE} ${SIZE}`, width: SIZE, height: SIZE, "aria-hidden": "true" });
  const arcs = new Map(Object.entries(LOOPS).flatMap(([loop, { middle, radius }]) => Object.entries(SPANS).map(([part, span]) =>
    [`${loop} ${part}`, node.appendChild(svg("path", { d: arc(middle, radius, span), class: `nlviz-${loop}`, fill: "none" }))])));
  return {
    node,
    light: (acts) => arcs.forEach((path, name) => path.classList.toggle("nlviz-acts", acts.includes(name))),
  };
}
