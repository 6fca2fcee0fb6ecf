import assert from "node:assert/strict";
import test from "node:test";

import { filledAt, frameAt, rulersOf } from "../../../../nlviz/widgets/static/player/rulers.js";

const track = (path, values, more = {}) => ({ trace: -1, path, values, ...more });
const rulers = ({ tracks, ...more }, shapes, annotations = [], data = []) =>
  rulersOf({ labels: Array(more.count ?? 3).fill(""), tracks, ...more }, { shapes, annotations }, data);
const leads = (ruler, places, now = 0) => places.map((place) => ruler.frameOf(place, now));

test("a time leads to the latest frame at or before it, else to the first", () => {
  const times = Float32Array.of(0, 2, 4, 6);
  assert.deepEqual([-1, 0, 1.9, 2, 5, 99].map((time) => frameAt(times, time, 0)), [0, 0, 0, 1, 2, 3]);
});

test("of several frames at one time it is the one that shows the part shown now", () => {
  const times = [0, 0, 0, 1, 1, 1];
  assert.deepEqual([0, 1, 2, 5].map((now) => frameAt(times, 1, now, 3)), [3, 4, 5, 5]);
  assert.equal(frameAt([0, 1, 1], 1, 2, 3), 2);
});

test("a time axis that the view names is a ruler; a link to points is none", () => {
  const [ruler, ...others] = rulers({ tracks: [], links: [{ axis: "x2", times: [0, 10, 20] }, { trace: 1, frames: [[0]] }] }, []);
  assert.deepEqual(others, []);
  assert.equal(ruler.axis, "x2");
  assert.deepEqual(leads(ruler, [-5, 9, 10, 25]), [0, 0, 1, 2]);
});

test("a cursor that goes along an axis leads to where it would stand", () => {
  const tracks = [track("shapes[1].x0", [0, 1, 2]), track("shapes[1].x1", [0, 1, 2])];
  const [ruler, ...others] = rulers({ tracks }, [{ xref: "x", yref: "y" }, { xref: "x3", yref: "y3 domain" }]);
  assert.deepEqual([ruler.axis, others], ["x3", []]);
  assert.deepEqual(leads(ruler, [-1, 0.9, 1, 7]), [0, 0, 1, 2]);
});

test("a row in a frame of its own leads to that frame, and the place beyond all rows to none", () => {
  const tracks = [track("shapes[0].y0", [-0.5, 0.5, 1.5]), track("shapes[0].y1", [0.5, 1.5, 2.5])];
  const [ruler] = rulers({ tracks }, [{ xref: "x2", yref: "y2" }]);
  assert.equal(ruler.axis, "y2");
  assert.deepEqual(leads(ruler, [0, 1.2, 2, 3]), [0, 1, 2, null]);
});

test("a curtain's edge leads to the frame that uncovers a place", () => {
  const [ruler] = rulers({ tracks: [track("shapes[0].x0", [0.5, 1.5, 2.5])] }, [{ xref: "x", yref: "y" }]);
  assert.deepEqual(leads(ruler, [0, 1, 2.4, 9]), [0, 1, 2, 2]);
});

test("what flickers, goes back, stays or moves both ways is no ruler", () => {
  const none = [
    [track("shapes[0].y0", [-9, -0.5, -9]), track("shapes[0].y1", [-9, 3, -9])],
    [track("shapes[0].x0", [0, 2, 1]), track("shapes[0].x1", [0, 2, 1])],
    [track("shapes[0].x0", [4, 4, 4]), track("shapes[0].x1", [4, 4, 4])],
    ["x0", "x1", "y0", "y1"].map((end) => track(`shapes[0].${end}`, [0, 1, 2])),
    [track("shapes[0].x0", [0, 1, 2]), track("shapes[0].x1", [1, 2, 3])],
    [track("shapes[0].x0", [0, 1], { index: [0, 1, 1] })],
  ];
  for (const tracks of none) assert.deepEqual(rulers({ tracks }, [{ xref: "x", yref: "y" }]), []);
});

test("with parts a step goes on from its first part to the next step's", () => {
  const times = [0, 0, 1, 1];
  const tracks = [track("shapes[0].x0", times), track("shapes[0].x1", times)];
  const [ruler] = rulers({ tracks, parts: ["read", "write"] }, [{ xref: "x", yref: "y" }]);
  assert.deepEqual([ruler.frameOf(1.2, 0), ruler.frameOf(1.2, 1)], [2, 3]);
});

test("a sign beside a row leads to the last frame in which it stood there, in the part that is shown", () => {
  const more = { parts: ["read", "write"], count: 8 };
  const tracks = [track("annotations[1].y", [0, 1, 0, 3], { index: [0, 0, 1, 1, 2, 2, 3, 3] })];
  const [ruler, ...others] = rulers({ tracks, ...more }, [], [{}, { yref: "y4" }]);
  assert.deepEqual([ruler.axis, others], ["y4", []]);
  assert.deepEqual(leads(ruler, [0.3, 1, 2, 3.4], 0), [4, 2, null, 6]);
  assert.deepEqual(leads(ruler, [0.3, 1, 2, 3.4], 3), [5, 3, null, 7]);
});

test("a table that is filled row by row leads to where a row was done; one that changes all over leads nowhere", () => {
  const filling = [[[NaN, NaN], [NaN, NaN]], [[1, NaN], [NaN, NaN]], [[1, 2], [NaN, NaN]], [[1, 2], [3, 4]]];
  assert.deepEqual(filledAt(filling), [2, 3]);
  assert.equal(filledAt([[[0, 0], [0, 0]], [[1, 1], [1, 1]]]), null);
  const tracks = [{ trace: 0, path: "z", values: filling }];
  const [ruler] = rulers({ tracks, count: 4 }, [], [], [{ yaxis: "y2" }]);
  assert.equal(ruler.axis, "y2");
  assert.deepEqual(leads(ruler, [0.4, 1, 2]), [2, 3, null]);
  assert.deepEqual(rulers({ tracks, links: [{ trace: 0, frames: [[0]] }] }, [], [], [{}]), []);
});
