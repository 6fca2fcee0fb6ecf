// @ts-check
// Where new numbers put lines, markers, letters and bars, and what may be painted at all: arithmetic without a page.
// The painter draws what is planned here.

import { runsOf } from "./annotations.js";
import { band } from "./shapes.js";

/** @import { Axis, Change, FullLayout, Numbers, Tree } from "../types.d.ts" */

const isList = (/** @type {any} */ value) => Array.isArray(value) || ArrayBuffer.isView(value);
const isKnown = (/** @type {number[]} */ point) => point.every(Number.isFinite);

/**
 * What changed, by trace; −1 stands for the layout.
 * @param {Change[]} changes
 * @returns {Map<number, string[]>}
 */
export function byTrace(changes) {
  const changed = new Map();
  for (const { trace, path } of changes) changed.set(trace, [...(changed.get(trace) ?? []), path]);
  return changed;
}

/**
 * Whether Plotly would have to move an axis for what changed: one that fits itself to the numbers is another one with
 * others.
 * @param {FullLayout} full
 * @param {Tree} trace
 * @param {string[]} paths
 * @returns {boolean}
 */
export function unsettles(full, trace, paths) {
  if (trace.type === "heatmap") return false;
  const letters = /** @type {("x" | "y")[]} */ (["x", "y"]).filter((letter) => paths.includes(letter));
  return letters.some((letter) => band(full, letter, trace[`${letter}axis`]).axis.autorange);
}

/**
 * The points of a scatter trace in pixels, NaN where there is none. Where only one coordinate is given, the other
 * counts.
 * @param {Tree} trace with its defaults
 * @param {Tree} data
 * @param {Axis} xaxis
 * @param {Axis} yaxis
 * @returns {number[][]}
 */
export function pointsOf(trace, data, xaxis, yaxis) {
  const place = (/** @type {Numbers | undefined} */ values, /** @type {Axis} */ axis, start = 0, pitch = 1) => (/** @type {number} */ at) => {
    const value = values ? values[at] : start + at * pitch;
    // d2p takes null for 0.
    return value === null || value === undefined ? NaN : axis.d2p(value);
  };
  const [left, top] = [place(data.x, xaxis, trace.x0, trace.dx), place(data.y, yaxis, trace.y0, trace.dy)];
  return Array.from(data.y ?? data.x ?? [], (_, at) => [left(at), top(at)]);
}

/**
 * Whether each point of a scatter trace looks like the first, and is joined to its neighbour by a straight line: then
 * what Plotly drew of the old numbers serves for the new ones.
 * @param {Tree} trace with its defaults
 * @returns {boolean}
 */
export function isPlain({ mode, marker, line, fill }) {
  const varied = [marker?.color, marker?.size, marker?.symbol].some(isList);
  const drawn = /^(lines|markers|text)(\+(lines|markers|text))*$/.test(mode);
  return drawn && !varied && (fill ?? "none") === "none" && (line?.shape ?? "linear") in STEPS;
}

/**
 * How a line goes to the next point: straight, or along and then up or down.
 * @type {Record<string, (point: number[]) => string>}
 */
const STEPS = { linear: (point) => `L${point}`, hv: ([x, y]) => `H${x}V${y}` };

/**
 * A line through the points that are known; it breaks at a gap.
 * @param {number[][]} points
 * @param {string} [shape]
 * @returns {string}
 */
export function linePath(points, shape = "linear") {
  const joined = (/** @type {number} */ at) => at > 0 && isKnown(points[at - 1]);
  return points.map((point, at) => (isKnown(point) ? (joined(at) ? STEPS[shape](point) : `M${point}`) : "")).join("");
}

/**
 * The bars of an error along one axis, with hats at both ends, all in one path; empty where nothing is known.
 * @param {number[][]} points
 * @param {"x" | "y"} letter
 * @param {(at: number) => number[]} ends in pixels, of the bar at a point
 * @param {number} hat half its width
 * @returns {string}
 */
