import assert from "node:assert/strict";
import test from "node:test";

import { justRun, scrollFor } from "../../../../nlviz/widgets/static/player/arrival.js";

test("a cell was just run if it is the active one, or the one before it", () => {
  const [next, other] = [{}, {}];
  const cell = { nextElementSibling: next };
  assert.deepEqual([next, cell, other, null].map((active) => justRun(cell, active)), [true, true, false, false]);
  assert.equal(justRun({ nextElementSibling: null }, null), false);
});

test("a lab that is seen whole stays where it is; else its top comes to the top", () => {
  const view = { top: 100, bottom: 700 };
  assert.equal(scrollFor({ top: 110, bottom: 690 }, view), 0);
  assert.equal(scrollFor({ top: 400, bottom: 1000 }, view), 296);
  assert.equal(scrollFor({ top: -200, bottom: 400 }, view), -304);
});
