import assert from "node:assert/strict";
import test from "node:test";

import { shapesAt } from "../../../../nlviz/widgets/static/player/overlay.js";

const picture = {
  layout: { shapes: [{ x0: 0 }, { x0: 1 }, { x0: 2, layer: "below" }, { x0: 3 }], annotations: [{}, {}] },
  data: [{}],
  frames: {
    tracks: [
      { trace: -1, path: "title.text", values: ["p", "q", "r"] },
      { trace: -1, path: "shapes[0].x0", values: [10, 11, 12] },
      { trace: -1, path: "shapes[0].x1", values: [20, 21], index: [0, 0, 1] },
      { trace: -1, path: "shapes[2].x0", values: [0] },
      { trace: -1, path: "annotations[1].x", values: [0, 1, 2] },
      { trace: -1, path: "annotations[0].text", values: ["a", "b", "c"] },
      { trace: 0, path: "y", values: [] },
    ],
  },
};

test("the shapes of a frame are copies with what its tracks say", () => {
  assert.deepEqual(shapesAt(picture, 2, (number) => number === 0), { 0: { x0: 12, x1: 21 } });
  assert.deepEqual(picture.layout.shapes[0], { x0: 0 });
});
