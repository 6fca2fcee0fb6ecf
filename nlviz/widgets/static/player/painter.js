// @ts-check
// The quick way to new data: straight into what Plotly has drawn. A heat map goes to a canvas, lines, markers and bars
// to one path each; a redraw by Plotly costs tens of milliseconds. What cannot be drawn so is left to Plotly, and when
// the hand rests Plotly draws it all: then hovering and zooming know the new numbers too.
//
// Every painter either paints the whole of what changed or says false before it has touched the page: half a picture of
// the new numbers beside half of the old would be a wrong one. (After a false Plotly draws, so what was painted of other
// traces in the meantime is never seen.)

import { paintRound } from "./axes_and_titles.js";
import { paintHeatMap } from "./heat.js";
import { clearNew, hideGone, keepColours, lineOf, NEW, paintAnew, paintNew, theirs } from "./newcomers.js";
import { barPath, barPlaces, byTrace, errorPath, isPlain, knownOf, lettersAt, linePath, pointsOf, unsettles } from "./plans.js";
import { band, svg } from "./shapes.js";
import { replace } from "./stand_ins.js";

/** @import { Axis, Change, Drawn, Graph, Picture, Tree } from "../types.d.ts" */

/**
 * A path that looks as the one Plotly drew: styles and all, which the template decided. Not its class, by which Plotly
 * would take it for its own, nor where it was moved to.
 * @param {SVGElement} model
 * @param {string} d
 * @returns {SVGElement}
 */
function likeness(model, d) {
  const copy = /** @type {SVGElement} */ (model.cloneNode(false));
  copy.setAttribute("d", d);
  copy.removeAttribute("transform");
  copy.style.visibility = "";
  copy.removeAttribute("class");
  return copy;
}

/**
 * Lines, markers, letters and errors: each point where the axes put it, each as Plotly drew the first one.
 * @param {Drawn} drawn
 * @returns {boolean}
 */
function paintScatter({ full, trace, group, data }) {
  const [x, y] = [band(full, "x", trace.xaxis).axis, band(full, "y", trace.yaxis).axis];
  const [points, mode] = [pointsOf(trace, data, x, y), trace.mode];
  const parts = [
    errorsOf(trace, group, data, points, { x, y }),
    mode.includes("lines") ? linesOf(trace, group, points, y) : [],
    mode.includes("markers") ? markersOf(trace, group, points) : [],
    mode.includes("text") ? lettersOf(trace, group, data.text, points) : [],
  ];
  return !parts.includes(null) && replace(group, /** @type {SVGElement[][]} */ (parts).flat());
}

/**
 * Its line, and what it is filled with down to zero.
 * @param {Tree} trace
 * @param {SVGGElement} group
 * @param {number[][]} points
 * @param {Axis} y
 * @returns {SVGElement[] | null}
 */
function linesOf(trace, group, points, y) {
  const { fill = "none", line: { shape = "linear" } } = trace;
  if (!isPlain({ ...trace, fill: fill === "tozeroy" ? "none" : fill, marker: {} })) return null;
  const line = /** @type {SVGElement | null} */ (group.querySelector("path.js-line"));
  const d = linePath(points, shape);
  const lines = [line ? likeness(line, d) : lineOf(trace.line, d)];
  if (fill === "none") return lines;
  const area = /** @type {SVGElement | null} */ (group.querySelector("path.js-fill"));
  if (!area || !points.length || knownOf(points).length !== points.length) return null;
  return [likeness(area, `${d}V${y.d2p(0)}H${points[0][0]}Z`), ...lines];
}

/**
 * Its markers. One symbol is a path that only Plotly knows, so there must be one to copy; where each has its own look
 * there must be as many as before.
 * @param {Tree} trace
 * @param {SVGGElement} group
 * @param {number[][]} points
 * @returns {SVGElement[] | null}
 */
function markersOf(trace, group, points) {
  const [known, models] = [knownOf(points), /** @type {SVGElement[]} */ ([...group.querySelectorAll("path.point:not(.nlviz-quick)")])];
  const alike = isPlain({ ...trace, fill: "none", line: {} });
  if ((known.length && !models.length) || (!alike && (known.length !== points.length || models.length !== points.length))) return null;
  return known.map((point, at) => {
    const model = models[alike ? 0 : at];
    const copy = likeness(model, model.getAttribute("d") ?? "");
    copy.setAttribute("transform", `translate(${point})`);
    return copy;
  });
}

/**
 * Its errors, where it has some.
 * @param {Tree} trace
 * @param {SVGGElement} group
 * @param {Tree} data
 * @param {number[][]} points
 * @param {{ x: Axis, y: Axis }} axes
 * @returns {SVGElement[] | null}
 */
function errorsOf(trace, group, data, points, axes) {
  /** @type {SVGElement[]} */
  const errors = [];
  for (const letter of /** @type {("x" | "y")[]} */ (["x", "y"])) {
    const [said, own] = [trace[`error_${letter}`], data[`error_${letter}`]];
    if (!said?.visible) continue;
    const model = /** @type {SVGElement | null} */ (group.querySelector(`path.${letter}error`));
    if (!model || said.type !== "data" || !own?.array) return null;
    const { array, arrayminus = array } = own;
    const value = (/** @type {number} */ at) => data[letter]?.[at] ?? NaN;
    const ends = (/** @type {number} */ at) => [value(at) - arrayminus[at], value(at) + array[at]].map((end) => axes[letter].d2p(end));
    errors.push(likeness(model, errorPath(points, letter, ends, said.width ?? 0)));
  }
  return errors;
}

