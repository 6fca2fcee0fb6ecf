import assert from "node:assert/strict";
import test from "node:test";

import { fit, onlyClicks } from "../../../../nlviz/widgets/static/player/fit.js";

const figure = () => ({
  title: { text: "What happened" },
  margin: { l: 3 },
  height: 640,
  xaxis: { domain: [0, 0.4], anchor: "y" }, yaxis: { domain: [0, 0.8], anchor: "x" },
  xaxis2: { domain: [0.5, 1], anchor: "y2" }, yaxis2: { domain: [0, 0.8], anchor: "x2" },
  legend: { x: 1, y: 0.8, xanchor: "right", yanchor: "bottom" },
  coloraxis: { colorbar: { x: 0, y: 0.9, len: 0.2, orientation: "h" } },
  annotations: [{ text: "Map", xref: "paper", yref: "paper", x: 0.5, y: 0.8 }, { text: "5", xref: "x", yref: "y", x: 5, y: 5 }],
});

test("the title is the page's, its band with it, and the height what is given", () => {
  const layout = figure();
  assert.equal(fit(layout, [], { width: 1000, height: 640, letter: 13 }), 640);
  assert.deepEqual([layout.title, layout.margin.t, layout.margin.l, layout.height], [undefined, 10, 3, 640]);
  assert.deepEqual(layout.yaxis.domain, [0, 0.8]);
});

test("on a lower figure what stands above a panel stays above it, and gets its pixels", () => {
  const layout = figure();
  fit(layout, [], { width: 1000, height: 360, letter: 13 });
  const top = layout.yaxis2.domain[1];
  assert.ok(top < 0.8);
  assert.deepEqual([layout.annotations[0].x, layout.annotations[0].y, layout.legend.y], [layout.xaxis2.domain[0], top, top]);
  assert.ok(layout.coloraxis.colorbar.y > layout.yaxis.domain[1]);
  assert.deepEqual(layout.annotations[1], figure().annotations[1]);
});

test("below 620 pixels panels stand in one column, as high as they need, and heading and legend go along", () => {
  const layout = figure();
  assert.ok(fit(layout, [], { width: 500, height: 360, letter: 11 }) > 500);
  assert.deepEqual([layout.xaxis.domain, layout.xaxis2.domain], [[0, 1], [0, 1]]);
  assert.ok(layout.yaxis.domain[0] > layout.yaxis2.domain[1]);
  assert.deepEqual([layout.annotations[0].x, layout.annotations[0].y], [0, layout.yaxis2.domain[1]]);
  assert.equal(layout.legend.y, layout.yaxis2.domain[1]);
  assert.equal(layout.coloraxis.colorbar.len, 0.5);
});

test("a figure without panels only gets its size; one pushed together is not turned inside out", () => {
  const bare = { title: "x" };
  assert.equal(fit(bare, [], { width: 300, height: 200, letter: 11 }), 200);
  const layout = figure();
  fit(layout, [], { width: 20, height: 300, letter: 11 });
  for (const axis of [layout.xaxis, layout.xaxis2, layout.yaxis, layout.yaxis2]) assert.ok(axis.domain[1] > axis.domain[0]);
});

test("a heading beside which a legend has no room any more stands under it", () => {
  const layout = figure();
  const data = [{ name: "a long name of a curve" }, { name: "another long name" }];
  layout.annotations[0].text = "A heading of many words";
  fit(layout, data, { width: 300, height: 360, letter: 11 });
  assert.ok(layout.legend.y > layout.yaxis2.domain[1]);
  assert.equal(layout.annotations[0].y, layout.yaxis2.domain[1]);
});

test("a legend that hung from the edge stands on its panel; one with too little room has smaller letters", () => {
  const layout = { ...figure(), legend: { x: 0, y: 1, xanchor: "left", yanchor: "top" } };
  fit(layout, [{ name: "short" }], { width: 300, height: 360, letter: 13 });
  assert.deepEqual([layout.legend.y, layout.legend.yanchor, layout.legend.font], [layout.yaxis.domain[1], "bottom", undefined]);
  const wide = { ...figure(), legend: { x: 0, y: 0.8, xanchor: "left", yanchor: "bottom" } };
  fit(wide, [{ name: "the name of a curve" }, { name: "another one" }, { name: "a third" }], { width: 640, height: 360, letter: 13 });
  assert.deepEqual(wide.legend.font, { size: 11 });
});

test("a hand can take no curve away and zoom into no panel", () => {
  const layout = { xaxis: {}, xaxis2: { range: [0, 1] }, yaxis3: {}, legend2: { x: 0 } };
  onlyClicks(layout);
  assert.deepEqual(layout, {
    dragmode: false,
    xaxis: { fixedrange: true }, yaxis: { fixedrange: true }, xaxis2: { range: [0, 1], fixedrange: true }, yaxis3: { fixedrange: true },
    legend: { itemclick: false, itemdoubleclick: false }, legend2: { x: 0, itemclick: false, itemdoubleclick: false },
  });
});
