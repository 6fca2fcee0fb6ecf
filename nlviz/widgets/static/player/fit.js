// @ts-check
// The layout of a figure for the room that a page gives it: without its title, which the page writes, and with its
// panels where they have room.

import { barLength, broken, headsOf, legendsOf, OFF, onPaper } from "./heads.js";
import { barsOf, DESIGN, panelsOf, placed, squeezed, stacked } from "./panels.js";

/** @import { Head, Panel, Seat, Tree } from "../types.d.ts" */

/** Below this width of the figure panels stand in one column. */
export const NARROW = 620;
// Round the panels, as Plotly draws them: at the top for what stands on the upper edge; ticks and titles at the others.
const TOP = 10, BELOW = 46, SIDES = 84;
// A column of a page that was pushed together; nothing can be read there, but nothing breaks.
const LEAST_WIDE = 120;
const LEAST_LETTER = 11;

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
  if (width >= NARROW) {
    seat(layout, squeezed(panels, { width: wide, height: high, scale }));
    fitWords(layout, data, wide, letter);
  } else {
    const heads = headsOf(panels, layout, data, { width: wide, letter });
    const column = stacked(panels, layout, heads, { width: wide, scale });
    // Less than the room there is would only leave a hole.
    layout.height = Math.max(height, Math.ceil(column.height + TOP + BELOW * scale));
    const tall = layout.height - TOP - BELOW * scale;
    lift(layout, panels, heads, { width: wide, height: tall }, () => seat(layout, column.seats));
    fitWords(layout, data, wide, letter);
  }
  return layout.height;
}

/**
 * Leaves a hand nothing that takes a curve away or a panel out of its frame: a click leads to a frame, a drag to none.
 * @param {Tree} layout changed in its place
 * @returns {void}
 */
export function onlyClicks(layout) {
  layout.dragmode = false;
  for (const key of ["legend", "xaxis", "yaxis"]) layout[key] ??= {};
  for (const key of Object.keys(layout)) {
    if (/^[xy]axis\d*$/.test(key)) layout[key].fixedrange = true;
    if (/^legend\d*$/.test(key)) Object.assign(layout[key], { itemclick: false, itemdoubleclick: false });
  }
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
  const legends = Object.keys(layout).filter((key) => /^legend\d*$/.test(key)).map((key) => layout[key]);
  for (const one of [...legends.filter(({ x, y }) => x !== undefined && y !== undefined), ...(layout.annotations ?? []).filter(onPaper)]) {
    const { x, y } = placed(seats, one.x, one.y);
    Object.assign(one, { x, y });
  }
}

/**
 * Seats panels in a column, and lifts legends and bars over the headings beside which they have no room.
 * @param {Tree} layout
 * @param {Panel[]} panels
 * @param {Map<Panel, Head>} heads
 * @param {{ width: number, height: number }} room
 * @param {() => void} seatAll
 * @returns {void}
 */
function lift(layout, panels, heads, { width, height }, seatAll) {
  const bars = barsOf(layout).filter(({ orientation }) => orientation === "h");
  const things = [...bars, ...legendsOf(layout, [], { width, letter: LEAST_LETTER }).map(({ legend }) => legend)];
  const seats = new Map(panels.map((panel) => [panel, { ...panel, gaps: { x: 1, y: 1 } }]));
  const above = things.flatMap((thing) => {
    const { panel } = placed(seats, thing.x, thing.y);
    return thing.y >= panel.y[1] ? [{ thing, panel }] : [];
  });
  seatAll();
  for (const one of (layout.annotations ?? []).filter(onPaper)) one.yshift = (one.yshift ?? 0) + OFF;
  for (const { thing, panel } of above) {
    const least = layout[panel.ykey].domain[1] + (heads.get(panel)?.lift ?? 0) / height;
    // One that hung from the figure's edge stands on its panel now.
    thing.y = thing.yanchor === "top" ? least : Math.max(thing.y, least);
    thing.yanchor = "bottom";
    if (bars.includes(thing)) thing.len = Math.max(thing.len, Math.min(1, barLength(thing, LEAST_LETTER) / width));
  }
}

/**
 * Breaks headings that would go over the edge, and makes the letters of a legend smaller that would.
 * @param {Tree} layout
 * @param {Tree[]} data
 * @param {number} width
 * @param {number} letter
 * @returns {void}
 */
function fitWords(layout, data, width, letter) {
  for (const one of (layout.annotations ?? []).filter(onPaper)) {
    if (one.xanchor === "left") one.text = broken(one.text, (1 - one.x) * width, letter);
  }
  const panels = panelsOf(layout);
  for (const { legend, length } of legendsOf(layout, data, { width, letter })) {
    // Up to the next panel, or to the edge.
    const ends = panels.map(({ x }) => x[0]).filter((start) => start > legend.x);
    const room = legend.xanchor === "right" ? legend.x : Math.min(1, ...ends) - legend.x;
    if (length > room * width) legend.font = { ...legend.font, size: LEAST_LETTER };
  }
}
