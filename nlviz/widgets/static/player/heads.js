// @ts-check
// What stands above a panel: a heading, a legend, a bar of colours. Where they do not fit side by side they stand on
// one another. How wide letters are is only known when they are drawn: here it is reckoned, and not too small.

import { plainText } from "../elements.js";
import { barsOf, nearest } from "./panels.js";

/** @import { Head, Legend, Panel, Tree } from "../types.d.ts" */

const LETTER_WIDTH = 0.6, LINE_HEIGHT = 1.3;
// What a legend draws before a name; the shortest bar on which ticks can be told apart, and its height with them.
const SAMPLE = 60, BAR = 110, BAR_HIGH = 40;
const APART = 16;
/** How far a heading stands off its panel in a column: marks in the panel may reach over its edge. */
export const OFF = 8;

const wide = (/** @type {string} */ words, /** @type {number} */ letter) => plainText(words).length * LETTER_WIDTH * letter;

/** An annotation that is placed on the figure, not in a panel. */
export const onPaper = (/** @type {Tree} */ { xref, yref }) => xref === "paper" && yref === "paper";

/**
 * The pixels that a lying bar needs, with its title.
 * @param {Tree} bar
 * @param {number} letter
 * @returns {number}
 */
export const barLength = (bar, letter) => BAR + wide(bar.title?.text ?? "", letter);

/**
 * The legends that have a place of their own, with the pixels they take in one line, and the lines in a figure this wide.
 * @param {Tree} layout
 * @param {Tree[]} data
 * @param {{ width: number, letter: number }} room
 * @returns {Legend[]}
 */
export function legendsOf(layout, data, { width, letter }) {
  const keys = Object.keys(layout).filter((key) => /^legend\d*$/.test(key) && layout[key].x !== undefined && layout[key].y !== undefined);
  return keys.map((key) => {
    const names = data.filter(({ legend, name, showlegend, visible }) => (legend ?? "legend") === key && name && showlegend !== false && visible !== false);
    const widths = names.map(({ name }) => wide(name, letter) + SAMPLE);
    const length = widths.reduce((sum, one) => sum + one, 0);
    // In several lines every name gets the width of the longest; an upright legend has a line for each.
    const across = layout[key].orientation === "v" ? 1 : length <= width ? names.length : Math.max(1, Math.floor(width / Math.max(...widths)));
    return { legend: layout[key], length, lines: Math.ceil(names.length / Math.max(1, across)) };
  });
}

/**
 * For each panel the room that it needs above it in a column this wide, and how far legend and bar are lifted there.
 * @param {Panel[]} panels
 * @param {Tree} layout
 * @param {Tree[]} data
 * @param {{ width: number, letter: number }} room
 * @returns {Map<Panel, Head>}
 */
export function headsOf(panels, layout, data, { width, letter }) {
  const legends = legendsOf(layout, data, { width, letter });
  return new Map(panels.map((panel) => {
    const [top, upright] = [panel.y[1], panel.ykey.replace("axis", "")];
    const here = (/** @type {Tree} */ { x, y }) => y >= top && nearest(panels, x, y) === panel;
    const isHeading = (/** @type {Tree} */ one) => (onPaper(one) ? here(one) : one.yref === `${upright} domain` && one.y >= 1 && one.yanchor === "bottom");
    const headings = (layout.annotations ?? []).filter(isHeading);
    const heading = headings.reduce((/** @type {number} */ sum, /** @type {Tree} */ { text }) => sum + wide(text, letter), 0);
    const bars = barsOf(layout).filter((one) => one.orientation === "h" && here(one)).map((bar) => ({ thing: bar, length: barLength(bar, letter), high: BAR_HIGH }));
    const keys = legends.filter(({ legend }) => here(legend)).map(({ legend, length, lines }) => ({ thing: legend, length, high: lines * (LINE_HEIGHT * letter + 5) + 8 }));
    const under = heading ? Math.ceil(heading / width) * LINE_HEIGHT * letter + 8 + OFF : 0;
    const meets = (/** @type {Tree} */ { thing, length }) => heading + length + APART > width
      || headings.some((/** @type {Tree} */ { xanchor }) => (xanchor ?? "left") === (thing.xanchor ?? "left"));
    const lift = heading && [...bars, ...keys].some(meets) ? under : 0;
    const over = Math.max(0, ...[...bars, ...keys].map(({ high }) => high));
    return [panel, { lift, room: Math.max(under, lift + over) }];
  }));
}

/**
 * Words broken into lines that fit, at a point between them where there is one.
 * @param {string} text
 * @param {number} width
 * @param {number} letter
 * @returns {string}
 */
export function broken(text, width, letter) {
  if (/[<&]/.test(text) || wide(text, letter) <= width) return text;
  const most = Math.max(8, Math.floor(width / (LETTER_WIDTH * letter)));
  return text.split(text.includes(" · ") ? /(?<= ·) / : " ").reduce((/** @type {string[]} */ lines, word) => {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > most) return [...lines, word];
    return [...lines.slice(0, -1), `${last} ${word}`];
  }, []).join("<br>");
}
