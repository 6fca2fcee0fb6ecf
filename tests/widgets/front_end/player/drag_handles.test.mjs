import assert from "node:assert/strict";
import test from "node:test";

import { stepped } from "../../../../nlviz/widgets/static/player/drag_handles.js";

test("a drag gives the nearest step of the knob, inside the handle's ends", () => {
  const grip = { low: 0, high: 2, control: { low: 0, step: 0.1 } };
  assert.deepEqual([0.26, 0.24, -3, 7, 0.3].map((value) => stepped(value, grip)), [0.3, 0.2, 0, 2, 0.3]);
});

test("steps count from the knob's own low end; a knob without steps takes any number", () => {
  assert.equal(stepped(0.4, { low: 0, high: 2, control: { low: 0.25, step: 0.5 } }), 0.25);
  assert.equal(stepped(0.123456, { low: 0, high: 2, control: { low: 0, step: null } }), 0.123456);
});
