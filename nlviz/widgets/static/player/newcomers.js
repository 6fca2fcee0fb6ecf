// @ts-check
// Traces that come and go with a knob: which of Plotly's a trace of the new picture continues, and lines and points that
// Plotly has not drawn yet.

import { isPlain, knownOf, linePath, pointsOf } from "./plans.js";
import { band, dashes, svg } from "./shapes.js";
import { replace } from "./stand_ins.js";

/** @import { FullLayout, Graph, Picture, Tree } from "../types.d.ts" */

// What stands for a trace that Plotly has not drawn.
export const NEW = -1;
/**
 * Plotly's symbols of which we know the outline, for a marker of this radius.
 * @type {Record<string, (radius: number) => string>}
 */
const SYMBOLS = {
  circle: (r) => `M${r},0A${r},${r} 0 1 1 0,${-r}A${r},${r} 0 0 1 ${r},0Z`,
  square: (r) => `M${r},${r}H${-r}V${-r}H${r}Z`,
  diamond: (r) => `M${1.3 * r},0L0,${1.3 * r}L${-1.3 * r},0L0,${-1.3 * r}Z`,
  "triangle-up": (r) => `M${(-2 * r) / Math.sqrt(3)},${r / 2}H${(2 * r) / Math.sqrt(3)}L0,${-r}Z`,
};

/**
 * Which of Plotly's traces each trace of `picture` is: its number, or NEW.
 * @param {Graph} node
 * @param {Picture} picture
 * @returns {number[]}
 */
export const theirs = (node, picture) => node.nlvizTraces ?? picture.data.map((_, number) => number);

/**
 * Notes that another picture is wanted, whose traces continue those of the last one as `from` says.
 * @param {Graph} node
 * @param {Picture} before
 * @param {number[]} from
 * @returns {void}
 */
export function follow(node, before, from) {
  const was = theirs(node, before);
  node.nlvizTraces = from.map((number) => (number === NEW ? NEW : was[number]));
}

/**
 * Whether a trace stands in a legend, which only Plotly can draw anew.
 * @param {Graph} node
 * @param {Tree} trace
 * @returns {boolean}
 */
const inLegend = ({ _fullLayout: full }, { showlegend, name }) => Boolean(full.showlegend && showlegend !== false && name);

/**
 * Whether traces that have another number now keep their look: one without a colour of its own has that of its number.
 * @param {Tree[]} data
 * @param {number[]} of which of Plotly's each is
 * @returns {boolean}
 */
export function keepColours(data, of) {
  const own = (/** @type {Tree} */ { type, marker, line }) => type === "heatmap" || Boolean(marker?.color ?? line?.color);
  return of.every((index, number) => index === NEW || index === number || own(data[number]));
}

/**
 * Hides those of Plotly's traces that no trace of the picture continues; false where the legend would have to change.
 * @param {Graph} node
 * @param {Picture} picture
 * @returns {boolean}
 */
export function hideGone(node, picture) {
  const stay = new Set(theirs(node, picture));
  return (node._fullData ?? []).every((trace, number) => {
    const group = node.calcdata?.[number]?.[0]?.node3?.node();
    if (stay.has(number) || !group) return true;
    return !inLegend(node, trace) && replace(group, [svg("g")]);
  });
}

/**
 * Takes away what was painted of new traces.
 * @param {Graph} node
 * @returns {void}
 */
export function clearNew(node) {
  node.querySelectorAll(".nlviz-new").forEach((old) => old.remove());
}

/**
 * A trace as it would look: its own words, else the template's.
 * @param {Graph} node
 * @param {Tree} trace
 * @returns {Tree}
 */
function whole(node, trace) {
  const usual = node.layout?.template?.data?.[trace.type]?.[0] ?? {};
  return { ...usual, ...trace, line: { width: 2, ...usual.line, ...trace.line }, marker: { size: 6, symbol: "circle", ...usual.marker, ...trace.marker } };
}

/**
 * Paints a line or points that Plotly has not drawn, or says false.
 * @param {Graph} node
 * @param {Picture} picture
 * @param {number} number
 * @returns {boolean}
 */
export function paintNew(node, picture, number) {
  node.querySelectorAll(`.nlviz-new[data-trace="${number}"]`).forEach((old) => old.remove());
  const trace = whole(node, picture.data[number]);
  if (trace.visible === false) return true;
  const { xaxis = "x", yaxis = "y", opacity = 1 } = trace;
  const layer = node._fullLayout._plots?.[xaxis + yaxis]?.plot?.node()?.querySelector(".scatterlayer");
  const marks = layer && !inLegend(node, trace) && marksOf(node._fullLayout, trace);
  if (!marks) return false;
  const group = svg("g", { class: "nlviz-quick nlviz-new", "data-trace": number, opacity });
  group.append(...marks);
  layer.insertBefore(group, before(node, picture, number, layer));
  return true;
}

/**
 * Paints a line or points that look otherwise than Plotly drew them in `group`, or says false.
 * @param {Graph} node
 * @param {Picture} picture
 * @param {number} number
 * @param {SVGGElement} group
 * @returns {boolean}
 */
export function paintAnew(node, picture, number, group) {
  const trace = whole(node, picture.data[number]);
  const marks = !inLegend(node, trace) && marksOf(node._fullLayout, trace);
  if (!marks) return false;
  const all = svg("g", { class: "nlviz-anew", opacity: trace.opacity ?? 1 });
  all.append(...marks);
  return replace(group, [all]);
}

/**
 * A line that Plotly has not drawn.
 * @param {Tree} line
 * @param {string} d
 * @returns {SVGElement}
 */
export function lineOf({ color, width, dash }, d) {
  return svg("path", { d, fill: "none", stroke: color, "stroke-width": width, "stroke-dasharray": dashes(dash, width) });
}

/**
 * A line and points by what the trace says of them; null where Plotly must draw them.
 * @param {FullLayout} full
 * @param {Tree} trace
 * @returns {SVGElement[] | null}
 */
function marksOf(full, trace) {
  const { type, mode = "", line, marker, xaxis = "x", yaxis = "y", error_x: across, error_y: up } = trace;
  const [hasLine, hasPoints] = [mode.includes("lines"), mode.includes("markers")];
  const coloured = (!hasLine || typeof line.color === "string") && (!hasPoints || (typeof marker.color === "string" && marker.symbol in SYMBOLS));
  if (type !== "scatter" || !isPlain(trace) || mode.includes("text") || !coloured || across?.array || up?.array) return null;
  const [x, y] = [band(full, "x", xaxis).axis, band(full, "y", yaxis).axis];
  if (x.autorange || y.autorange) return null;
  const points = pointsOf(trace, trace, x, y);
  const look = { fill: marker.color, stroke: marker.line?.color ?? "none", "stroke-width": marker.line?.width ?? 0, opacity: marker.opacity ?? 1 };
  const dot = (/** @type {number[]} */ point) => svg("path", { d: SYMBOLS[marker.symbol](marker.size / 2), transform: `translate(${point})`, ...look });
  return [...(hasLine ? [lineOf(line, linePath(points, line.shape))] : []), ...(hasPoints ? knownOf(points).map(dot) : [])];
}

/**
 * The node in `layer` before which a new trace belongs: that of the next trace which has one there.
 * @param {Graph} node
 * @param {Picture} picture
 * @param {number} number
 * @param {Element} layer
 * @returns {Node | null}
 */
function before(node, picture, number, layer) {
  for (const index of theirs(node, picture).slice(number + 1)) {
    const group = node.calcdata?.[index]?.[0]?.node3?.node();
    if (group?.parentNode === layer) return group;
  }
  return null;
}
