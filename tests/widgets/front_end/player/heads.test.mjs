import assert from "node:assert/strict";
import test from "node:test";

import { barLength, broken, headsOf, legendsOf } from "../../../../nlviz/widgets/static/player/heads.js";
import { panelsOf } from "../../../../nlviz/widgets/static/player/panels.js";

const layout = (more) => ({ xaxis: { domain: [0, 1], anchor: "y" }, yaxis: { domain: [0, 0.8], anchor: "x" }, ...more });
const data = ["one", "two", "a much longer name"].map((name) => ({ name }));
const legend = { x: 0, y: 0.8, yanchor: "bottom" };
const heading = { text: "A heading of so many words", xref: "paper", yref: "paper", x: 0, y: 0.8 };
const headOf = (more, width) => [...headsOf(panelsOf(layout(more)), layout(more), data, { width, letter: 10 }).values()][0];

test("a legend takes more lines where its names do not fit side by side; names of others and hidden ones are none", () => {
  const all = [...data, { name: "hidden", showlegend: false }, { name: "other", legend: "legend2" }, {}];
  const lines = (width, more = {}) => legendsOf(layout({ legend: { ...legend, ...more } }), all, { width, letter: 10 })[0].lines;
  assert.deepEqual([lines(900), lines(310 - 40), lines(100), lines(900, { orientation: "v" })], [1, 3, 3, 3]);
  assert.equal(Math.round(legendsOf(layout({ legend }), all, { width: 900, letter: 10 })[0].length), 24 * 6 + 3 * 60);
  assert.deepEqual(legendsOf(layout({ legend: { orientation: "h" } }), all, { width: 900, letter: 10 }), []);
});

test("a heading needs a line, a legend beside it no more, and over it more", () => {
  assert.deepEqual(headOf({}, 500), { lift: 0, room: 0 });
  assert.deepEqual(headOf({ annotations: [heading] }, 500), { lift: 0, room: 29 });
  const right = { ...legend, x: 1, xanchor: "right" };
  assert.deepEqual(headOf({ annotations: [heading], legend: right }, 600), { lift: 0, room: 29 });
  assert.deepEqual(headOf({ annotations: [heading], legend: right }, 330), { lift: 29, room: 29 + 26 });
  // on the same side they would lie on one another, however wide the panel
  assert.deepEqual(headOf({ annotations: [heading], legend }, 600), { lift: 29, room: 29 + 26 });
});

test("words at a panel's upper edge are a heading too, words in it are none", () => {
  const edge = { text: "threshold", xref: "x domain", yref: "y domain", x: 1, y: 1, yanchor: "bottom" };
  assert.equal(headOf({ annotations: [edge] }, 500).room, 29);
  assert.equal(headOf({ annotations: [{ ...edge, y: 0.5 }] }, 500).room, 0);
});

test("a lying bar has its height, over a heading beside which it has no room", () => {
  const coloraxis = { colorbar: { x: 1, y: 0.8, xanchor: "right", orientation: "h", title: { text: "bits" } } };
  assert.deepEqual(headOf({ coloraxis }, 500), { lift: 0, room: 40 });
  assert.deepEqual(headOf({ coloraxis, annotations: [heading] }, 300), { lift: 29, room: 69 });
  assert.equal(barLength(coloraxis.colorbar, 10), 110 + 24);
});

test("words that are too long are broken, at their points where they have some; mark-up is left alone", () => {
  assert.equal(broken("1 Hebbian · 2 Delta · 3 GatedDelta", 150, 10), "1 Hebbian · 2 Delta ·<br>3 GatedDelta");
  assert.equal(broken("what it can see at most", 80, 10), "what it can<br>see at most");
  for (const whole of ["short", "<b>a bold heading that is too long</b>"]) assert.equal(broken(whole, 150, 10), whole);
});
