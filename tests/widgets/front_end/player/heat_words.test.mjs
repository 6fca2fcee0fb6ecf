import assert from "node:assert/strict";
import test from "node:test";

import { cellWords, isDark, letterFor } from "../../../../nlviz/widgets/static/player/heat_words.js";

test("a cell says its text or its number, as the template has it; a gap says nothing", () => {
  assert.deepEqual(cellWords({ texttemplate: "%{text}" }, { z: [[1, 2]], text: [["a", ""]] }), [["a", ""]]);
  assert.deepEqual(cellWords({ texttemplate: "%{text}" }, { z: [[1], [2]], text: [["a"]] }), [["a"], [""]]);
  assert.deepEqual(cellWords({ texttemplate: "%{z:.2f}" }, { z: [Float32Array.of(0.125, -1, NaN), [null, 2, 3]] }), [["0.13", "−1.00", ""], ["", "2.00", "3.00"]]);
});

test("other templates and words with mark-up are Plotly's", () => {
  assert.equal(cellWords({ texttemplate: "%{x}" }, { z: [[1]] }), null);
  assert.equal(cellWords({ texttemplate: "%{text}" }, { z: [[1]], text: [["a<br>b"]] }), null);
});

test("letters are as large as the longest word in a cell lets them be, and not larger than twelve pixels", () => {
  assert.deepEqual([letterFor([["0.25", "1"]], 40, 40), letterFor([["0.25"]], 200, 40), letterFor([["a"]], 40, 7)], [10, 12, 7]);
  assert.deepEqual([letterFor([[""]], 40, 40), letterFor([["0.25"]], 4, 40)], [0, 0]);
});

test("white stands on dark colours", () => {
  // red in the low byte
  assert.deepEqual([0xff000000, 0xffffffff, 0xffff0000, 0xff00ff00, 0xff0000ff].map(isDark), [true, false, true, false, true]);
});
