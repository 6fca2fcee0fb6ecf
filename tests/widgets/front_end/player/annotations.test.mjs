import assert from "node:assert/strict";
import test from "node:test";

import { boxOf, createAnnotations, held, letterOf, pointOf, runsOf, writable } from "../../../../nlviz/widgets/static/player/annotations.js";
import { layout } from "../layout.mjs";

const words = { xanchor: "left", yanchor: "bottom", showarrow: false, text: "words" };

test("words are runs of one look, line by line", () => {
  assert.deepEqual(runsOf("plain"), [[{ text: "plain" }]]);
  assert.deepEqual(runsOf("a<br>b &lt; c"), [[{ text: "a" }], [{ text: "b < c" }]]);
  assert.deepEqual(runsOf("<b>bold <i>both</i></b> k<sub>t</sub>"), [[
    { text: "bold ", bold: true }, { text: "both", bold: true, italic: true }, { text: " k" }, { text: "t", script: "sub" }]]);
  assert.deepEqual(runsOf("<span style='color:#123456'>■</span> new"), [[{ text: "■", color: "#123456" }, { text: " new" }]]);
  assert.deepEqual(runsOf(""), [[]]);
});

test("mark-up that is not known here is Plotly's: another tag, another style, one that is not closed, an unknown entity", () => {
  for (const text of ["<a href='x'>a</a>", "<span style='font-size:9px'>a</span>", "<b>a</i>", "&alpha;"]) assert.equal(runsOf(text), null, text);
});

test("written here is what stands in a box of its words, without an arrow or an edge", () => {
  assert.equal(writable(words), true);
  for (const change of [{ showarrow: true }, { bordercolor: "red" }, { width: 10 }, { text: "&alpha;" }]) {
    assert.equal(writable({ ...words, ...change }), false, JSON.stringify(change));
  }
  assert.equal(writable({ visible: false }), true);
  const { showarrow, ...rest } = words;
  assert.equal(writable(rest), false);
  assert.equal(writable(rest, { layout: { annotationdefaults: { showarrow } } }), true);
});

test("who says no ends is held by the middle on an axis, by the nearer edge on paper and panel", () => {
  const ends = (annotation) => [held(annotation).xanchor, held(annotation).yanchor];
  assert.deepEqual(ends({ xref: "x", yref: "y2", x: 0, y: 9 }), ["center", "middle"]);
  assert.deepEqual(ends({ xref: "paper", yref: "y domain", x: 0.1, y: 0.1 }), ["left", "bottom"]);
  assert.deepEqual(ends({ xref: "x domain", yref: "paper", x: 0.9, y: 0.9, xanchor: "auto" }), ["right", "top"]);
  assert.deepEqual(ends({ xref: "paper", yref: "paper", x: 0.1, y: 0.5, xanchor: "right" }), ["right", "middle"]);
});

test("an annotation stands where its axes put it, and nowhere when it has left them", () => {
  const full = layout();
  assert.deepEqual(pointOf(full, { xref: "x", yref: "y2", x: 3, y: 1 }), [70, 170]);
  assert.deepEqual(pointOf(full, { xref: "x domain", yref: "paper", x: 1.5, y: 0 }), [190, 220]);
  assert.equal(pointOf(full, { xref: "x", yref: "y", x: 11, y: 0 }), null);
  full.xaxis.type = "log";
  full.xaxis.d2p = () => NaN;
  assert.deepEqual(pointOf(full, { xref: "x", yref: "y", x: 3, y: 1 }), [70, 20]);
});

test("a box of words hangs on its point by the ends that are said, and turns about its middle", () => {
  const box = { width: 46, height: 16 };
  assert.deepEqual(boxOf([100, 50], { xanchor: "left", yanchor: "bottom" }, box), { middle: [125, 40], corner: [102, 32] });
  assert.deepEqual(boxOf([100, 50], { xanchor: "right", yanchor: "top", xshift: -3, yshift: 4 }, box), { middle: [72, 56], corner: [49, 48] });
  const { middle } = boxOf([100, 50], { xanchor: "left", yanchor: "middle", textangle: -90 }, box);
  assert.deepEqual(middle.map(Math.round), [110, 50]);
});

test("letters are the figure's, unless the template or the annotation says others", () => {
  const full = { font: { family: "serif", size: 13, color: "black" } };
  const template = { layout: { annotationdefaults: { font: { size: 12 } } } };
  assert.deepEqual(letterOf({ font: { color: "red" } }, full, template), { family: "serif", size: 12, color: "red" });
});

test("words that only moved are shifted, an arrow is Plotly's to draw anew, and one that stands is nobody's work", () => {
  const annotations = createAnnotations({ _fullLayout: layout(), querySelector: () => null });
  const arrow = { xref: "x", yref: "y", x: 1, y: 1, showarrow: true, text: "&alpha;" };
  const able = (before, now) => {
    annotations.drawn([before]);
    return annotations.able([now]);
  };
  assert.equal(able(arrow, { ...arrow }), true);
  assert.equal(able(arrow, { ...arrow, x: 2 }), false);
  assert.equal(able({ ...arrow, showarrow: false }, { ...arrow, showarrow: false, x: 2 }), true);
});
