// @ts-check
// What a new picture changes in the one on the screen: attributes by path, named as tracks name them.

import { drawable } from "./shapes.js";

/** @import { Change, Picture, Tree } from "../types.d.ts" */

// A list whose members are told apart; every other list is one value.
const NUMBERED = ["shapes"];

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
 * The layout but for what is not Plotly's: shapes that are drawn beside its picture, and words, which have their own way.
 * @param {Tree} layout
 * @returns {Tree}
 */
function rest({ shapes = [], annotations, ...others }) {
  return shapes.every(drawable) ? others : { ...others, shapes };
}

/**
 * What a trace is called, as far as it is the same thing in two pictures.
 * @param {Tree} trace
 * @returns {string}
 */
const called = ({ type, mode, xaxis, yaxis, name, legendgroup }) => JSON.stringify([type, mode, xaxis, yaxis, name, legendgroup]);

/**
 * Which trace of `before` each of `after` continues, −1 for a new one: place by place where there are as many of the
 * same kinds, else in their order by what they are called.
 * @param {Tree[]} before
 * @param {Tree[]} after
 * @returns {number[]}
 */
export function continued(before, after) {
  if (before.length === after.length && after.every(({ type }, at) => before[at].type === type)) return after.map((_, at) => at);
  let next = 0;
  return after.map((trace) => {
    const at = before.findIndex((one, number) => number >= next && called(one) === called(trace));
    if (at >= 0) next = at + 1;
    return at;
  });
}

/** The path by which a trace is named that was not there before. */
export const WHOLE = "";

/**
 * From one picture to another as [{ trace, path }], −1 for the layout, WHOLE for a trace that is new.
 * @param {Picture} before
 * @param {Picture} after
 * @param {number[]} from which trace of `before` each of `after` continues
 * @returns {Change[]}
 */
export function changesOf(before, after, from = continued(before.data, after.data)) {
  const changes = after.data.flatMap((trace, at) => {
    const paths = from[at] < 0 ? [WHOLE] : [...differences(before.data[from[at]], trace)];
    return paths.map((path) => ({ trace: at, path }));
  });
  return [...changes, ...[...differences(rest(before.layout), rest(after.layout))].map((path) => ({ trace: -1, path }))];
}
