import assert from "node:assert/strict";
import test from "node:test";

import { mayRescale, moved, placeOn } from "../../../../nlviz/widgets/static/player/axes_and_titles.js";
import { layout } from "../layout.mjs";

test("a translation is moved along one axis; what else the transform does stays", () => {
  assert.equal(moved("translate(10,20)", "x", 5), "translate(15,20)");
  assert.equal(moved("translate(10,-2.5e-1) rotate(90,1,2)", "y", 1), "translate(10,0.75) rotate(90,1,2)");
  assert.equal(moved("rotate(90)", "x", 5), "");
});

test("an axis that a hand zoomed, that fits itself, that others follow or that is not linear keeps its range", () => {
  assert.equal(mayRescale(layout(), "xaxis"), true);
  assert.equal(mayRescale(layout(), "xaxis3"), false);
  const changed = (change) => {
    const full = layout();
    change(full);
    return mayRescale(full, "xaxis");
  };
  assert.equal(changed((full) => (full._preGUI = { "xaxis.range[0]": 0 })), false);
  assert.equal(changed((full) => (full._preGUI = { "xaxis2.range[0]": 0 })), true);
  assert.equal(changed((full) => (full.xaxis.autorange = true)), false);
  assert.equal(changed((full) => (full.xaxis.type = "log")), false);
  assert.equal(changed((full) => (full.xaxis.scaleanchor = "y")), false);
  assert.equal(changed((full) => (full._axisMatchGroups = [{ x: 1, x2: 1 }])), false);
});

test("a value stands on a lying bar from the left, on an upright one from the top", () => {
  assert.deepEqual([placeOn([0, 4], 100, true, 1), placeOn([0, 4], 100, false, 1), placeOn([-2, 2], 80, false, 2)], [25, 75, 0]);
  assert.deepEqual([placeOn([2, 4], 100, true, 3), placeOn([2, 4], 100, false, 3.5)], [50, 25]);
});
