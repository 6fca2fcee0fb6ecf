// @ts-check
// A shape of a figure as SVG of our own: where Plotly's axes put it, and how the template wants it to look.

/** @import { Band, FullLayout, Tree } from "../types.d.ts" */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Plotly's names for dashes, in widths of the line.
 * @type {Record<string, number[]>}
 */
const DASHES = { dot: [1, 1], dash: [3, 3], longdash: [5, 5], dashdot: [3, 1, 1, 1], longdashdot: [5, 2, 2, 2] };

/**
 * An SVG element with its attributes.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [attributes]
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes = {}) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  return node;
}

/**
 * A line's dashes as SVG wants them; Plotly does not let those of a thin line shrink below three pixels.
 * @param {string | undefined} dash
 * @param {number} width
 * @returns {string}
 */
export function dashes(dash, width) {
  return (DASHES[dash ?? ""] ?? []).map((part) => part * Math.max(width, 3)).join(" ");
}

/**
 * Where a reference ("x2", "x2 domain", "paper") lies in the figure: `at(value)` in pixels, clipped to start … length.
 * @param {FullLayout} full
 * @param {"x" | "y"} letter
 * @param {string} [ref]
 * @returns {Band}
 */
export function band(full, letter, ref = letter) {
  // A share of the paper or of a panel grows to the right and upwards, pixels downwards.
  const along = (/** @type {number} */ start, /** @type {number} */ length) =>
    (/** @type {number} */ share) => start + (letter === "x" ? share : 1 - share) * length;
  const { l, t, w, h } = full._size;
  if (ref === "paper") {
    return letter === "x" ? { start: 0, length: full.width, at: along(l, w) } : { start: 0, length: full.height, at: along(t, h) };
  }
  const [name, domain] = ref.split(" ");
  const axis = full[name.replace(letter, `${letter}axis`)];
  const [start, length] = [axis._offset, axis._length];
  return { start, length, axis, at: domain ? along(start, length) : (value) => start + axis.d2p(value) };
}

/**
 * What a shape looks like once the template has had its say, as attributes of its path.
 * @param {Tree} shape
 * @param {Tree} [template]
 * @returns {Record<string, string | number>}
 */
export function shapeLook(shape, template) {
  const { shapedefaults, shapes = [] } = template?.layout ?? {};
  const named = shapes.find((/** @type {Tree} */ { name }) => name && name === shape.templateitemname);
  const said = { ...shapedefaults, ...named, ...shape };
  const line = { color: "#444", width: 2, ...shapedefaults?.line, ...named?.line, ...shape.line };
  return {
    fill: said.fillcolor ?? "none",
    stroke: line.width ? line.color : "none",
    "stroke-width": line.width,
    "stroke-dasharray": dashes(line.dash, line.width),
    opacity: said.opacity ?? 1,
    visibility: said.visible === false ? "hidden" : "inherit",
  };
}

/**
 * Whether a shape can be drawn here as Plotly would draw it: ours lie above or below all data, and have no words.
 * @param {Tree | undefined} shape
 * @returns {boolean}
 */
export const drawable = (shape) => Boolean(shape && shape.type !== "path" && shape.layer !== "between" && !shape.label?.text
  && shape.xsizemode !== "pixel" && shape.ysizemode !== "pixel");

/**
 * Where a shape goes: the box that clips it to its panel, and its path in that box, null where an end is unknown.
 * @param {FullLayout} full
 * @param {Tree} shape
 * @returns {{ view: { x: number, y: number, width: number, height: number }, path: string | null }}
 */
export function outlineOf(full, shape) {
  const [x, y] = [band(full, "x", shape.xref), band(full, "y", shape.yref)];
  // Only what stands on an axis can leave its panel; along the others half of a line's width must not be cut off.
  const [padX, padY] = [shape.xref, shape.yref].map((ref) => (ref?.endsWith("domain") ? 4 : 0));
  const [left, top] = [x.start - padX, y.start - padY];
  const view = { x: left, y: top, width: Math.max(0, x.length + 2 * padX), height: Math.max(0, y.length + 2 * padY) };
  const [x0, x1] = [shape.x0, shape.x1].map((value) => x.at(value) - left);
  const [y0, y1] = [shape.y0, shape.y1].map((value) => y.at(value) - top);
  const known = [x0, x1, y0, y1].every(Number.isFinite);
  return { view, path: known ? pathOf(shape.type, [x0, x1], [y0, y1]) : null };
}

/**
 * A line, an ellipse or a rectangle from one corner to the other.
 * @param {string} type
 * @param {number[]} across
 * @param {number[]} down
 * @returns {string}
 */
function pathOf(type, [x0, x1], [y0, y1]) {
  if (type === "line") return `M${x0},${y0}L${x1},${y1}`;
  if (type !== "circle") return `M${x0},${y0}H${x1}V${y1}H${x0}Z`;
  const [rx, ry] = [Math.abs(x1 - x0) / 2, Math.abs(y1 - y0) / 2];
  return `M${Math.min(x0, x1)},${(y0 + y1) / 2}a${rx},${ry} 0 1 0 ${2 * rx},0a${rx},${ry} 0 1 0 ${-2 * rx},0Z`;
}

/**
 * Draws a shape as `mark`, inside `view`, which clips it to its panel.
 * @param {FullLayout} full
 * @param {Tree} shape
 * @param {SVGSVGElement} view
 * @param {SVGPathElement} mark
 * @returns {void}
 */
export function outline(full, shape, view, mark) {
  const place = outlineOf(full, shape);
  for (const [name, value] of Object.entries(place.view)) view.setAttribute(name, String(value));
  mark.style.display = place.path === null ? "none" : "";
  if (place.path !== null) mark.setAttribute("d", place.path);
}

/**
 * A pointer's place in the figure's own pixels, also where the page shows the figure smaller than it is: the box on
 * the screen knows of such a scale, the node's own width does not.
 * @param {Pick<HTMLElement, "getBoundingClientRect" | "offsetWidth">} node
 * @param {Pick<PointerEvent, "clientX" | "clientY">} event
 * @returns {[number, number]}
 */
export function pointIn(node, { clientX, clientY }) {
  const box = node.getBoundingClientRect();
  const scale = box.width / node.offsetWidth || 1;
  return [(clientX - box.left) / scale, (clientY - box.top) / scale];
}
