import assert from "node:assert/strict";
import test from "node:test";

import { cellsOf, colorsOf, edgesOf, evenly, pixelsOf } from "../../../../nlviz/widgets/static/player/heat.js";
import { layout } from "../layout.mjs";

const table = Uint32Array.from({ length: 256 }, (_, at) => 1000 + at);
const scale = [[0, "white"], [0.25, "grey"], [1, "black"]];

test("a number has the colour of its place in the range, one beyond it that of the end, a gap none", () => {
  const pixels = pixelsOf([[-1, 0, 1], [-5, 5, 0.5], [NaN, null, 1]], { low: -1, high: 1 }, table, [false, false]);
  assert.deepEqual([...pixels], [1000, 1128, 1255, 1000, 1255, 1191, 0, 0, 1255]);
});

test("flips turn the picture left to right and upside down", () => {
  const z = [Float32Array.of(0, 255), Float32Array.of(1, 254)];
  const pixels = (...flips) => [...pixelsOf(z, { low: 0, high: 255 }, table, flips)].map((color) => color - 1000);
  assert.deepEqual(pixels(false, false), [0, 255, 1, 254]);
  assert.deepEqual(pixels(true, false), [255, 0, 254, 1]);
  assert.deepEqual(pixels(false, true), [1, 254, 0, 255]);
  assert.deepEqual(pixels(true, true), [254, 1, 255, 0]);
});

test("a row is as long as its numbers", () => {
  assert.deepEqual([...pixelsOf([[0, 255, 0]], { low: 0, high: 255 }, table, [true, true])], [1000, 1255, 1000]);
});

test("range and colours are the trace's, or those it shares; none where the numbers decide", () => {
  const own = { zmin: -2, zmax: 2, colorscale: scale };
  assert.deepEqual(colorsOf({}, own), { low: -2, high: 2, scale });
  assert.equal(colorsOf({}, { ...own, zauto: true }), undefined);
  const full = { coloraxis: { cmin: 0, cmax: 9, colorscale: scale, reversescale: true } };
  const turned = [[0, "black"], [0.75, "grey"], [1, "white"]];
  assert.deepEqual(colorsOf(full, { ...own, zauto: true, coloraxis: "coloraxis" }), { low: 0, high: 9, scale: turned });
  full.coloraxis.cauto = true;
  assert.equal(colorsOf(full, { ...own, coloraxis: "coloraxis" }), undefined);
});

test("edges are even up to half a pixel", () => {
  assert.equal(evenly([0, 10.01, 20, 29.99]), true);
  assert.equal(evenly([30, 20, 10, 0]), true);
  assert.equal(evenly([0, 10, 20.6, 30]), false);
});

test("cells lie where the axes put them; the first row at the bottom of an upright axis, so the matrix is flipped", () => {
  const drawn = { full: layout(), trace: { xaxis: "x", yaxis: "y" }, data: { z: [[1, 2], [3, 4]] } };
  const edges = { x: [0, 5, 10], y: [0, 0.5, 1] };
  assert.deepEqual(cellsOf(drawn, edges), { xs: [0, 50, 100], ys: [0, 100, 200], flips: [false, true] });
  const flat = { ...drawn, data: { z: [[1, 2]] } };
  assert.deepEqual(cellsOf(flat, { x: [0, 5, 10], y: [0, 1] }), { xs: [0, 50, 100], ys: [0, 200], flips: [false, true] });
  const downwards = { x: [10, 5, 0], y: [1, 0.5, 0] };
  assert.deepEqual(cellsOf(drawn, downwards), { xs: [0, 50, 100], ys: [0, 100, 200], flips: [true, false] });
});

test("cells of uneven width are Plotly's", () => {
  const drawn = { full: layout(), trace: { xaxis: "x", yaxis: "y" }, data: { z: [[1, 2], [3, 4]] } };
  assert.equal(cellsOf(drawn, { x: [0, 2, 10], y: [0, 0.5, 1] }), null);
  assert.equal(cellsOf(drawn, { x: [0, 5, 10], y: [0, 0.1, 1] }), null);
});

test("a matrix of another size, or at other places, lies where the view puts it, on axes that do not fit themselves to it", () => {
  const drawn = { full: layout(), trace: { xaxis: "x", yaxis: "y" }, data: { z: [[1, 2], [3, 4]] } };
  assert.deepEqual(cellsOf(drawn, { x: [0, 10], y: [0, 0.5, 1] }).xs, [-5, 5, 15]);
  const elsewhere = { ...drawn, data: { ...drawn.data, x: [2, 4] } };
  assert.deepEqual(cellsOf(elsewhere, { x: [0, 5, 10], y: [0, 0.5, 1] }).xs, [10, 30, 50]);
  drawn.full.xaxis.autorange = true;
  assert.equal(cellsOf(drawn, { x: [0, 10], y: [0, 0.5, 1] }), null);
});

test("edges of cells are those that are said, those round middles, or from the start at equal steps", () => {
  assert.deepEqual(edgesOf([0, 1, 2], 2), [0, 1, 2]);
  assert.deepEqual(edgesOf(Float32Array.of(1, 3), 2), [0, 2, 4]);
  assert.deepEqual(edgesOf(undefined, 2), [-0.5, 0.5, 1.5]);
  assert.deepEqual(edgesOf(undefined, 1, 10, 4), [8, 12]);
  for (const said of [[0, 1, 5], ["a", "b"], [0, 1, 2, 3], [0]]) assert.equal(edgesOf(said, 2), null, String(said));
});
