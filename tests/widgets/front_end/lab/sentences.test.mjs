import assert from "node:assert/strict";
import test from "node:test";

import { asked, meant, nearest, valueOf } from "../../../../nlviz/widgets/static/lab/sentences.js";

const distance = { name: "distance", label: "distance", kind: "number", low: 13, high: 200, step: 1 };
const metric = { name: "metric", label: "surprise", kind: "choice", options: ["entropy (bits)", 16] };
const pulsed = { name: "pulsed", label: "pulsed", kind: "switch" };
const line = { name: "line", label: "your line", kind: "line", most: 6 };
const form = { controls: [distance, metric, pulsed], presets: { "out of view": { distance: 60, metric: 16, pulsed: false } } };
const change = (href) => meant(form, asked(href).wishes).change;
const trouble = (href) => meant(form, asked(href).wishes).trouble;

test("a link asks the lab next to it, or one by name; other links ask none", () => {
  assert.deepEqual(asked("#lab?distance=33"), { name: "", wishes: [["distance", "33"]] });
  assert.deepEqual(asked("#lab:write_head?items=8&rule=Delta"), { name: "write_head", wishes: [["items", "8"], ["rule", "Delta"]] });
  for (const href of ["#Terms", "#lab", "#labs?distance=3", "#lab?", "https://somewhere/#lab?distance=3", null]) assert.equal(asked(href), undefined, href);
});

test("a text is a value of a knob as a state string has it, and nothing else is", () => {
  assert.deepEqual([valueOf(distance, "33"), valueOf(distance, "13"), valueOf(distance, "200")], [33, 13, 200]);
  assert.deepEqual(["12", "201", "far", "", " "].map((text) => valueOf(distance, text)), [undefined, undefined, undefined, undefined, undefined]);
  assert.deepEqual([valueOf(metric, "entropy (bits)"), valueOf(metric, "16"), valueOf(metric, "4")], ["entropy (bits)", 16, undefined]);
  assert.deepEqual([valueOf(pulsed, "on"), valueOf(pulsed, "off"), valueOf(pulsed, "yes")], [true, false, undefined]);
  // a line as Python takes it: blanks in a row are one, and bytes are counted
  assert.deepEqual(["my cat", "  my\tcat ", "äöü"].map((text) => valueOf(line, text)), ["my cat", "my cat", "äöü"]);
  assert.deepEqual(["", " ", "my cats", "äöüß"].map((text) => valueOf(line, text)), [undefined, undefined, undefined, undefined]);
});

test("what every object has is no value and no preset", () => {
  for (const name of ["constructor", "toString", "__proto__"]) {
    assert.equal(valueOf(pulsed, name), undefined);
    assert.match(trouble(`#lab?preset=${name}`), /its presets are out of view\. Nothing was turned/);
  }
});

test("a sentence that gives a line of more bytes than it may have says how many there are", () => {
  const asks = (href) => meant({ controls: [line], presets: {} }, asked(href).wishes);
  assert.deepEqual(asks("#lab?line=my+cat"), { change: { line: "my cat" } });
  assert.equal(asks("#lab?line=my+cats").trouble, "The sentence sets line to my cats: line takes a line of 1 to 6 bytes. Nothing was turned.");
});

test("knobs are set together; a preset sets all, and others stand over it wherever it is written", () => {
  assert.deepEqual(change("#lab?distance=33&metric=entropy+%28bits%29"), { distance: 33, metric: "entropy (bits)" });
  assert.deepEqual(change("#lab?distance=33&preset=out+of+view"), { distance: 33, metric: 16, pulsed: false });
});

test("what there is not is said, with what there is, and nothing is turned", () => {
  assert.equal(trouble("#lab?distance=33&distanc=3"), "The sentence turns distanc, which this lab has not. Its knobs are distance, metric, pulsed.");
  assert.equal(trouble("#lab?distance=3000"), "The sentence sets distance to 3000: distance takes a number from 13 to 200. Nothing was turned.");
  assert.equal(trouble("#lab?metric=4"), "The sentence sets metric to 4: metric takes entropy (bits), 16. Nothing was turned.");
  assert.equal(trouble("#lab?pulsed=yes"), "The sentence sets pulsed to yes: pulsed takes on or off. Nothing was turned.");
  assert.equal(trouble("#lab?preset=far"), "The sentence sets preset to far: its presets are out of view. Nothing was turned.");
  assert.match(meant({ controls: [], presets: {} }, [["distance", "33"]]).trouble, /none on this page/);
});

test("the nearest lab is the fewest cells away, of two the one above, in one cell the last before", () => {
  const lab = (away, below) => ({ away, below });
  assert.equal(nearest([lab(3, false), lab(1, true)]), 1);
  assert.equal(nearest([lab(1, false), lab(1, true)]), 0);
  assert.equal(nearest([lab(0, false), lab(0, false), lab(0, true)]), 1);
  assert.equal(nearest([lab(2, true), lab(2, true)]), 0);
  assert.equal(nearest([]), -1);
});
