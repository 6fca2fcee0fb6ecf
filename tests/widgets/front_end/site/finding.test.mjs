import assert from "node:assert/strict";
import { createRequire } from "node:module";
import test from "node:test";

import { asksForSearch, counted, createFinder, excerpt, marked } from "../../../../nlviz/site/static/finding.js";

const MiniSearch = createRequire(import.meta.url)("../../../../nlviz/site/minisearch/index.js");
const wait = { id: "02.1", version: "a" };
const pages = [{ file: "02.html", title: "02 · How many?" }, { file: "glossary.html", title: "Glossary" }];
const sections = [
  { page: 0, place: "top", heading: "02 · How many?", text: "You fill a memory with facts.", waits: [] },
  { page: 0, place: "Why", heading: "Why: crosstalk", text: "Keys meet.", waits: [] },
  { page: 0, place: "Why", heading: "Why: crosstalk", text: "It holds few facts.", waits: [wait] },
  { page: 1, place: "term-crosstalk", heading: "crosstalk", text: "Σ What the other pairs answer.", waits: [] },
];
const plain = (pieces) => pieces.map(({ text, found }) => (found ? `[${text}]` : text)).join("");

function finder(answered = false) {
  return createFinder(MiniSearch, { pages, sections }, { of: () => (answered ? { answer: 1 } : null) });
}

test("words are found by their beginning, the best place first, and a place once", () => {
  const { kind, count, places } = finder()("cross");
  assert.deepEqual([kind, count, places.map(({ address }) => address)], ["all", 2, ["glossary.html#term-crosstalk", "02.html#Why"]]);
  assert.equal(plain(places[0].heading), "[crosstalk]");
  assert.equal(plain(places[0].words), "Σ What the other pairs answer.");
  assert.equal(places[1].lesson, "02 · How many?");
});

test("what waits for an answer is found, and its words are kept until there is one", () => {
  const [place] = finder()("few facts").places;
  assert.deepEqual([place.address, place.waits, place.words], ["02.html#Why", "02.1", []]);
  const [later] = finder(true)("few facts").places;
  assert.deepEqual([later.waits, plain(later.words)], ["", "It holds [few] [facts]."]);
});

test("a slip finds similar words, and of words that meet nowhere some are found", () => {
  const found = finder();
  assert.deepEqual([found("memmory").kind, plain(found("memmory").places[0].words)], ["similar", "You fill a [memory] with facts."]);
  assert.deepEqual([found("memory pairs").kind, found("memory pairs").count], ["some", 2]);
  assert.deepEqual(found("zzzz"), { kind: "all", count: 0, places: [] });
  assert.deepEqual(found("memory").places[0].heading, [], "the lesson's own heading is said once");
});

test("how many places there are is said in words", () => {
  const said = { one: "1 place", many: "{count} places", best: "{count}, best {shown}", similar: "similar {count}", some: "some {count}", none: "none" };
  const of = (kind, count, shown = count) => counted({ kind, count, places: Array(shown) }, said);
  assert.deepEqual([of("all", 0), of("all", 1), of("all", 7), of("all", 30, 12)], ["none", "1 place", "7 places", "30, best 12"]);
  assert.deepEqual([of("similar", 2), of("some", 3)], ["similar 2", "some 3"]);
});

test("an excerpt is where most of the words stand, cut between words", () => {
  const text = `gate ${"word ".repeat(60)}a gate, its Memory ${"more ".repeat(60)}end`;
  const told = plain(excerpt(text, ["gate", "memory"]));
  assert.match(told, /^… word .*\ba \[gate\], its \[Memory\] more .*more …$/);
  assert.ok(told.length < 200, told);
  assert.match(plain(excerpt(text, ["gate"], true)), /^\[gate\] word/);
  assert.equal(plain(excerpt("All of it.", [])), "All of it.");
  assert.equal(plain(excerpt("", ["gate"])), "");
  assert.ok(plain(excerpt("x".repeat(400), [])).length < 410);
});

test("only whole words are marked, whatever their letters and case", () => {
  assert.equal(plain(marked("θ, gated; Gate-keeper <b>", ["gate", "θ"])), "[θ], gated; [Gate]-keeper <b>");
});

test("K with Ctrl or ⌘ asks for the search, and no letter alone", () => {
  const press = { key: "k", ctrlKey: true, metaKey: false, altKey: false, shiftKey: false, defaultPrevented: false, isComposing: false };
  const asks = (more = {}) => asksForSearch({ ...press, ...more });
  for (const more of [{}, { key: "K" }, { ctrlKey: false, metaKey: true }]) assert.ok(asks(more));
  for (const more of [{ ctrlKey: false }, { metaKey: true }, { key: "j" }, { altKey: true }, { shiftKey: true }, { defaultPrevented: true }, { isComposing: true }]) assert.ok(!asks(more));
});
