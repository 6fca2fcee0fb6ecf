import assert from "node:assert/strict";
import test from "node:test";

import { assign, refill, stateAt, unpack } from "../../../../nlviz/widgets/static/player/unpack.js";

/** A buffer as Python packs it, `skip` bytes into its message: there it need not stand at a multiple of its item size. */
function packed(numbers, shape, { skip = 1, ...more } = {}) {
  const bytes = new Uint8Array(skip + numbers.byteLength);
  bytes.set(new Uint8Array(numbers.buffer), skip);
  const dtype = numbers.constructor.name.replace("Array", "").toLowerCase();
  return { packed: new DataView(bytes.buffer, skip, numbers.byteLength), dtype, shape, key: `${dtype}${numbers}`, ...more };
}

test("buffers become typed arrays of their kind, wherever they stand in the message", () => {
  for (const Kind of [Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Uint8Array, Uint16Array, Uint32Array]) {
    for (const skip of [0, 1, 3]) assert.deepEqual(unpack(packed(Kind.of(1, 2, 3), [3], { skip })), Kind.of(1, 2, 3));
  }
});

test("outer axes become arrays, the last stays a view on the same numbers", () => {
  const cube = unpack(packed(Float32Array.from({ length: 12 }, (_, at) => at), [2, 3, 2]));
  assert.deepEqual(cube.map((rows) => rows.map((row) => [...row])), [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]]);
  assert.equal(cube[0][0].buffer, cube[1][2].buffer);
});

test("whole steps become the numbers they stand for, and the gap no number", () => {
  const codes = packed(Uint16Array.of(0, 2, 65534, 65535), [4], { low: -1, step: 0.5, gap: 65535 });
  assert.deepEqual(unpack(codes), Float32Array.of(-1, 0, -1 + 65534 * 0.5, NaN));
});

test("words that travel in a buffer are words again", () => {
  const letters = new TextEncoder().encode('["ä", "b"]');
  assert.deepEqual(unpack({ labels: { ...packed(letters, [2]), dtype: "json" } }), { labels: ["ä", "b"] });
});

test("a buffer is opened once: what two pictures share is the same object", () => {
  const shared = packed(Float32Array.of(1), [1]);
  assert.equal(unpack({ a: shared }).a, unpack({ b: [shared] }).b[0]);
});

test("everything else stays as it is", () => {
  const tree = { a: null, b: [1, "two", { c: true }], d: { e: 0 } };
  assert.deepEqual(unpack(tree), tree);
});

test("what was left out is put in from the last picture, as the object it was", () => {
  const old = packed(Float32Array.of(1, 2), [2]);
  const tree = { data: [{ y: { kept: old.key } }, { x: [0, 1] }], frames: null };
  assert.equal(refill(tree, { frames: { tracks: [{ values: old }] }, alt: "words" }), true);
  assert.equal(tree.data[0].y, old);
});

test("a buffer that the last picture had not is missed", () => {
  assert.equal(refill({ data: [{ y: { kept: "unknown" } }] }, { data: [packed(Float32Array.of(1), [1])] }), false);
  assert.equal(refill({ data: [{ y: [1, 2] }], alt: "" }, {}), true);
  const had = packed(Float32Array.of(1), [1]);
  assert.equal(refill({ x: { kept: had.key }, y: { kept: "unknown" } }, { data: had }), false);
});

test("a value is set by its path, in lists and in trees that are not there yet", () => {
  const target = { shapes: [{ x0: 1 }, { x0: 2 }] };
  assign(target, "shapes[1].x0", 5);
  assign(target, "marker.color", "red");
  assign(target, "z", [0]);
  assert.deepEqual(target, { shapes: [{ x0: 1 }, { x0: 5 }], marker: { color: "red" }, z: [0] });
});

test("a frame shows the state of its index, the only state, or that of its own number", () => {
  assert.equal(stateAt({ index: [4, 7] }, 1, new Array(9)), 7);
  assert.equal(stateAt({}, 3, ["only"]), 0);
  assert.equal(stateAt({}, 3, new Array(5)), 3);
});
