import assert from "node:assert/strict";
import test from "node:test";

import { cursorOn, numbersOf, summarise, valueAtCursor } from "../../../../nlviz/widgets/static/player/words.js";

const layout = {
  shapes: [{ type: "line", x0: 1, x1: 2 }, { type: "line", x0: 1.5, x1: 1.5 }, { type: "line", x0: 9, x1: 9, xref: "x2" }],
  xaxis: { title: { text: "token <i>t</i>" } },
  yaxis: { title: "error" },
  coloraxis: { colorbar: { title: { text: "weight" } } },
};

test("the cursor of a panel is its upright line", () => {
  assert.deepEqual([cursorOn(layout, "x"), cursorOn(layout, "x2"), cursorOn({}, "x")], [1.5, 9, undefined]);
});

test("the numbers of a trace are those of its values, a matrix's all of them", () => {
  assert.deepEqual(numbersOf({ type: "heatmap", z: [Float32Array.of(1, 2), [3]] }), { values: [1, 2, 3] });
  assert.deepEqual(numbersOf({ type: "bar", orientation: "h", x: [1, 2], y: ["a", "b"] }), { values: [1, 2], places: undefined });
  assert.deepEqual(numbersOf({ y: Float32Array.of(4), x: [0] }), { values: [4], places: [0] });
});

test("at the cursor stands the value of the last place at or before it", () => {
  assert.equal(valueAtCursor({ x: [0, 1, 2], y: [10, 11, 12] }, layout), 11);
  assert.equal(valueAtCursor({ x: [0, 1.5, 2], y: [10, 11, 12] }, layout), 11);
  assert.equal(valueAtCursor({ x: [0, null, 2], y: [10, 11, 12] }, layout), 10);
  assert.equal(valueAtCursor({ x: [2, 3], y: [10, 11] }, layout), NaN);
  assert.equal(valueAtCursor({ x: [0], y: [null] }, layout), NaN);
  assert.equal(valueAtCursor({ x: [0], y: [1], xaxis: "x3" }, layout), NaN);
});

test("a row for each trace with numbers: where, what, and its numbers in short", () => {
  const data = [
    { type: "scatter", name: "loss <b>L</b>", x: [0, 1, 2], y: [1, 3.14159265, NaN] },
    { type: "heatmap", z: [[-1, 1], [null, 3]], coloraxis: "coloraxis", xaxis: "x2", yaxis: "y2" },
    { type: "bar", y: [] },
    { type: "scatter", mode: "text", y: [1] },
    { type: "scatter", hoverinfo: "skip", y: [1] },
  ];
  assert.deepEqual(summarise({ data, layout }), [
    { panel: "error by token t", name: "loss L", numbers: ["3.142", "1", "2.071", "3.142"] },
    { panel: "", name: "weight", numbers: ["–", "-1", "1", "3"] },
  ]);
});

test("a trace without a name is called by its colours or its kind", () => {
  const name = (trace) => summarise({ data: [{ y: [1], z: [[1]], ...trace }], layout })[0].name;
  assert.deepEqual([name({ type: "bar" }), name({ type: "scatter" }), name({ type: "box" })], ["bars", "points", "values"]);
  assert.equal(name({ type: "heatmap", colorbar: { title: { text: "error" } } }), "error");
});

test("a matrix of many numbers is summed up too", () => {
  const z = Array.from({ length: 600 }, () => new Float32Array(600).fill(2));
  assert.deepEqual(summarise({ data: [{ type: "heatmap", z }], layout })[0].numbers, ["–", "2", "2", "2"]);
});
