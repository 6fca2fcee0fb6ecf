import assert from "node:assert/strict";
import test from "node:test";

import { setFrame, spaced } from "../../../../nlviz/widgets/static/player/figure.js";

test("an empty letter of a trace becomes a blank; other attributes and the layout's stay", () => {
  assert.deepEqual(spaced({ trace: 0, path: "text" }, ["a", "", "c"]), ["a", " ", "c"]);
  assert.deepEqual(spaced({ trace: 0, path: "text" }, [""]), [" "]);
  assert.deepEqual(spaced({ trace: 0, path: "hovertext" }, ["a", ""]), ["a", ""]);
  assert.deepEqual(spaced({ trace: -1, path: "text" }, ["a", ""]), ["a", ""]);
  assert.deepEqual(spaced({ trace: 0, path: "text" }, [["a", ""]]), [["a", ""]]);
});

test("a frame puts its values where the tracks say, and tells which tracks show something else", () => {
  const [rows, range, color] = [
    { trace: 0, path: "y", values: [[1], [2], [3]] },
    { trace: -1, path: "xaxis.range", values: [Float32Array.of(0, 1), Float32Array.of(1, 2)], index: [0, 0, 1] },
    { trace: 0, path: "marker.color", values: ["red"], index: [0, 0, 0] },
  ];
  const picture = { data: [{ y: [] }], layout: {}, frames: { tracks: [rows, range, color] } };
  const states = [];
  assert.deepEqual(setFrame(picture, 0, states), [rows, range, color]);
  assert.deepEqual(setFrame(picture, 1, states), [rows]);
  assert.deepEqual(setFrame(picture, 2, states), [rows, range]);
  assert.deepEqual(setFrame(picture, 2, states), []);
  assert.deepEqual(picture.data, [{ y: [3], marker: { color: "red" } }]);
  assert.deepEqual(picture.layout, { xaxis: { range: [1, 2] } });
  assert.ok(Array.isArray(picture.layout.xaxis.range));
});

test("a picture that does not move has nothing to put", () => {
  assert.deepEqual(setFrame({ data: [], layout: {}, frames: null }, 0, []), []);
});
