import assert from "node:assert/strict";
import test from "node:test";

import { createModel } from "../../../../nlviz/widgets/static/pages/model.js";

test("all traits are set before the first listener is told", () => {
  const model = createModel(() => {});
  const seen = [];
  model.on("change:a change:b", () => seen.push([model.get("a"), model.get("b")]));
  model.update({ a: 1, b: 2 });
  assert.deepEqual(seen, [[1, 2], [1, 2]]);
  assert.equal(model.get("c"), undefined);
});

test("a listener hears once, of its own trait, until it goes, even while it is told", () => {
  const model = createModel(() => {});
  const seen = [];
  const listener = () => {
    seen.push(model.get("a"));
    if (seen.length === 2) model.off("change:a", listener);
  };
  model.on("change:a", listener);
  model.on("change:a", listener);
  for (const a of [1, 2, 3]) model.update({ a });
  model.update({ b: 4 });
  assert.deepEqual(seen, [1, 2]);
});

test("messages go both ways with their buffers", () => {
  const [sent, heard, buffers] = [[], [], [new DataView(new ArrayBuffer(1))]];
  const model = createModel((content) => sent.push(content));
  model.on("msg:custom", (...news) => heard.push(news));
  model.send({ kind: "stop" });
  model.hear({ kind: "heard" }, buffers);
  assert.deepEqual([sent, heard], [[{ kind: "stop" }], [[{ kind: "heard" }, buffers]]]);
});

test("what is set is there, and told", () => {
  const model = createModel(() => {});
  const seen = [];
  model.on("change:frame", () => seen.push(model.get("frame")));
  model.set("frame", 3);
  model.save_changes();
  assert.deepEqual(seen, [3]);
});
