import assert from "node:assert/strict";
import test from "node:test";

import { inFocus, isOurs, plainText } from "../../../nlviz/widgets/static/elements.js";

const [field, elsewhere] = [{ matches: () => true }, { matches: () => false }];
const ours = (key, held = {}, target = elsewhere) =>
  isOurs({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held }, target);

test("plain keys are the widget's: no d d deletes the cell", () => {
  for (const key of ["d", "a", "Enter", "ArrowDown", " ", "x"]) assert.equal(ours(key), true, key);
});

test("keys that leave, run the cell or speak to the page are the page's", () => {
  for (const key of ["Escape", "Tab", "F5", "F11"]) assert.equal(ours(key), false, key);
  assert.equal(ours("Enter", { shiftKey: true }), false);
  assert.equal(ours("d", { altKey: true }), false);
});

test("with Ctrl or ⌘ only what writes is the widget's, letters only in a field", () => {
  for (const held of [{ ctrlKey: true }, { metaKey: true }]) {
    assert.equal(ours("c", held, field), true);
    assert.equal(ours("c", held), false);
    assert.equal(ours("ArrowUp", held), true);
    assert.equal(ours("s", held, field), false);
    assert.equal(ours("Enter", held, field), false);
  }
});

test("words of a figure lose their mark-up, in one line, and keep their signs", () => {
  assert.equal(plainText("Told <b>once</b>,<br>  asked later: 2 &lt; 3 &amp; 4"), "Told once, asked later: 2 < 3 & 4");
  assert.equal(plainText(undefined), "");
});

test("what is in focus is asked of the root that an element stands in, a shadow root too", () => {
  const within = (activeElement) => {
    const node = { getRootNode: () => ({ activeElement: activeElement === "itself" ? node : activeElement }) };
    return node;
  };
  assert.equal(inFocus(within("itself")), true);
  assert.equal(inFocus(within({})), false);
  assert.equal(inFocus({ getRootNode: () => ({}) }), false, "an element that was taken away");
});
