import assert from "node:assert/strict";
import test from "node:test";

import { barPath, barPlaces, byTrace, errorPath, isPlain, knownOf, lettersAt, linePath, pointsOf, unsettles } from "../../../../nlviz/widgets/static/player/plans.js";
import { axis, layout } from "../layout.mjs";

const { xaxis: x, yaxis: y } = layout();

test("changes are gathered by trace, the layout's under −1", () => {
  const changes = [{ trace: 2, path: "x" }, { trace: -1, path: "title.text" }, { trace: 2, path: "y" }];
  assert.deepEqual([...byTrace(changes)], [[2, ["x", "y"]], [-1, ["title.text"]]]);
});

test("an axis that fits itself to the numbers is unsettled by new ones along it, and by no others", () => {
  const full = layout();
  full.yaxis2.autorange = true;
  const trace = { type: "scatter", xaxis: "x2", yaxis: "y2" };
  assert.equal(unsettles(full, trace, ["y"]), true);
  assert.equal(unsettles(full, trace, ["x", "y"]), true);
  assert.equal(unsettles(full, trace, ["x", "text"]), false);
  assert.equal(unsettles(full, { ...trace, yaxis: "y" }, ["y"]), false);
  assert.equal(unsettles(full, { ...trace, type: "heatmap" }, ["z"]), false);
});

test("bars stand where Plotly put them; at other middles they are as wide beside them as those were", () => {
  const points = [{ p: 0, p0: -0.4, p1: 0.4 }, { p: 1, p0: 0.6, p1: 1.4 }];
  assert.equal(barPlaces(points, [0, 1], 2), points);
  assert.equal(barPlaces(points, undefined, 2), points);
  assert.deepEqual(barPlaces(points, [10, 15, 20], 3), [{ p0: 8, p1: 12 }, { p0: 13, p1: 17 }, { p0: 18, p1: 22 }]);
  // of two in a group the second keeps to its half
  assert.deepEqual(barPlaces([{ p: 0, p0: 0, p1: 0.4 }, { p: 1, p0: 1, p1: 1.4 }], Float32Array.of(2, 4), 2), [{ p0: 2, p1: 2.8 }, { p0: 4, p1: 4.8 }]);
});

test("where bars would stand is not known of words, of uneven steps, of a single one, of another number than values", () => {
  const points = [{ p: 0, p0: -0.4, p1: 0.4 }, { p: 1, p0: 0.6, p1: 1.4 }];
  for (const [middles, count] of [[["a", "b"], 2], [[0, 1, 5], 3], [[7], 1], [[0, 1], 3]]) assert.equal(barPlaces(points, middles, count), null, String(middles));
});

test("points stand where the axes put them; where one coordinate is missing the other counts", () => {
  assert.deepEqual(pointsOf({}, { x: [0, 5], y: [0, 1] }, x, y), [[0, 200], [50, 0]]);
  assert.deepEqual(pointsOf({ x0: 2, dx: 4 }, { y: [0.5, 0.5] }, x, y), [[20, 100], [60, 100]]);
  assert.deepEqual(pointsOf({ y0: 0, dy: 1 }, { x: [1, 2] }, x, y), [[10, 200], [20, 0]]);
  assert.deepEqual(pointsOf({}, { y: [0, 0] }, x, y), [[0, 200], [10, 200]]);
  assert.deepEqual(pointsOf({}, {}, x, y), []);
});

test("a gap is no point, though an axis takes it for 0", () => {
  assert.deepEqual(pointsOf({}, { x: [0, 1, 2], y: [null, undefined, NaN] }, x, y).map(([, top]) => top), [NaN, NaN, NaN]);
});

test("a line breaks at a gap and goes on after it", () => {
  const points = [[0, 1], [2, 3], [4, NaN], [5, 6], [7, 8]];
  assert.equal(linePath(points), "M0,1L2,3M5,6L7,8");
  assert.deepEqual(knownOf(points), [[0, 1], [2, 3], [5, 6], [7, 8]]);
  assert.equal(linePath([]), "");
  assert.equal(linePath(points, "hv"), "M0,1H2V3M5,6H7V8");
});

test("an error reaches from end to end with a hat at each, where its point and its ends are known", () => {
  const points = [[10, 20], [NaN, 5], [30, 40]];
  const ends = (at) => [[5, 15], [1, 2], [25, NaN]][at];
  assert.equal(errorPath(points, "x", ends, 0), "M5,20H15");
  assert.equal(errorPath(points, "y", ends, 2), "M10,5V15M8,5h4M8,15h4");
});

test("plain is a trace whose points all look as the first, joined by straight lines", () => {
  const plain = { mode: "lines+markers", marker: { color: "red", size: 3 }, line: { shape: "linear" }, fill: "none" };
  assert.equal(isPlain(plain), true);
  assert.equal(isPlain({ mode: "lines" }), true);
  assert.equal(isPlain({ mode: "markers+text", line: { shape: "hv" } }), true);
  for (const other of [{ mode: "none" }, { mode: "lines+none" }, { marker: { color: ["red"] } }, { marker: { size: Float32Array.of(1) } },
    { marker: { symbol: ["x"] } }, { fill: "tozeroy" }, { line: { shape: "spline" } }]) assert.equal(isPlain({ ...plain, ...other }), false);
});

test("letters stand at their points; one without a point, and an empty one, are left out", () => {
  assert.equal(lettersAt(["a", "&lt;", "", "d", "e"], [[1, 2], [3, 4], [5, 6], [NaN, 1]]),
    '<text x="1" y="2">a</text><text x="3" y="4">&lt;</text>');
});

test("bold and coloured letters are spans; mark-up of which more must be known is Plotly's", () => {
  assert.equal(lettersAt(["<b>a</b> &lt; <span style='color:red'>b</span>"], [[1, 2]]),
    '<text x="1" y="2"><tspan style="font-weight: bold">a</tspan><tspan style=""> &lt; </tspan><tspan style="fill: red">b</tspan></text>');
  for (const word of ["a<br>b", "a<sub>1</sub>", "<a>b</a>"]) assert.equal(lettersAt(["plain", word], [[1, 2], [3, 4]]), null, word);
});

test("bars grow from 0 to their values, upwards or to the right, and a gap has none", () => {
  const places = [{ p0: 0, p1: 2 }, { p0: 4, p1: 6 }, { p0: 8, p1: 10 }];
  assert.equal(barPath([0.5, null, NaN], places, x, y, false), "M0,200V100H20V200Z");
  assert.equal(barPath(Float32Array.of(0, 0.5, 1), places, x, y, false), "M0,200V200H20V200ZM40,200V100H60V200ZM80,200V0H100V200Z");
  assert.equal(barPath([5], [{ p0: 0, p1: 0.5 }], y, x, true), "M0,200V100H50V200Z");
});

test("a bar below 0 hangs from where 0 is", () => {
  assert.equal(barPath([-1], [{ p0: 0, p1: 2 }], x, axis("y", [-1, 1], 0, 100), false), "M0,50V100H20V50Z");
});
