import assert from "node:assert/strict";
import test from "node:test";

import { frameBy, longest, scrolls, within } from "../../../../nlviz/widgets/static/player/transport.js";

const frames = { labels: ["a", "b", "c", "d", "e", "f"] };
const parts = { ...frames, parts: ["read", "error", "write"] };

test("arrows go by a step, the page keys by ten, Home and End to the ends", () => {
  const keys = ["ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown", "PageUp", "PageDown", "Home", "End"];
  assert.deepEqual(keys.map((key) => frameBy(key, 2, frames)), [3, 3, 1, 1, 12, -8, -Infinity, Infinity]);
});

test("a step shows the same part of another step; comma and full stop go by a part, where there are parts", () => {
  assert.deepEqual(["ArrowRight", ",", "."].map((key) => frameBy(key, 1, parts)), [4, 0, 2]);
  assert.deepEqual([frameBy(",", 1, frames), frameBy(".", 1, { ...frames, parts: [] })], [undefined, undefined]);
});

test("other keys lead nowhere", () => {
  for (const key of ["a", "Enter", " "]) assert.equal(frameBy(key, 1, parts), undefined, key);
});

test("a frame beyond the ends is the end", () => {
  assert.deepEqual([-Infinity, -1, 0, 5, 6, Infinity].map((frame) => within(frame, frames)), [0, 0, 0, 5, 5, 5]);
});

test("up and down scroll a picture that is seen in part, and step where it is seen whole, or on the slider", () => {
  const target = (scrollHeight, figure = true) => ({ scrollHeight, clientHeight: 300, matches: () => figure });
  assert.deepEqual(["ArrowDown", "ArrowUp", "ArrowRight", "End"].map((key) => scrolls(key, target(700))), [true, true, false, false]);
  assert.deepEqual([scrolls("ArrowDown", target(300)), scrolls("ArrowDown", target(700, false))], [false, false]);
});

test("there is room for the longest labels, each once, and for no more than sixty", () => {
  assert.deepEqual(longest(["a", "ccc", "bb", "ccc", "a"]), ["ccc", "bb", "a"]);
  const labels = Array.from({ length: 100 }, (_, number) => "x".repeat(number + 1));
  assert.deepEqual(longest(labels).map((label) => label.length), Array.from({ length: 60 }, (_, place) => 100 - place));
  assert.equal(labels[0], "x", "in the order they came");
});
