import assert from "node:assert/strict";
import test from "node:test";

import { DESIGN, groupsAlong, panelsOf, placed, squeeze, squeezed, stacked } from "../../../../nlviz/widgets/static/player/panels.js";

/** A curve over a curve at the left, a map at the right; an axis laid over the first. */
const layout = () => ({
  xaxis: { domain: [0, 0.4], anchor: "y" }, yaxis: { domain: [0.6, 0.9], anchor: "x" },
  xaxis2: { domain: [0, 0.4], anchor: "y2" }, yaxis2: { domain: [0, 0.4], anchor: "x2" },
  xaxis3: { domain: [0.5, 1], anchor: "y3" }, yaxis3: { domain: [0, 1], anchor: "x3" },
  yaxis4: { overlaying: "y", anchor: "x" },
});
const names = (panels) => panels.map(({ ykey }) => ykey);
const close = (found, wanted) => found.forEach((one, at) => assert.ok(Math.abs(one - wanted[at]) < 1e-9, `${found} is not ${wanted}`));

test("a panel is an upright axis with the one it stands on; axes laid over others are none", () => {
  assert.deepEqual(names(panelsOf(layout())), ["yaxis", "yaxis2", "yaxis3"]);
  assert.deepEqual(panelsOf({ xaxis: {}, yaxis: {} }), [{ xkey: "xaxis", ykey: "yaxis", x: [0, 1], y: [0, 1] }]);
  assert.deepEqual(panelsOf({ title: "none", yaxis: { anchor: "x7" } }), []);
});

test("columns are panels over the same stretch, also by way of another", () => {
  assert.deepEqual(groupsAlong(panelsOf(layout()), "x").map(names), [["yaxis", "yaxis2"], ["yaxis3"]]);
  assert.deepEqual(groupsAlong(panelsOf(layout()), "y").map(names), [["yaxis", "yaxis2", "yaxis3"]]);
});

test("with half the pixels a gap keeps its own and the panels give theirs up", () => {
  // 100 pixels: 40, a gap of 20, 40
  const { at, gap } = squeeze([[0, 0.4], [0.6, 1]], 50, 100);
  close([0, 0.4, 0.6, 1].map(at), [0, 0.3, 0.7, 1]);
  assert.equal(gap, 2);
});

test("gaps never take more than half; nothing changes where there is room", () => {
  const narrow = squeeze([[0, 0.4], [0.6, 1]], 30, 100);
  close([0.4, 0.6].map(narrow.at), [0.25, 0.75]);
  const wide = squeeze([[0, 0.4], [0.6, 1]], 120, 100);
  close([wide.at(0.4), wide.gap], [0.4, 1]);
  // no gap at all
  close([0.5, 1].map(squeeze([[0, 1]], 50, 100).at), [0.5, 1]);
});

test("a panel that stands alone in its column keeps its height where its neighbours have gaps", () => {
  const panels = panelsOf(layout());
  const seats = squeezed(panels, { width: DESIGN.x, height: DESIGN.y / 2, scale: 1 });
  const [upper, lower, map] = panels.map((panel) => seats.get(panel));
  close(map.y, [0, 1]);
  // All gaps together want six tenths of the room, and get half.
  close([lower.y[1], upper.y[0], upper.y[1]], [2 / 7, 2 / 7 + 1 / 3, 5 / 6]);
  close([...upper.x, ...map.x], [0, 0.4, 0.5, 1]);
});

test("in one column panels do not touch, the left ones come first, and each has the width", () => {
  const panels = panelsOf(layout());
  const { seats, height } = stacked(panels, layout(), new Map(), { width: 400, scale: 1 });
  const [upper, lower, map] = panels.map((panel) => seats.get(panel));
  for (const { x } of [upper, lower, map]) close(x, [0, 1]);
  assert.ok((upper.y[0] - lower.y[1]) * height >= 52 && (lower.y[0] - map.y[1]) * height >= 52);
  assert.ok(map.y[0] > -1e-9 && upper.y[1] < 1);
  for (const { y } of [upper, lower, map]) assert.ok((y[1] - y[0]) * height >= 129);
});

test("words and a bar at the right of a panel keep their room, and so does what stands above it", () => {
  const words = { ...layout(), annotations: [{ xref: "x domain", x: 1, xanchor: "left", text: "<b>under-writing</b>" }],
    coloraxis: { colorbar: { x: 1.01, y: 0.5 } } };
  const panels = panelsOf(words);
  const at = (heads) => {
    const { seats, height } = stacked(panels, words, heads, { width: 400, scale: 1 });
    return { rights: panels.map((panel) => Math.round((1 - seats.get(panel).x[1]) * 400)), height };
  };
  const bare = at(new Map());
  assert.deepEqual(bare.rights, [Math.round(13 * 0.62 * 13), 0, 72]);
  assert.equal(at(new Map([[panels[1], { room: 152, lift: 0 }]])).height, bare.height + 100);
});

test("a place goes along with the panel nearest to it: inside by share, outside by pixels", () => {
  const panel = { xkey: "xaxis", ykey: "yaxis", x: [0, 0.5], y: [0, 0.5] };
  const other = { xkey: "xaxis2", ykey: "yaxis2", x: [0.6, 1], y: [0, 0.5] };
  const seats = new Map([[panel, { ...panel, x: [0, 1], y: [0.5, 1], gaps: { x: 2, y: 3 } }], [other, { ...other, gaps: { x: 1, y: 1 } }]]);
  const go = (x, y) => {
    const { x: across, y: up, panel: at } = placed(seats, x, y);
    return [across, up, at === panel];
  };
  assert.deepEqual(go(0.25, 0.25), [0.5, 0.75, true]);
  assert.deepEqual(go(0, 0.6).map((one) => (typeof one === "number" ? Math.round(one * 10) : one)), [0, 13, true]);
  assert.deepEqual(go(0.6, 0.5)[2], false);
});
