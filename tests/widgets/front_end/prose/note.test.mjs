import assert from "node:assert/strict";
import test from "node:test";

import { placeBeside } from "../../../../nlviz/widgets/static/prose/note.js";

const page = { width: 400, height: 300 };
const note = { width: 120, height: 60 };

test("a note stands under its word, over it where there is no room, and never beyond the page", () => {
  assert.deepEqual(placeBeside({ left: 50, top: 20, bottom: 40 }, note, page), { left: 50, top: 44 });
  assert.deepEqual(placeBeside({ left: 50, top: 250, bottom: 270 }, note, page), { left: 50, top: 186 });
  assert.equal(placeBeside({ left: 390, top: 20, bottom: 40 }, note, page).left, 272);
  assert.equal(placeBeside({ left: -5, top: 20, bottom: 40 }, note, page).left, 8);
  // no room at all: under it, where a reader looks
  assert.equal(placeBeside({ left: 50, top: 20, bottom: 40 }, { width: 120, height: 290 }, page).top, 44);
});
