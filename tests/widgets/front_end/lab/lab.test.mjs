import assert from "node:assert/strict";
import test from "node:test";

import { outside } from "../../../../nlviz/widgets/static/lab/lab.js";

const row = { left: 100, right: 400 };

test("a row stands still for what is seen whole, and goes as far as what is seen in part", () => {
  assert.equal(outside(row, { left: 100, right: 400 }), 0);
  assert.equal(outside(row, { left: 350, right: 420 }), 20);
  assert.equal(outside(row, { left: 60, right: 130 }), -40);
});

test("of what is wider than the row its start is seen", () => {
  assert.equal(outside(row, { left: 150, right: 600 }), 50);
});
