import assert from "node:assert/strict";
import test from "node:test";

import { kernelGone, whenKernelGone } from "../../../nlviz/widgets/static/page.js";
import { createModel } from "../../../nlviz/widgets/static/pages/model.js";

test("a kernel is gone when its model lost it, or when it is dead; where the page cannot know it is not", () => {
  const behind = (kernel) => kernelGone({ widget_manager: { kernel } });
  assert.deepEqual(["idle", "busy", "restarting", "dead", "terminating"].map((status) => behind({ status })), [false, false, false, true, true]);
  assert.deepEqual([behind(null), behind({ status: "idle", isDisposed: true })], [true, true]);
  assert.deepEqual([kernelGone({}), kernelGone({ widget_manager: {} })], [false, false]);
});

test("a comm that was closed behind a model is told of once", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const model = createModel(() => {});
  const told = [];
  const listeners = {};
  const watched = { ...model, on: (name, listener) => (listeners[name] = listener) };
  whenKernelGone(watched, () => told.push("gone"), new AbortController().signal);
  t.mock.timers.tick(1000);
  assert.deepEqual(told, []);
  listeners.comm_live_update();
  t.mock.timers.tick(3000);
  assert.deepEqual(told, ["gone"]);
});
