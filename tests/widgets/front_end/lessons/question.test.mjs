import assert from "node:assert/strict";
import test from "node:test";

import { filled, parts, short } from "../../../../nlviz/lessons/static/drawing.js";
import { heightBy, ruler } from "../../../../nlviz/lessons/static/sketch.js";

test("a sentence is filled in where its braces say; what is not known stays", () => {
  assert.equal(filled("point {number} of {points} at {where}", { number: 0, points: "3" }), "point 0 of 3 at {where}");
});

test("a number has four digits that matter", () => {
  assert.deepEqual([1234.56, 0.000123456, 1, -2.5].map(short), ["1235", "0.0001235", "1", "-2.5"]);
});

test("a ruler leads from values to pixels and back, upwards too", () => {
  const { at, value } = ruler({ low: -1, high: 3 }, 254, 14);
  assert.deepEqual([at(-1), at(3), at(1)], [254, 14, 134]);
  assert.deepEqual([254, 14, 134].map(value), [-1, 3, 1]);
});

test("arrows move a point by a fortieth, the page keys by five, Home and End to the ends", () => {
  const axis = { low: 0, high: 40 };
  const keys = ["ArrowUp", "ArrowRight", "ArrowDown", "ArrowLeft", "PageUp", "PageDown", "Home", "End", "a"];
  assert.deepEqual(keys.map((key) => heightBy(key, 10, axis)), [11, 11, 9, 9, 15, 5, 0, 40, undefined]);
});

test("stressed words and code are told from the rest; a lone star or backquote is a character", () => {
  assert.deepEqual(parts("reads `KEY=4821` once, *delta* 2 * 3"), [
    { tag: "", words: "reads " },
    { tag: "code", words: "KEY=4821" },
    { tag: "", words: " once, " },
    { tag: "em", words: "delta" },
    { tag: "", words: " 2 * 3" },
  ]);
});
