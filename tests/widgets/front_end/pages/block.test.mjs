import assert from "node:assert/strict";
import test from "node:test";

import { asked } from "../../../../nlviz/widgets/static/pages/block.js";

const form = { controls: [{ name: "rate" }, { name: "on" }], presets: { low: { rate: 0.1, on: true } } };
const wishes = (body) => asked(form, { get: (name) => body[name] });

test("a page may set knobs by name, falsy ones too, and a preset under them", () => {
  assert.deepEqual(wishes({ rate: 0, on: false }), { rate: 0, on: false });
  assert.deepEqual(wishes({ preset: "low" }), { rate: 0.1, on: true });
  assert.deepEqual(wishes({ preset: "low", rate: 2 }), { rate: 2, on: true });
});

test("what the lab has not is not asked for", () => {
  assert.deepEqual(wishes({}), {});
  assert.deepEqual(wishes({ preset: "high", speed: 3 }), {});
  assert.deepEqual(asked({ controls: [], presets: {} }, { get: () => 1 }), {});
});
