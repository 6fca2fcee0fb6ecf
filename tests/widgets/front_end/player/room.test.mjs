import assert from "node:assert/strict";
import test from "node:test";

import { pictureHeight, viewHeight } from "../../../../nlviz/widgets/static/player/room.js";

const page = { panel: 0, inner: 700, framed: false, content: 3000, screen: 768 };

test("a picture takes what the lab round it leaves, between what can be read and what a hand goes through", () => {
  assert.equal(pictureHeight(600, 100, false), 464);
  assert.deepEqual([pictureHeight(300, 200, false), pictureHeight(2000, 100, false)], [280, 560]);
});

test("on a page of its own it takes all there is", () => {
  assert.deepEqual([pictureHeight(1080, 100.5, true), pictureHeight(200, 100, true)], [977, 280]);
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
