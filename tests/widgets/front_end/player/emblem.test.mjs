import assert from "node:assert/strict";
import test from "node:test";

import { actsIn, arc } from "../../../../nlviz/widgets/static/player/emblem.js";

const WHOLE = ["inner read", "inner error", "inner write"];

test("without frames nothing acts; a frame without parts is the whole inner loop", () => {
  assert.deepEqual(actsIn(null, 0), []);
  assert.deepEqual(actsIn({}, 3), WHOLE);
  assert.deepEqual(actsIn({ parts: [] }, 3), WHOLE);
});

test("a part of a step acts alone, whatever the view calls it", () => {
  const parts = ["read", "error", "outer product", "new M"];
  assert.deepEqual([0, 1, 2, 3, 4].map((frame) => actsIn({ parts }, frame)), [["inner read"], ["inner error"], ["inner write"], ["inner write"], ["inner read"]]);
  assert.deepEqual(actsIn({ parts: ["read", "error", "write", "decay"] }, 7), ["inner write"]);
});

test("what a view says goes before its parts: a part, a whole loop, or nothing", () => {
  const frames = { parts: ["read", "error", "write"], acts: ["outer read", "outer", "", "inner read error", "inner"] };
  const outer = ["outer read", "outer error", "outer write"];
  assert.deepEqual([0, 1, 2, 3, 4].map((frame) => actsIn(frames, frame)), [[outer[0]], outer, [], WHOLE.slice(0, 2), WHOLE]);
});

test("an arc goes with the clock, from left over the top", () => {
  assert.equal(arc([20, 20], 10, [180, 90]), "M10.00,20.00A10,10 0 0 1 20.00,10.00");
});
