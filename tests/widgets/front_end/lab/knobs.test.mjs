import assert from "node:assert/strict";
import test from "node:test";

import { holds, inWords, rescaled, scaleOf, taken } from "../../../../nlviz/widgets/static/lab/knobs.js";

const gradient = { high: 1.5, step: 0.02, unit: "" };
const threshold = {
  name: "threshold", label: "threshold", kind: "number", low: 0, high: 8, step: 0.1, unit: "bits",
  scales: { by: "metric", options: { gradient } },
};
const controls = [{ name: "metric", kind: "choice", options: ["surprise", "gradient"] }, threshold, { name: "noise", kind: "switch" }];

test("the scale of a number is that of the option at which the other knob stands, else its own", () => {
  assert.equal(scaleOf(threshold, { metric: "gradient" }), gradient);
  assert.equal(scaleOf(threshold, { metric: "surprise" }), threshold);
  assert.equal(scaleOf(controls[2], { metric: "gradient" }), controls[2]);
});

test("a turn that gives a number another scale keeps its place on the slider, at a whole step", () => {
  const before = { metric: "surprise", threshold: 4, noise: false };
  assert.deepEqual(rescaled(controls, before, { metric: "gradient" }), { metric: "gradient", threshold: 0.76, noise: false });
  const back = { metric: "gradient", threshold: 1.5, noise: false };
  assert.deepEqual(rescaled(controls, back, { metric: "surprise" }), { metric: "surprise", threshold: 8, noise: false });
});

test("the place on a slider is reckoned from its low end", () => {
  const from10 = { ...threshold, low: 10, high: 20, step: 1, scales: { by: "metric", options: { gradient: { high: 50, step: 1 } } } };
  assert.equal(rescaled([from10], { metric: "surprise", threshold: 15 }, { metric: "gradient" }).threshold, 30);
});

test("a turn that names the number itself, or leaves its scale, changes nothing besides", () => {
  const knobs = { metric: "surprise", threshold: 4.05, noise: false };
  assert.deepEqual(rescaled(controls, knobs, { metric: "gradient", threshold: 1 }), { metric: "gradient", threshold: 1, noise: false });
  assert.deepEqual(rescaled(controls, knobs, { noise: true }), { ...knobs, noise: true });
  assert.deepEqual(rescaled(controls, knobs, { metric: "surprise" }), knobs);
  assert.equal(knobs.threshold, 4.05);
});

test("a typed number is taken as the nearest there is; none leaves what was held", () => {
  assert.deepEqual([taken(3, 1, 0, 8), taken(-2, 1, 0, 8), taken(9, 1, 0, 8), taken(NaN, 1, 0, 8)], [3, 0, 8, 1]);
});

test("a preset holds when every knob that it names stands there", () => {
  const knobs = { metric: "gradient", threshold: 1, noise: true };
  assert.equal(holds({ metric: "gradient", noise: true }, knobs), true);
  assert.equal(holds({ metric: "gradient", noise: false }, knobs), false);
  assert.equal(holds({}, knobs), true);
});

test("a knob in words has its unit, if it has one, and a switch says on or off", () => {
  assert.equal(inWords(threshold, 0), "threshold 0 bits");
  assert.equal(inWords({ label: "forget α", unit: "", complement: "keep" }, 0.05), "forget α 0.05 = keep 0.95");
  assert.equal(inWords({ label: "noise" }, false), "noise off");
  assert.equal(inWords({ label: "noise" }, true), "noise on");
  assert.equal(inWords({ label: "metric", unit: "" }, "gradient"), "metric gradient");
});
