// @ts-check
// The layout of a figure for the room that a page gives it: without its title, which the page writes, and with its
// panels where they have room.

import { plainText } from "../elements.js";
import { barsOf, DESIGN, LETTER_WIDTH, panelsOf, placed, squeezed, stacked } from "./panels.js";

/** @import { Panel, Seat, Tree } from "../types.d.ts" */

/** Below this width of the figure panels stand in one column. */
export const NARROW = 620;
// Round the panels, as Plotly draws them: at the top for what stands on the upper edge; ticks and titles at the others.
const TOP = 10, BELOW = 46, SIDES = 84;
// A column of a page that was pushed together; nothing can be read there, but nothing breaks.
const LEAST_WIDE = 120;
// What a legend draws before a name.
const SAMPLE = 46;

/**
 * `layout`, changed in its place, for a figure of this size; returns the height it takes.
 * @param {Tree} layout
 * @param {Tree[]} data
 * @param {{ width: number, height: number, letter: number }} room in pixels; letter: the size of most words
 * @returns {number}
 */
export function fit(layout, data, { width, height, letter }) {
  delete layout.title;
  layout.margin = { ...layout.margin, t: TOP };
  layout.height = height;
  const panels = panelsOf(layout);
  if (!panels.length) return height;
  const scale = letter / DESIGN.letter;
  const [wide, high] = [Math.max(LEAST_WIDE, width - SIDES * scale), height - TOP - BELOW * scale];
  if (width >= NARROW) seat(layout, squeezed(panels, { width: wide, height: high, scale }));
  else {
    const column = stacked(panels, layout, linesOf(data, layout, wide, letter), { width: wide, scale });
    // Less than the room there is would only leave a hole.
    layout.height = Math.max(height, Math.ceil(column.height + TOP + BELOW * scale));
    seat(layout, column.seats);
  }
  return layout.height;
}

/**
 * The legends that stand on something, each with the lines it takes in a figure this wide.
 * @param {Tree[]} data
 * @param {Tree} layout
 * @param {number} width
 * @param {number} letter
 * @returns {{ x: number, y: number, lines: number }[]}
 */
export function linesOf(data, layout, width, letter) {
  return Object.keys(layout).filter((key) => /^legend\d*$/.test(key) && layout[key].yanchor === "bottom").map((key) => {
    const names = data.filter(({ legend, name, showlegend, visible }) => (legend ?? "legend") === key && name && showlegend !== false && visible !== false);
    const longest = Math.max(0, ...names.map(({ name }) => plainText(name).length * LETTER_WIDTH * letter + SAMPLE));
    // Plotly gives every name the width of the longest, and a vertical key a line for each.
    const across = layout[key].orientation === "v" ? 1 : Math.max(1, Math.floor(width / longest));
    return { x: layout[key].x, y: layout[key].y, lines: Math.ceil(names.length / across) };
  });
}

/**
 * Puts panels on their seats, and what stands at a panel along with it.
 * @param {Tree} layout
 * @param {Map<Panel, Seat>} seats
 * @returns {void}
 */
function seat(layout, seats) {
  for (const { xkey, ykey, x, y } of seats.values()) {
    layout[xkey].domain = x;
    layout[ykey].domain = y;
  }
  for (const bar of barsOf(layout)) {
    const { x, y, panel, seat: to } = placed(seats, bar.x, bar.y);
    const letter = bar.orientation === "h" ? "x" : "y";
    const share = (/** @type {Panel} */ one) => one[letter][1] - one[letter][0];
    // As much of its panel as before.
    const len = (bar.len ?? 1) * (share(to) / share(panel));
    Object.assign(bar, { x, y, len });
  }
  const both = (/** @type {Tree} */ { xref, yref }) => xref === "paper" && yref === "paper";
  const legends = Object.keys(layout).filter((key) => /^legend\d*$/.test(key)).map((key) => layout[key]);
  for (const one of [...legends.filter(({ x, y }) => x !== undefined && y !== undefined), ...(layout.annotations ?? []).filter(both)]) {
    const { x, y } = placed(seats, one.x, one.y);
    Object.assign(one, { x, y });
  }
}
