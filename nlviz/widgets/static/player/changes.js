// @ts-check
// What a new picture changes in the one on the screen: attributes by path, named as tracks name them.

/** @import { Change, Picture, Tree } from "../types.d.ts" */

// Lists whose members are told apart; every other list is one value.
const NUMBERED = ["shapes", "annotations"];

/**
 * @param {any} value
 * @returns {boolean}
 */
const isList = (value) => Array.isArray(value) || ArrayBuffer.isView(value);

/**
 * @param {any} value
 * @returns {boolean}
 */
const isTree = (value) => typeof value === "object" && value !== null && !isList(value);

/**
 * Whether two values are equal: numbers (a gap equals a gap), words, lists, trees.
 * @param {any} one
 * @param {any} other
 * @returns {boolean}
 */
export function same(one, other) {
  if (one === other || (one !== one && other !== other)) return true;
  if (isList(one) && isList(other)) {
    if (one.length !== other.length) return false;
    for (let at = 0; at < one.length; at++) if (!same(one[at], other[at])) return false;
    return true;
  }
  if (!isTree(one) || !isTree(other)) return false;
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((key) => same(one[key], other[key]));
}

/**
 * The paths at which two trees differ.
 * @param {Tree} one
 * @param {Tree} other
 * @param {string} [path] where they stand
 * @returns {Generator<string, void>}
 */
export function* differences(one, other, path = "") {
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const [was, is, here] = [one[key], other[key], path ? `${path}.${key}` : key];
    if (isTree(was) && isTree(is)) yield* differences(was, is, here);
    else if (NUMBERED.includes(here) && was?.length === is?.length) {
      for (let at = 0; at < is.length; at++) yield* differences(was[at], is[at], `${here}[${at}]`);
    } else if (!same(was, is)) yield here;
  }
}

/**
 * Everything that the frames or a hand may move in a picture: what Plotly was told to leave out.
 * @param {Picture} picture
 * @returns {any[]}
 */
const moving = ({ frames, handles }) => [...(frames?.tracks ?? []).map(({ trace, path }) => [trace, path]), ...(handles ?? []).map(({ shape }) => shape)];

/**
 * From one picture to another as [{ trace, path }], −1 for the layout; null where they are made differently: other
 * traces, or other things that move. Those Plotly must draw, since what is hidden from it is no longer the same.
 * @param {Picture} before
 * @param {Picture} after
 * @returns {Change[] | null}
 */
export function changesOf(before, after) {
  const alike = before.data.length === after.data.length && after.data.every(({ type }, at) => before.data[at].type === type);
  if (!alike || !same(moving(before), moving(after))) return null;
  const changes = after.data.flatMap((trace, at) => [...differences(before.data[at], trace)].map((path) => ({ trace: at, path })));
  return [...changes, ...[...differences(before.layout, after.layout)].map((path) => ({ trace: -1, path }))];
}
