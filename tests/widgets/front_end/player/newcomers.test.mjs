import assert from "node:assert/strict";
import test from "node:test";

import { follow, keepColours, NEW, theirs } from "../../../../nlviz/widgets/static/player/newcomers.js";

const picture = (count) => ({ data: Array.from({ length: count }, () => ({ type: "scatter" })), layout: {} });

test("each trace is Plotly's of the same number until others come, and is followed through every turn", () => {
  const node = {};
  assert.deepEqual(theirs(node, picture(2)), [0, 1]);
  follow(node, picture(2), [0, NEW, 1]);
  assert.deepEqual(theirs(node, picture(3)), [0, NEW, 1]);
  follow(node, picture(3), [1, 2]);
  assert.deepEqual(theirs(node, picture(2)), [NEW, 1]);
});

test("a trace of another number keeps its look if it has a colour of its own", () => {
  const [plain, red, cells] = [{ type: "bar" }, { type: "bar", marker: { color: "red" } }, { type: "heatmap" }];
  assert.equal(keepColours([plain, red], [0, 2]), true);
  assert.equal(keepColours([cells, plain], [1, NEW]), true);
  assert.equal(keepColours([red, plain], [0, 2]), false);
});
