import assert from "node:assert/strict";
import test from "node:test";

import { inDigits, moved, stepFor, ticksOf } from "../../../../nlviz/widgets/static/player/ticks.js";

const linear = { type: "linear" };
const ticks = (said, range, full = linear) => ticksOf(said, range, full, { length: 200, letter: "y" })?.map(({ value, words }) => [value, words]) ?? null;

test("a translation is moved along one axis; what else the transform does stays", () => {
  assert.equal(moved("translate(10,20)", "x", 5), "translate(15,20)");
  assert.equal(moved("translate(10,-2.5e-1) rotate(90,1,2)", "y", 1), "translate(10,0.75) rotate(90,1,2)");
  assert.equal(moved("rotate(90)", "x", 5), "");
});

test("numbers are written as Plotly writes them, or not at all", () => {
  assert.deepEqual([0, -0.5, 12, 0.1 + 0.2, 9999].map(inDigits), ["0", "−0.5", "12", "0.3", "9999"]);
  assert.deepEqual([10000, NaN, 1 / 3, 1e-5].map(inDigits), [null, null, null, null]);
});

test("ticks stand at the values that are said, with their words, as far as the axis goes", () => {
  assert.deepEqual(ticks({ tickvals: [0, 1, 9], ticktext: ["a", "", "z"] }, [0, 4]), [[0, "a"], [1, ""]]);
  assert.deepEqual(ticks({ tickvals: Float32Array.of(0, 2) }, [4, 0]), [[0, "0"], [2, "2"]]);
});

test("ticks at equal steps start at the one that is said, whichever way the axis runs", () => {
  assert.deepEqual(ticks({ dtick: 0.5 }, [-0.2, 1]), [[0, "0"], [0.5, "0.5"], [1, "1"]]);
  assert.deepEqual(ticks({ dtick: 5, tick0: 2 }, [12.5, -0.5]), [[2, "2"], [7, "7"], [12, "12"]]);
  assert.deepEqual(ticks({ dtick: 5, tick0: 2 }, [3, 4]), []);
});

test("where none are said they are those that Plotly would choose", () => {
  assert.deepEqual(ticks({}, [0, 10.4]), [[0, "0"], [2, "2"], [4, "4"], [6, "6"], [8, "8"], [10, "10"]]);
  assert.deepEqual(ticks({ nticks: 3 }, [0, 10.4]), [[0, "0"], [5, "5"], [10, "10"]]);
  assert.deepEqual([stepFor(10, 90, "x"), stepFor(1, 1000, "y"), stepFor(21, 160, "y"), stepFor(100, 160, "y")], [2, 0.2, 5, 20]);
});

test("what is not linear, or is formatted or marked up, is left to Plotly", () => {
  assert.equal(ticks({}, [0, 1], { type: "log" }), null);
  assert.equal(ticks({ dtick: 1 }, [0, 2], { type: "log" }), null);
  assert.equal(ticks({ dtick: 1 }, [0, 2], { ...linear, tickformat: ".1f" }), null);
  assert.equal(ticks({ tickvals: [0, 1], ticktext: ["a", "<b>b</b>"] }, [0, 2]), null);
  assert.equal(ticks({ tickvals: [0, 1], ticktext: ["a"] }, [0, 2]), null);
});
