import assert from "node:assert/strict";
import test from "node:test";

import { sentenceOf } from "../../../../nlviz/widgets/static/prose/terms.js";

const link = (href, title) => ({ getAttribute: (name) => ({ href, title })[name] ?? null });

test("a term is a link to the list of terms that carries its sentence", () => {
  assert.equal(sentenceOf(link("#Terms", "Weights that …")), "Weights that …");
  assert.equal(sentenceOf(link("#Terms")), "");
  assert.equal(sentenceOf(link("#Terms-of-use", "Read them")), "");
  assert.equal(sentenceOf(link("https://somewhere/#Terms", "Weights that …")), "");
});
