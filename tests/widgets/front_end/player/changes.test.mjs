import assert from "node:assert/strict";
import test from "node:test";

import { changesOf, continued, differences, same } from "../../../../nlviz/widgets/static/player/changes.js";

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

test("a trace continues the one in its place, or, where others come and go, the one that is called as it is", () => {
  const [bars, one, other] = [{ type: "bar" }, { type: "scatter", name: "one" }, { type: "scatter", name: "other" }];
  assert.deepEqual(continued([one, bars], [other, bars]), [0, 1]);
  assert.deepEqual(continued([one, bars], [one, other, bars]), [0, -1, 1]);
  assert.deepEqual(continued([one, other, bars], [other, bars]), [1, 2]);
  // drawn in another order they are others
  assert.deepEqual(continued([one, other, bars], [other, one]), [1, -1]);
  assert.deepEqual(continued([], [one]), [-1]);
});

test("a trace that was not there is one change as a whole", () => {
  const after = picture();
  after.data.splice(1, 0, { type: "scatter", name: "new" });
  assert.deepEqual(changesOf(picture(), after), [{ trace: 1, path: "" }]);
});

test("shapes and words that are drawn beside Plotly's picture are no change of it, however many and whatever moves", () => {
  const after = picture({ frames: null, handles: [{ shape: 0 }] });
  after.layout.shapes = [{ x0: 5 }];
  after.layout.annotations = [{ text: "new" }];
  assert.deepEqual(changesOf(picture(), after), []);
  // but those that only Plotly can draw are
  after.layout.shapes = [{ type: "path", path: "M0,0L1,1" }];
  assert.deepEqual(changesOf(picture(), after), [{ trace: -1, path: "shapes" }]);
});
