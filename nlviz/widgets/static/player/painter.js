// The quick way to new data: straight into what Plotly has drawn. A heat map goes to a canvas, lines, markers and bars
// to one path each; a redraw by Plotly costs tens of milliseconds. What cannot be drawn so is left to Plotly, and when
// the hand rests Plotly draws it all: then hovering and zooming know the new numbers too.

import { paintRound } from "./axes_and_titles.js";
import { paintHeatMap } from "./heat.js";
import { band, DASHES, svg } from "./shapes.js";
import { replace } from "./stand_ins.js";

/** A path that looks as the one Plotly drew. */
function likeness(model, d) {
  const copy = model.cloneNode(false);
  copy.setAttribute("d", d);
  copy.removeAttribute("transform");
  copy.style.display = "";
  copy.removeAttribute("class");
  return copy;
}

/** A line where Plotly had no point to draw one through. */
function lineOf({ line: { color, width, dash } }, d) {
  const dashes = (DASHES[dash] ?? []).map((part) => part * Math.max(width, 3)).join(" ");
  return svg("path", { d, fill: "none", stroke: color, "stroke-width": width, "stroke-dasharray": dashes });
}

/** Lines and markers, or letters: each point where the axes put it, each as Plotly drew the first one. */
function paintScatter({ full, trace, group, data }) {
  const [x, y] = [band(full, "x", trace.xaxis).axis, band(full, "y", trace.yaxis).axis];
  // Where only one coordinate is given, the other counts.
  const place = (values, axis, start = 0, pitch = 1) => (at) => {
    const value = values ? values[at] : start + at * pitch;
    return value === null || value === undefined ? NaN : axis.d2p(value);
  };
  const [left, top] = [place(data.x, x, trace.x0, trace.dx), place(data.y, y, trace.y0, trace.dy)];
  const points = Array.from(data.y ?? data.x ?? [], (_, at) => [left(at), top(at)]);
  const known = (point) => point.every(Number.isFinite);
  if (trace.mode === "text") return paintLetters(trace, group, data.text, points);
  const varied = [trace.marker?.color, trace.marker?.size, trace.marker?.symbol].some((look) => Array.isArray(look) || ArrayBuffer.isView(look));
  const plain = /^(lines|markers|lines\+markers)$/.test(trace.mode) && (trace.fill ?? "none") === "none" && (trace.line?.shape ?? "linear") === "linear";
  const [line, marker] = ["lines", "markers"].map((mode, at) => trace.mode.includes(mode) && group.querySelector(["path.js-line", "path.point"][at]));
  if (!plain || varied || (marker === null && points.some(known))) return false;
  const d = points.map((point, at) => (known(point) ? `${at && known(points[at - 1]) ? "L" : "M"}${point}` : ""));
  const nodes = line === false ? [] : [line ? likeness(line, d.join("")) : lineOf(trace, d.join(""))];
  for (const point of marker ? points.filter(known) : []) {
    const copy = likeness(marker, marker.getAttribute("d"));
    copy.setAttribute("transform", `translate(${point})`);
    nodes.push(copy);
  }
  return replace(group, nodes);
}

/** Words without mark-up in the middle of their points; HTML entities are the view's, as Plotly reads them. */
function paintLetters(trace, group, words, points) {
  const model = group.querySelector(".textpoint text");
  if (!model || trace.textposition !== "middle center" || !Array.isArray(words) || words.some((word) => /</.test(word))) return false;
  const letters = svg("g", { style: model.getAttribute("style"), "text-anchor": "middle", transform: model.parentNode.getAttribute("transform") ?? "" });
  letters.innerHTML = words.map((word, at) => {
    const point = points[at] ?? [NaN];
    return word && point.every(Number.isFinite) ? `<text x="${point[0]}" y="${point[1]}">${word}</text>` : "";
  }).join("");
  return replace(group, [letters]);
}

function paintBars({ full, trace, points, group, data }) {
  const model = group.querySelector(".point path");
  const lying = trace.orientation === "h";
  const plain = model && !Array.isArray(trace.marker?.color) && trace.base === undefined && !trace.text && full.barmode !== "stack";
  if (!plain || points.some(({ p0, p1 }) => !(p1 > p0))) return false;
  const [place, size] = ["x", "y"].map((letter) => band(full, letter, trace[`${letter}axis`]).axis)[lying ? "reverse" : "slice"]();
  const values = lying ? data.x : data.y;
  if (values.length !== points.length) return false;
  const d = points.map(({ p0, p1 }, at) => {
    const value = values[at];
    if (value === null || !Number.isFinite(value)) return "";
    const [from, to, base, tip] = [place.c2p(p0), place.c2p(p1), size.c2p(0), size.c2p(value)];
    return lying ? `M${base},${from}V${to}H${tip}V${from}Z` : `M${from},${base}V${tip}H${to}V${base}Z`;
  });
  return replace(group, [likeness(model, d.join(""))]);
}

const QUICK = {
  heatmap: { paths: ["z", "text", "hovertext"], paint: paintHeatMap },
  scatter: { paths: ["x", "y", "text"], paint: paintScatter },
  bar: { paths: ["x", "y"], paint: paintBars },
};

/** Whether Plotly would have to move an axis, or place bars anew, for what changed. */
function unsettles(full, trace, paths) {
  if (trace.type === "heatmap") return false;
  if (trace.type === "bar" && paths.includes(trace.orientation === "h" ? "y" : "x")) return true;
  const moved = ["x", "y"].filter((letter) => paths.includes(letter));
  return moved.some((letter) => band(full, letter, trace[`${letter}axis`]).axis.autorange);
}

/** Paints what changed, [{ trace, path }], or says false: then Plotly must. */
export function paintQuickly(node, picture, changes) {
  const { _fullLayout: full, _fullData: traces, calcdata } = node;
  const [changed, moved] = [new Map(), new Set()];
  for (const { trace, path } of changes) changed.set(trace, [...(changed.get(trace) ?? []), path]);
  if (!paintRound(node, picture, changed.get(-1) ?? [], moved)) return false;
  changed.delete(-1);
  traces.forEach(({ xaxis, yaxis, coloraxis, visible }, number) => {
    if (visible === true && [xaxis, yaxis, coloraxis].some((name) => moved.has(name)) && !changed.has(number)) changed.set(number, []);
  });
  return [...changed].every(([number, paths]) => {
    const [trace, points, data] = [traces[number], calcdata[number], picture.data[number]];
    const quick = QUICK[trace.type];
    const group = points?.[0]?.node3?.node();
    if (!quick || !group || !paths.every((path) => quick.paths.includes(path)) || unsettles(full, trace, paths)) return false;
    return quick.paint({ full, trace, points, first: points[0], group, data });
  });
}
