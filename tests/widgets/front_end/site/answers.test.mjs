import assert from "node:assert/strict";
import test from "node:test";

import { createMemory, standing } from "../../../../nlviz/site/static/answers.js";

const said = { stays: "stays", kept: "Recorded: {answer}.", waived: "waived", yours: "You said: {answer}.", sketch: "your sketch" };
const number = { id: "02.1", version: "a", form: { kind: "number", unit: "pairs" }, words: {}, said, options: {} };
const options = { id: "03.1", version: "b", form: { kind: "options" }, words: {}, said, options: { more: "more of it" } };
const sketch = { ...options, form: { kind: "sketch" } };

function storage() {
  const held = new Map();
  return { held, getItem: (key) => held.get(key) ?? null, setItem: (key, text) => held.set(key, text), removeItem: (key) => held.delete(key) };
}

test("an answer outlives the page, belongs to its question and wording, and can be deleted", () => {
  const page = { localStorage: storage() };
  createMemory(page).keep(number, { answer: 0 });
  const later = createMemory(page);
  assert.deepEqual(later.of(number), { answer: 0 });
  assert.equal(later.of(options), null);
  assert.equal(later.of({ ...number, version: "reworded" }), null);
  later.forget(number);
  assert.equal(later.of(number), null);
  assert.equal(page.localStorage.held.size, 0);
});

test("a browser that keeps nothing, or forbids to ask, keeps it while the page is open", () => {
  const forbids = { get localStorage() { throw new Error("SecurityError"); } };
  const full = { localStorage: { ...storage(), setItem() { throw new Error("QuotaExceededError"); } } };
  for (const page of [forbids, full, {}]) {
    const memory = createMemory(page);
    assert.equal(memory.of(number), null);
    memory.keep(number, { waived: true });
    assert.deepEqual(memory.of(number), { waived: true });
    memory.forget(number);
    assert.equal(memory.of(number), null);
  }
});

test("what somebody else has put there is no answer", () => {
  for (const text of ["{", "3", '"yes"', "{}", "null", '{"waived": 1}']) {
    const page = { localStorage: { ...storage(), getItem: () => text } };
    assert.equal(createMemory(page).of(number), null, text);
  }
});

test("a question is open, waived or locked, and says an answer in its own words", () => {
  assert.deepEqual(standing(number, null), { shown: null, status: "stays", offer: "waive", said: "" });
  assert.deepEqual(standing(number, { waived: true }), { shown: null, status: "waived", offer: "", said: "" });
  assert.deepEqual(standing(number, { answer: 0 }), { shown: 0, status: "Recorded: 0 pairs.", offer: "again", said: "You said: 0 pairs." });
  assert.equal(standing(options, { answer: "more" }).said, "You said: more of it.");
  assert.equal(standing(sketch, { answer: [1, 2] }).said, "You said: your sketch.");
});
