import assert from "node:assert/strict";
import test from "node:test";

import { createModel } from "../../../../nlviz/widgets/static/pages/model.js";
import { createAnswers, insteadOf, nearest } from "../../../../nlviz/widgets/static/pages/recorded.js";

const controls = [
  { name: "rate", label: "rate θ", kind: "number", low: 0, high: 2, unit: "" },
  { name: "rule", label: "rule", kind: "choice", options: ["Hebb", "delta"] },
];
const run = (rate, rule) => ({ knobs: { rate, rule }, summary: `${rule} at ${rate}`, dead: {}, error: "", share: "" });
const runs = [run(1, "Hebb"), run(0, "Hebb"), run(2, "Hebb"), run(1.5, "Hebb"), run(1, "delta")];
const at = (rate, rule) => runs.find(({ knobs }) => knobs.rate === rate && knobs.rule === rule);

test("what is held is shown", () => {
  assert.equal(nearest(controls, runs, { rate: 1, rule: "Hebb" }, { rate: 2, rule: "Hebb" }), at(2, "Hebb"));
  assert.equal(nearest(controls, runs, { rate: 1, rule: "Hebb" }, { rate: 1, rule: "delta" }), at(1, "delta"));
});

test("a knob that is turned counts more than one that was turned before", () => {
  assert.equal(nearest(controls, runs, { rate: 2, rule: "Hebb" }, { rate: 2, rule: "delta" }), at(1, "delta"));
  assert.equal(nearest(controls, runs, { rate: 1, rule: "delta" }, { rate: 0, rule: "delta" }), at(0, "Hebb"));
});

test("a key pressed again and again passes every value that is held, and stays at the last", () => {
  const passed = [];
  for (let now = { rate: 1, rule: "Hebb" }, turn = 0; turn < 4; turn++) {
    now = nearest(controls, runs, now, { ...now, rate: now.rate + 0.01 }).knobs;
    passed.push(now.rate);
  }
  assert.deepEqual(passed, [1.5, 2, 2, 2]);
  assert.equal(nearest(controls, runs, { rate: 1, rule: "Hebb" }, { rate: 0.99, rule: "Hebb" }), at(0, "Hebb"));
});

test("what is not as it was wanted is said", () => {
  assert.equal(insteadOf(controls, { rate: 1, rule: "Hebb" }, { rate: 1, rule: "Hebb" }), "");
  assert.equal(insteadOf(controls, { rate: 1.1, rule: "delta" }, { rate: 1, rule: "delta" }), "nearest of the runs that this page holds: rate θ 1");
});

test("it answers as a kernel does: later, all at once, with the name of the turn", async () => {
  let waited = false;
  const model = createModel(createAnswers(controls, Promise.resolve(runs), () => model));
  model.update({ ...runs[0], answers: 0, answered: "" });
  const seen = [];
  model.on("change:knobs", () => seen.push([model.get("knobs").rate, model.get("answered"), model.get("summary"), waited]));
  model.send({ kind: "knobs", knobs: { rate: 1.4 }, turn: "a:1" });
  model.send({ kind: "still", image: "" });
  waited = true;
  await undefined;
  assert.deepEqual(seen, [[1.5, "a:1", "nearest of the runs that this page holds: rate θ 1.5 · Hebb at 1.5", true]]);
  assert.equal(model.get("answers"), 1);
});

test("runs that do not come are said, and no turn waits for them", async () => {
  const model = createModel(createAnswers(controls, Promise.reject(new Error("404")), () => model));
  model.update({ ...runs[0], answers: 0, answered: "", error: "" });
  model.send({ kind: "knobs", knobs: { rate: 1.4 }, turn: "a:1" });
  await new Promise((then) => setTimeout(then));
  assert.equal(model.get("answered"), "a:1");
  assert.match(model.get("error"), /load the page again/);
  assert.equal(model.get("knobs").rate, runs[0].knobs.rate);
});
