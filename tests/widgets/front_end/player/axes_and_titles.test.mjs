import assert from "node:assert/strict";
import test from "node:test";

import { byOwner, mayRescale, placeOn } from "../../../../nlviz/widgets/static/player/axes_and_titles.js";
import { layout } from "../layout.mjs";

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
  assert.equal(changed((full) => (full._axisMatchGroups = [{ x2: 1, x3: 1 }])), true);
});

test("a value stands on a lying bar from the left, on an upright one from the top", () => {
  assert.deepEqual([placeOn([0, 4], 100, true, 1), placeOn([0, 4], 100, false, 1), placeOn([-2, 2], 80, false, 2)], [25, 75, 0]);
  assert.deepEqual([placeOn([2, 4], 100, true, 3), placeOn([2, 4], 100, false, 3.5)], [50, 25]);
});

test("what changed round the data goes to its axis or its colours; what cannot be painted leaves all to Plotly", () => {
  const paths = ["xaxis.range", "yaxis12.tickvals", "xaxis.dtick", "coloraxis2.colorbar.title.text", "coloraxis2.cmin"];
  assert.deepEqual([...byOwner(paths)], [["xaxis", new Set(["range", "dtick"])], ["yaxis12", new Set(["tickvals"])],
    ["coloraxis2", new Set(["colorbar.title.text", "cmin"])]]);
  for (const path of ["xaxis.type", "legend.x", "title.text", "coloraxis.colorscale"]) assert.equal(byOwner(["xaxis.range", path]), null, path);
});
