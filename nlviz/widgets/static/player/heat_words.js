// @ts-check
// Words in the cells of a heat map, as Plotly writes them: as large as the smallest cell lets the longest be, dark on
// light and light on dark.

import { svg } from "./shapes.js";

/** @import { Numbers, Tree } from "../types.d.ts" */

// Plotly's own: the largest letter, where its middle lies above the line it stands on, and its two colours.
const MOST_LETTER = 12, MIDDLE = 0.35;
const DARK = "#444", LIGHT = "#fff";

/**
 * What a template writes in each cell, row by row; null where the template is another or words hold mark-up.
 * @param {Tree} trace with its defaults
 * @param {Tree} data
 * @returns {string[][] | null}
 */
export function cellWords({ texttemplate }, { z, text }) {
  const digits = texttemplate.match(/^%\{z:\.(\d)f\}$/)?.[1];
  /** @type {(value: number | null, row: number, column: number) => string} */
  let told;
  if (digits !== undefined) told = (value) => (Number.isFinite(value) ? Number(value).toFixed(Number(digits)).replace("-", "−") : "");
  else if (texttemplate === "%{text}") told = (_, row, column) => String(text?.[row]?.[column] ?? "");
  else return null;
  const words = Array.from(z, (/** @type {Numbers} */ values, row) => Array.from(values, (value, column) => told(value, row, column)));
  return words.flat().some((word) => /[<&]/.test(word)) ? null : words;
}

/**
 * The size of letters that Plotly would choose: the longest word fits its cell. 0 where none can be read.
 * @param {string[][]} words
 * @param {number} width of a cell
 * @param {number} height
 * @returns {number}
 */
export function letterFor(words, width, height) {
  const longest = Math.max(0, ...words.flat().map((word) => word.length));
  const size = Math.min(MOST_LETTER, Math.floor(width / longest), Math.floor(height));
  return longest && size > 1 ? size : 0;
}

/**
 * Whether white letters can be read on a colour, as bytes of red, green and blue from its low end: by brightness.
 * @param {number} color
 * @returns {boolean}
 */
export const isDark = (color) => ((color & 255) * 299 + ((color >> 8) & 255) * 587 + ((color >> 16) & 255) * 114) / 1000 < 128;

/**
 * @param {string[][]} words by row and column of the matrix
 * @param {{ xs: number[], ys: number[], flips: boolean[] }} cells in pixels
 * @param {Uint32Array} pixels the colours, as they lie on the screen
 * @param {Tree} font
 * @returns {SVGGElement}
 */
export function labelsIn(words, { xs, ys, flips: [flipX, flipY] }, pixels, { family, size, color }) {
  const [rows, columns] = [ys.length - 1, xs.length - 1];
  const letter = size === "auto" ? letterFor(words, (xs[columns] - xs[0]) / columns, (ys[rows] - ys[0]) / rows) : size;
  const group = svg("g", { "text-anchor": "middle" });
  group.style.cssText = `font-family: ${family}; font-size: ${letter}px; white-space: pre`;
  if (!letter) return group;
  /** @type {string[]} */
  const labels = [];
  words.forEach((row, at) => row.forEach((word, along) => {
    if (!word) return;
    const [down, across] = [flipY ? rows - 1 - at : at, flipX ? columns - 1 - along : along];
    const own = color === "auto" ? (isDark(pixels[down * columns + across]) ? LIGHT : DARK) : color;
    const [x, y] = [Math.round((xs[across] + xs[across + 1]) / 2), Math.round((ys[down] + ys[down + 1]) / 2) + MIDDLE * letter];
    labels.push(`<text x="${x}" y="${y}" fill="${own}">${word}</text>`);
  }));
  // One parse for all, as of letters.
  group.innerHTML = labels.join("");
  return group;
}
