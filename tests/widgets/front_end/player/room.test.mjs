import assert from "node:assert/strict";
import test from "node:test";

import { seenHeight, viewHeight } from "../../../../nlviz/widgets/static/player/room.js";

const page = { panel: 0, inner: 700, framed: false, content: 3000, screen: 768 };

test("as much of a picture is seen as the lab round it leaves, and no more than a hand goes through", () => {
  assert.deepEqual([seenHeight(600, 100, false), seenHeight(300, 200, false), seenHeight(2000, 100, false)], [464, 64, 560]);
});

test("on a page of its own it takes all there is", () => {
  assert.deepEqual([seenHeight(1080, 100.5, true), seenHeight(200, 100, true)], [977, 280]);
});

test("a notebook shows as much as its panel, another page as much as its window", () => {
  assert.equal(viewHeight({ ...page, panel: 647 }), 647);
  assert.equal(viewHeight(page), 700);
  assert.equal(viewHeight({ ...page, framed: true }), 700);
});

test("a frame that is as high as what it holds is not asked: the screen is", () => {
  assert.equal(viewHeight({ ...page, framed: true, content: 700 }), 578);
  assert.equal(viewHeight({ ...page, framed: true, inner: 100, content: 60, screen: 300 }), 280);
});
