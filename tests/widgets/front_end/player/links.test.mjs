import assert from "node:assert/strict";
import test from "node:test";

import { frameOf } from "../../../../nlviz/widgets/static/player/links.js";

test("a point leads to the frame that its trace's link names for it, in the state that is shown", () => {
  const frames = { links: [
    { trace: 1, frames: [[5, -1, 7]] },
    { trace: 2, frames: [[[0, 1]], [[2, 3]]], index: [0, 1] },
    { axis: "x", times: [0] },
  ] };
  assert.equal(frameOf({ frames, frame: 1 }, 1, 2), 7);
  assert.equal(frameOf({ frames, frame: 1 }, 2, [0, 1]), 3);
  assert.equal(frameOf({ frames, frame: 0 }, 2, [0, 1]), 1);
  assert.equal(frameOf({ frames, frame: 0 }, 2, [0, 0]), 0);
  for (const [curve, point] of [[1, 1], [1, 9], [2, [4, 0]], [3, 0]]) assert.equal(frameOf({ frames, frame: 0 }, curve, point), null);
  assert.equal(frameOf({ frames: null, frame: 0 }, 1, 0), null);
});
