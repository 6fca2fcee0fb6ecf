import assert from "node:assert/strict";
import test from "node:test";

import { band, dashes, drawable, outlineOf, pointIn, shapeLook } from "../../../../nlviz/widgets/static/player/shapes.js";
import { layout } from "../layout.mjs";

const line = { type: "line", xref: "x", yref: "y domain", x0: 5, x1: 5, y0: 0, y1: 1 };

test("a reference to an axis, to its panel or to the paper is a place in pixels", () => {
  const at = (letter, ref, value) => band(layout(), letter, ref).at(value);
  assert.deepEqual([at("x", "x", 5), at("x", undefined, 0), at("x", "x2", 0), at("x", "x2 domain", 1), at("x", "paper", 0.5)], [90, 40, 290, 340, 190]);
  assert.deepEqual([at("y", "y", 1), at("y", "y2", 1), at("y", "y domain", 1), at("y", "y domain", 0), at("y", "paper", 0)], [20, 170, 20, 220, 220]);
  assert.deepEqual(["x", "y"].map((letter) => band(layout(), letter, "paper").start), [0, 0]);
  assert.deepEqual([band(layout(), "x", "x2").start, band(layout(), "x", "x2").length, band(layout(), "y", "paper").length], [240, 100, 300]);
});

test("a line is clipped to its panel, but not by half of its width where it spans the panel", () => {
  assert.deepEqual(outlineOf(layout(), line), { view: { x: 40, y: 16, width: 100, height: 208 }, path: "M50,204L50,4" });
});

test("so is one that lies across its panel", () => {
  const lying = { type: "line", xref: "x2 domain", yref: "y2", x0: 0, x1: 1, y0: 1, y1: 3 };
  assert.deepEqual(outlineOf(layout(), lying), { view: { x: 236, y: 20, width: 108, height: 200 }, path: "M4,150L104,50" });
});

test("a rectangle goes from corner to corner, an ellipse round the middle", () => {
  const box = { type: "rect", x0: 2, x1: 4, y0: 0.25, y1: 0.75 };
  assert.equal(outlineOf(layout(), box).path, "M20,150H40V50H20Z");
  assert.equal(outlineOf(layout(), { ...box, type: "circle" }).path, "M20,100a10,50 0 1 0 20,0a10,50 0 1 0 -20,0Z");
});

test("what has no place is not drawn", () => {
  assert.equal(outlineOf(layout(), { ...line, x0: NaN }).path, null);
  assert.equal(outlineOf(layout(), { ...line, y1: Infinity }).path, null);
});

test("the template's shape of that name and its defaults decide where the shape says nothing", () => {
  const template = { layout: {
    shapedefaults: { opacity: 0.5, line: { width: 1, color: "grey" } },
    shapes: [{ name: "curtain", visible: false, fillcolor: "white", line: { width: 0 } }],
  } };
  assert.deepEqual(shapeLook({ line: { color: "red", dash: "dot" } }, template),
    { fill: "none", stroke: "red", "stroke-width": 1, "stroke-dasharray": "3 3", opacity: 0.5, visibility: "inherit" });
  assert.deepEqual(shapeLook({ templateitemname: "curtain", visible: true, opacity: 1 }, template),
    { fill: "white", stroke: "none", "stroke-width": 0, "stroke-dasharray": "", opacity: 1, visibility: "inherit" });
  assert.equal(shapeLook({ templateitemname: "curtain" }, template).visibility, "hidden");
  assert.deepEqual(shapeLook({}, undefined), { fill: "none", stroke: "#444", "stroke-width": 2, "stroke-dasharray": "", opacity: 1, visibility: "inherit" });
});

test("dashes are in widths of the line, those of a thin one as of three pixels", () => {
  assert.deepEqual([dashes("dash", 1), dashes("dashdot", 4), dashes("solid", 4), dashes(undefined, 4)], ["9 9", "12 4 4 4", "", ""]);
});

test("what lies between the data, is a path, is measured in pixels or has words is left to Plotly", () => {
  for (const ours of [line, { layer: "below" }, { type: "circle" }]) assert.equal(drawable(ours), true);
  for (const other of [undefined, { type: "path" }, { layer: "between" }, { xsizemode: "pixel" }, { label: { text: "here" } }]) assert.equal(drawable(other), false);
});

test("a pointer is found in the figure's own pixels, also where the page shows it at half its size", () => {
  const node = { offsetWidth: 400, getBoundingClientRect: () => ({ left: 100, top: 50, width: 200 }) };
  assert.deepEqual(pointIn(node, { clientX: 150, clientY: 60 }), [100, 20]);
  assert.deepEqual(pointIn({ ...node, offsetWidth: 200 }, { clientX: 150, clientY: 60 }), [50, 10]);
  const hidden = { offsetWidth: 0, getBoundingClientRect: () => ({ left: 0, top: 0, width: 0 }) };
  assert.deepEqual(pointIn(hidden, { clientX: 3, clientY: 4 }), [3, 4]);
});