export function errorPath(points, letter, ends, hat) {
  return points.map((point, at) => {
    const [from, to] = ends(at);
    if (!isKnown([...point, from, to])) return "";
    const [x, y] = point;
    if (letter === "x") return `M${from},${y}H${to}` + (hat ? `M${from},${y - hat}v${2 * hat}M${to},${y - hat}v${2 * hat}` : "");
    return `M${x},${from}V${to}` + (hat ? `M${x - hat},${from}h${2 * hat}M${x - hat},${to}h${2 * hat}` : "");
  }).join("");
}

/**
 * The points that are known.
 * @param {number[][]} points
 * @returns {number[][]}
 */
export const knownOf = (points) => points.filter(isKnown);

/**
 * Words at their points as SVG; a word without a point is left out. The words are the view's, entities and all; null
 * where there is mark-up of which more than bold and colour would have to be known.
 * @param {string[]} words
 * @param {number[][]} points
 * @returns {string | null}
 */
export function lettersAt(words, points) {
  const told = words.map((word) => (/</.test(word) ? markedUp(word) : word));
  if (told.includes(null)) return null;
  return told.map((word, at) => {
    const point = points[at] ?? [NaN];
    return word && isKnown(point) ? `<text x="${point[0]}" y="${point[1]}">${word}</text>` : "";
  }).join("");
}

/**
 * A line of words in which some are bold, slanted or coloured, as spans of SVG.
 * @param {string} word
 * @returns {string | null}
 */
function markedUp(word) {
  const [line, ...more] = runsOf(word) ?? [];
  if (!line || more.length || line.some(({ script }) => script)) return null;
  return line.map(({ text, bold, italic, color }) => {
    const style = [bold && "font-weight: bold", italic && "font-style: italic", color && `fill: ${color}`].filter(Boolean).join("; ");
    const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    return `<tspan style="${style.replaceAll('"', "&quot;")}">${safe}</tspan>`;
  }).join("");
}

/**
 * From where to where each bar stands: where Plotly has placed it, or, at other middles, as wide beside them as Plotly
 * made its own beside theirs. Null where that is not known: words for places, or a single bar, or uneven steps.
 * @param {{ p: number, p0: number, p1: number }[]} points as Plotly reckoned
 * @param {Numbers | undefined} middles
 * @param {number} count
 * @returns {{ p0: number, p1: number }[] | null}
 */
export function barPlaces(points, middles, count) {
  const wanted = middles ? Array.from(middles, Number) : Array.from({ length: count }, (_, at) => at);
  if (wanted.length !== count || !wanted.every(Number.isFinite)) return null;
  if (count === points.length && wanted.every((middle, at) => middle === points[at].p)) return points;
  const [was, is] = [pitchOf(points.map(({ p }) => p)), pitchOf(wanted)];
  if (!was || !is) return null;
  const [{ p, p0, p1 }] = points;
  return wanted.map((middle) => ({ p0: middle + ((p0 - p) / was) * is, p1: middle + ((p1 - p) / was) * is }));
}

/**
 * The step between numbers that are evenly spaced, 0 where they are not.
 * @param {number[]} values
 * @returns {number}
 */
function pitchOf(values) {
  const step = (values[values.length - 1] - values[0]) / (values.length - 1);
  return values.every((value, at) => Math.abs(values[0] + at * step - value) <= 1e-6 * Math.abs(step)) ? Math.abs(step) : 0;
}

/**
 * Bars from 0 to their values, all in one path.
 * @param {Numbers} values
 * @param {{ p0: number, p1: number }[]} places from where to where each bar stands, as Plotly reckoned
 * @param {Axis} along the axis on which they stand
 * @param {Axis} size the axis of their values
 * @param {boolean} lying
 * @returns {string}
 */
export function barPath(values, places, along, size, lying) {
  return places.map(({ p0, p1 }, at) => {
    const value = values[at];
    if (value === null || !Number.isFinite(value)) return "";
    const [from, to, base, tip] = [along.c2p(p0), along.c2p(p1), size.c2p(0), size.c2p(value)];
    return lying ? `M${base},${from}V${to}H${tip}V${from}Z` : `M${from},${base}V${tip}H${to}V${base}Z`;
  }).join("");
}
