import assert from "node:assert/strict";
import test from "node:test";

import { duration, farInWords } from "../../../../nlviz/widgets/static/lab/progress.js";

test("a time is said in whole seconds, rounded up, and in minutes from sixty on", () => {
  assert.deepEqual([0, 11.2, 59.1, 80, 3600].map(duration), ["0 s", "12 s", "1 min 0 s", "1 min 20 s", "60 min 0 s"]);
});

test("how far a run is: done, speed, time left where it is known, and who can stop it where we cannot", () => {
  const far = { done: 1200, total: 5000, noun: "tokens", rate: 339.6, left: 11.2, can_stop: true };
  assert.equal(farInWords(far), "1,200 of 5,000 tokens · 340 tokens/s · 12 s left");
  assert.equal(farInWords({ ...far, left: null, can_stop: false }),
    "1,200 of 5,000 tokens · 340 tokens/s · a cell runs it: interrupt the kernel to stop");
});
