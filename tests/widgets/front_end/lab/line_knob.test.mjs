import assert from "node:assert/strict";
import test from "node:test";

import { lineOf } from "../../../../nlviz/widgets/static/lab/line_knob.js";

test("a typed line has single blanks and none at its ends", () => {
  assert.deepEqual(["  my\town \u00a0 line ", "ä", " \n "].map(lineOf), ["my own line", "ä", ""]);
});