/**
 * Words beside or on their points; HTML entities are the view's, as Plotly reads them.
 * @param {Tree} trace
 * @param {SVGGElement} group
 * @param {unknown} words
 * @param {number[][]} points
 * @returns {SVGElement[] | null}
 */
function lettersOf(trace, group, words, points) {
  const model = group.querySelector(".textpoint text");
  if (!model || typeof trace.textposition !== "string" || [trace.textfont.size, trace.textfont.color].some(Array.isArray) || !Array.isArray(words)) return null;
  const written = lettersAt(words, points);
  if (written === null) return null;
  const parent = /** @type {Element} */ (model.parentNode);
  const hung = model.getAttribute("text-anchor") ?? "middle";
  const letters = svg("g", { style: model.getAttribute("style"), "text-anchor": hung, transform: parent.getAttribute("transform") ?? "" });
  // One parse for a page of code: a thousand letters made one by one cost more than Plotly's own redraw.
  letters.innerHTML = written;
  return [letters];
}

/**
 * Bars, all in one path; Plotly's own reckoning says where each stands.
 * @param {Drawn} drawn
 * @returns {boolean}
 */
function paintBars({ full, trace, points, group, data }) {
  const model = /** @type {SVGElement | null} */ (group.querySelector(".point path"));
  const lying = trace.orientation === "h";
  const errors = [trace.error_x, trace.error_y].some((error) => error?.visible);
  const plain = !errors && !Array.isArray(trace.marker?.color) && trace.base === undefined && !trace.text && full.barmode !== "stack";
  if (!model || !plain || points.some(({ p0, p1 }) => !(p1 > p0))) return false;
  const [x, y] = [band(full, "x", trace.xaxis).axis, band(full, "y", trace.yaxis).axis];
  const [along, size, values, middles] = lying ? [y, x, data.x, data.y] : [x, y, data.y, data.x];
  const places = barPlaces(points, middles, values.length);
  return places !== null && (trace.width === undefined || places === points) && replace(group, [likeness(model, barPath(values, places, along, size, lying))]);
}

// What stands under the pointer is Plotly's, and waits for its next redraw.
const HOVERED = ["hovertext", "hovertemplate", "customdata"];

const ERRORS = ["error_x.array", "error_x.arrayminus", "error_y.array", "error_y.arrayminus"];
// Of a line or of points: then Plotly's are no model of what they look like now.
const LOOKS = ["line.color", "line.dash", "line.width", "marker.color", "marker.size", "marker.symbol", "opacity", "mode"];

/**
 * By Plotly's type, which attributes can be painted and who does it.
 * @type {Record<string, { paths: string[], paint: (drawn: Drawn) => boolean }>}
 */
const QUICK = {
  heatmap: { paths: ["x", "y", "z", "text"], paint: paintHeatMap },
  scatter: { paths: ["x", "y", "text", ...ERRORS], paint: paintScatter },
  bar: { paths: ["x", "y"], paint: paintBars },
};

/**
 * Paints one trace, or says false.
 * @param {Graph} node
 * @param {Picture} picture
 * @param {number} number
 * @param {string[]} paths what of it changed; none if only its axis or its colours did
 * @returns {boolean}
 */
function paintTrace(node, picture, number, paths) {
  const { _fullLayout: full, _fullData, calcdata } = node;
  const index = theirs(node, picture)[number];
  if (index === NEW) return paintNew(node, picture, number);
  const [trace, points] = [_fullData?.[index], calcdata?.[index]];
  const quick = QUICK[trace.type];
  const seen = paths.filter((path) => !(HOVERED.includes(path) || (path === "name" && !(full.showlegend && trace.showlegend))));
  // Plotly leaves the node of a trace with its first reckoned point; a trace out of sight has none.
  const group = points?.[0]?.node3?.node();
  // Also a trace whose look changed a turn ago, and that Plotly has not drawn since.
  const looksOther = seen.some((path) => LOOKS.includes(path)) || group?.querySelector(":scope > .nlviz-anew");
  if (group && trace.type === "scatter" && looksOther) {
    return seen.every((path) => LOOKS.includes(path) || ["x", "y"].includes(path)) && !unsettles(full, trace, seen) && paintAnew(node, picture, number, group);
  }
  if (!quick || !group || !seen.every((path) => quick.paths.includes(path)) || unsettles(full, trace, seen)) return false;
  return quick.paint({ full, trace, points, group, data: picture.data[number] });
}

/**
 * Paints what changed, or says false: then Plotly must.
 * @param {Graph} node
 * @param {Picture} picture
 * @param {Change[]} changes
 * @returns {boolean}
 */
export function paintQuickly(node, picture, changes) {
  const [changed, gone, of] = [byTrace(changes), new Set(), theirs(node, picture)];
  if (!paintRound(node, picture, changed.get(-1) ?? [], gone)) return false;
  changed.delete(-1);
  // Traces on an axis or on colours that are others now go with them, though none of their numbers changed.
  picture.data.forEach((trace, number) => {
    const { xaxis = "x", yaxis = "y", coloraxis, visible = true } = of[number] === NEW ? trace : node._fullData?.[of[number]] ?? {};
    if (visible === true && [xaxis, yaxis, coloraxis].some((name) => gone.has(name)) && !changed.has(number)) changed.set(number, []);
  });
  if (node.nlvizTraces) {
    // New traces may have other numbers in another picture: all are painted again.
    clearNew(node);
    of.forEach((index, number) => index === NEW && changed.set(number, []));
    if (!keepColours(picture.data, of) || !hideGone(node, picture)) return false;
  }
  return [...changed].every(([number, paths]) => paintTrace(node, picture, number, paths));
}
