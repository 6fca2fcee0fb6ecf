// @ts-check
// Where a place on an axis is a frame: on a time axis that the view has named, and wherever something in the picture
// goes along an axis from frame to frame: a cursor, a frame round a row, a sign beside one, the edge of a curtain, a
// table that is filled row by row.

/** @import { Frames, Track, Tree } from "../types.d.ts" */

/**
 * An axis of which every place stands for a frame.
 * @typedef {{ axis: string, frameOf(place: number, now: number): number | null }} Ruler
 */

/**
 * The latest frame at or before `time`; of several at one time the one that shows the same part as `now`.
 * @param {ArrayLike<number>} times never falling
 * @param {number} time
 * @param {number} now the frame that is shown
 * @param {number} [parts] of a step
 * @returns {number}
 */
export function frameAt(times, time, now, parts = 0) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) low = middle + 1;
    else high = middle;
  }
  const last = Math.max(0, low - 1);
  let first = last;
  while (first > 0 && times[first - 1] === times[last]) first--;
  return Math.min(last, first + (parts > 1 ? now % parts : 0));
}

/**
 * Whether values never go back, and go on at every frame or step: what flickers leads nowhere.
 * @param {ArrayLike<number>} values one for each frame
 * @param {number} parts of a step
 * @returns {boolean}
 */
function goesOn(values, parts) {
  const step = Math.max(1, parts);
  for (let at = 1; at < values.length; at++) {
    const [before, here] = [values[at - 1], values[at]];
    if (!(here >= before) || (at % step === 0 && here === before)) return false;
  }
  return values.length > 1;
}

/**
 * The frame in whose band a place lies.
 * @param {ArrayLike<number>} from one end of the band in each frame
 * @param {ArrayLike<number>} to
 * @param {number} place
 * @returns {number | null}
 */
function bandAt(from, to, place) {
  for (let at = 0; at < from.length; at++) if ((place - from[at]) * (place - to[at]) <= 0) return at;
  return null;
}

/**
 * For each row of a table the frame in which it was changed last; null if it is not filled row by row.
 * @param {ArrayLike<ArrayLike<ArrayLike<number>>>} tables one for each frame
 * @returns {number[] | null}
 */
export function filledAt(tables) {
  const rows = tables[0].length;
  const last = Array(rows).fill(0);
  const differ = (/** @type {ArrayLike<number>} */ one, /** @type {ArrayLike<number>} */ other) =>
    Array.prototype.some.call(one, (value, at) => !Object.is(value, other[at]));
  for (let at = 1; at < tables.length; at++) {
    for (let row = 0; row < rows; row++) if (differ(tables[at][row], tables[at - 1][row])) last[row] = at;
  }
  return rows > 1 && last.every((at, row) => row === 0 || at > last[row - 1]) ? last : null;
}

/**
 * The last frame in which a sign stood at a row, in the part of a step that is shown if it did so in that.
 * @param {ArrayLike<number>} rows where it stands in each frame
 * @param {number} row
 * @param {number} now
 * @param {number} parts of a step
 * @returns {number | null}
 */
function lastAt(rows, row, now, parts) {
  const there = Array.from(rows, (at, frame) => (at === row ? frame : -1)).filter((frame) => frame >= 0);
  return there.filter((frame) => parts < 2 || frame % parts === now % parts).at(-1) ?? there.at(-1) ?? null;
}

/**
 * The rulers of a picture.
 * @param {Frames} frames
 * @param {{ shapes?: Tree[], annotations?: Tree[] }} layout
 * @param {Tree[]} data
 * @returns {Ruler[]}
 */
export function rulersOf({ labels, links = [], tracks, parts = [] }, { shapes = [], annotations = [] }, data) {
  const count = parts.length;
  const along = (/** @type {ArrayLike<number>} */ times) => (/** @type {number} */ place, /** @type {number} */ now) => frameAt(times, place, now, count);
  /** @type {Ruler[]} */
  const rulers = links.flatMap(({ axis, times }) => (axis && times ? [{ axis, frameOf: along(times) }] : []));
  const moved = (/** @type {string} */ path) => tracks.find((track) => track.trace < 0 && track.path === path);
  shapes.forEach(({ xref, yref }, at) => {
    const [left, right, low, high] = ["x0", "x1", "y0", "y1"].map((end) => valuesOf(moved(`shapes[${at}].${end}`)));
    if (low && high && !left && !right && goesOn(low, count)) rulers.push({ axis: yref, frameOf: (place) => bandAt(low, high, place) });
    if (!left || low || high || !goesOn(left, count)) return;
    const cursor = right && Array.prototype.every.call(left, (place, frame) => place === right[frame]);
    if (cursor) rulers.push({ axis: xref, frameOf: along(left) });
    // What a curtain's edge has not reached is behind it: the frame that uncovers it.
    else if (!right) rulers.push({ axis: xref, frameOf: (place) => firstBeyond(left, place) });
  });
  annotations.forEach(({ yref }, at) => {
    const track = moved(`annotations[${at}].y`);
    if (!track) return;
    const rows = labels.map((_, frame) => track.values[track.index ? track.index[frame] : frame]);
    rulers.push({ axis: yref, frameOf: (place, now) => lastAt(rows, Math.round(place), now, count) });
  });
  for (const { trace, path, values, index } of tracks) {
    const filled = trace >= 0 && path === "z" && !index && !links.some((link) => link.trace === trace) ? filledAt(values) : null;
    if (filled) rulers.push({ axis: data[trace].yaxis ?? "y", frameOf: (place) => filled[Math.round(place)] ?? null });
  }
  return rulers;
}

/**
 * The values of a track that has one for each frame.
 * @param {Track | undefined} track
 * @returns {ArrayLike<number> | undefined}
 */
const valuesOf = (track) => (track?.index ? undefined : track?.values);

/**
 * @param {ArrayLike<number>} values rising
 * @param {number} place
 * @returns {number}
 */
function firstBeyond(values, place) {
  let at = 0;
  while (at < values.length - 1 && values[at] <= place) at++;
  return at;
}
