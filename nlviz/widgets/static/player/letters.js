// @ts-check
// The letters, lines and markers of a theme, made for the width of a figure.

import { NARROW } from "./fit.js";

/** @import { Tree } from "../types.d.ts" */

// The width for which the themes choose their letters; below it they shrink, but never below what can be read.
// The letters at ticks, and those of code, may be the smallest.
const FULL_WIDTH = 1000, LEAST_LETTER = 12, LEAST_TICK = 11;
// Letters of code stand in columns. On a phone's figure these are so narrow that letters of any other size lie on one
// another: there they are for the shape of a line, and for two fingers.
const PHONE = 420, LEAST_CODE = 5;
// In a figure that stands beside its knobs on a laptop there is room for no other letters than the smallest.
const SMALL_WIDTH = 760, SMALL_SHARE = 0.65;
// The size of most letters where a template says none.
const LETTER = 13;

/**
 * The template with its letters, lines and markers made for a figure this narrow.
 * @param {any} node
 * @param {number} share of the full width
 * @param {number} [least] letter, but at ticks
 * @param {number} [code] least letter of code
 * @param {string} [inside] the attribute in which the node stands
 * @returns {any}
 */
export function fitted(node, share, least = LEAST_LETTER, code = LEAST_TICK, inside = "") {
  if (Array.isArray(node)) return node.map((child) => fitted(child, share, least, code, inside));
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => {
    if (typeof value === "object") return [key, fitted(value, share, least, code, key)];
    if (inside === "line" && key === "width") return [key, value && Math.max(1, value * share)];
    if (key !== "size" || typeof value !== "number") return [key, value];
    const fewest = inside === "marker" ? 4 : inside === "textfont" ? code : inside === "tickfont" ? LEAST_TICK : least;
    return [key, Math.max(Math.min(value, fewest), Math.floor(value * share))];
  }));
}

/**
 * The template for a figure this wide, and the size of most of its letters.
 * @param {Tree} template
 * @param {number} width
 * @returns {{ made: Tree, letter: number }}
 */
export function madeFor(template, width) {
  const share = Math.min(width < SMALL_WIDTH ? SMALL_SHARE : 1, width / FULL_WIDTH);
  // Where panels stand in one column there is room for the smallest only.
  const least = width < NARROW ? LEAST_TICK : LEAST_LETTER;
  const made = share < 1 ? fitted(template, share, least, width < PHONE ? LEAST_CODE : LEAST_TICK) : template;
  return { made, letter: made.layout?.font?.size ?? LETTER };
}
