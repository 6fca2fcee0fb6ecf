import assert from "node:assert/strict";
import test from "node:test";

import { changesOf, differences, same } from "../../../../nlviz/widgets/static/player/changes.js";

const picture = (changed = {}) => ({
  data: [{ type: "scatter", y: Float32Array.of(1, NaN), marker: { size: 4, color: "red" } }, { type: "bar", y: [1, 2] }],
  layout: { title: { text: "a" }, shapes: [{ x0: 0, x1: 0 }, { x0: 1, x1: 1 }], xaxis: { range: [0, 1] } },
  frames: { tracks: [{ trace: -1, path: "shapes[0].x0" }] },
  handles: [{ shape: 1 }],
  ...changed,
});

test("equal are numbers, gaps, words, lists of any kind and trees", () => {
  for (const [one, other] of [[1, 1], [NaN, NaN], ["a", "a"], [[1, [2]], [1, [2]]], [Float32Array.of(1, NaN), [1, NaN]],
    [{ a: { b: [1] } }, { a: { b: [1] } }], [null, null]]) assert.equal(same(one, other), true);
});

test("not equal is what differs in one number, in length, in a name or in kind", () => {
  for (const [one, other] of [[1, 2], [0, null], [[1, 2], [1]], [[1], [2]], [{ a: 1 }, { b: 1 }], [{ a: 1 }, { a: 1, b: undefined, c: 1 }],
    [[1], 1], [["a"], "a"], [{}, []], [NaN, 0], [null, {}]]) assert.equal(same(one, other), false, `${one} ${other}`);
});

test("differences are named by the paths that tracks use; shapes are told apart, other lists are one value", () => {
  const one = { a: { b: 1, c: [1, 2] }, shapes: [{ x0: 0 }, { x0: 1 }], ticktext: ["p", "q"] };
  const other = { a: { b: 2, c: [1, 3] }, shapes: [{ x0: 0 }, { x0: 9 }], ticktext: ["p", "r"], added: 1 };
  assert.deepEqual([...differences(one, other)].sort(), ["a.b", "a.c", "added", "shapes[1].x0", "ticktext"]);
  assert.deepEqual([...differences(one, { ...one, shapes: [{ x0: 0 }] })], ["shapes"]);
  assert.deepEqual([...differences(one, { ...one, shapes: [{ x0: 9 }, { x0: 1 }], a: null })], ["a", "shapes[0].x0"]);
  assert.deepEqual([...differences(one, structuredClone(one))], []);
});

test("a picture differs from another by attributes of traces and of the layout", () => {
  const after = picture();
  after.data[1].y = [1, 3];
  after.data[0].marker.color = "blue";
  after.layout.title.text = "b";
  assert.deepEqual(changesOf(picture(), after), [
    { trace: 0, path: "marker.color" }, { trace: 1, path: "y" }, { trace: -1, path: "title.text" }]);
  assert.deepEqual(changesOf(picture(), picture()), []);
});

test("pictures made differently have no list of changes: other traces, other kinds, other things that move", () => {
  const [one] = picture().data;
  assert.equal(changesOf(picture(), picture({ data: [one] })), null);
  assert.equal(changesOf(picture(), picture({ data: [one, { type: "heatmap" }] })), null);
  assert.equal(changesOf(picture(), picture({ frames: { tracks: [{ trace: 0, path: "y" }] } })), null);
  assert.equal(changesOf(picture(), picture({ frames: null })), null);
  assert.equal(changesOf(picture(), picture({ handles: [{ shape: 0 }] })), null);
});
