import assert from "node:assert/strict";
import test, { mock } from "node:test";

import { createModel } from "../../../../nlviz/widgets/static/pages/model.js";
import { createTeller } from "../../../../nlviz/widgets/static/player/teller.js";

mock.timers.enable({ apis: ["setTimeout"] });

function told() {
  const hand = new AbortController();
  const model = createModel(() => {});
  const [linked, saved] = [[], []];
  model.on("change:frame", () => linked.push(model.get("frame")));
  model.save_changes = () => saved.push(model.get("frame"));
  return { ...createTeller(model, hand.signal), model, linked, saved, hand };
}

test("who is linked hears of each frame, the kernel of the one at which the hand rests", () => {
  const { tell, linked, saved } = told();
  for (const frame of [1, 2, 2, 3]) tell(frame);
  assert.deepEqual([linked, saved], [[1, 2, 3], []]);
  mock.timers.tick(150);
  assert.deepEqual(saved, [3]);
});

test("only what was sent last, and only while something newer was not sent, is an echo", () => {
  const { tell, isEcho } = told();
  tell(5);
  assert.equal(isEcho(5), false);
  mock.timers.tick(150);
  // the hand rests at 5: whoever says 5 or 7 now means it
  assert.deepEqual([isEcho(5), isEcho(7)], [false, false]);
  tell(6);
  assert.deepEqual([isEcho(5), isEcho(7)], [true, false]);
  mock.timers.tick(150);
  assert.deepEqual([isEcho(5), isEcho(6)], [false, false]);
});

test("a widget that is taken away tells nobody any more", () => {
  const { tell, saved, hand } = told();
  tell(1);
  hand.abort();
  mock.timers.tick(150);
  assert.deepEqual(saved, []);
});
