// @ts-check
// The panels of a figure, seated for the room there is. A view gives shares of a figure of a certain size; between
// panels stand ticks, titles and keys, whose letters do not shrink with it. So where there is less room the panels give
// it up and the gaps stay as they are; and where a page is too narrow for panels side by side they stand in one column.

/** @import { Head, Panel, Seat, Squeeze, Tree } from "../types.d.ts" */

/** The pixels that the panels share in the figure that views are made for, 1000 × 640, and its letters. */
export const DESIGN = { x: 900, y: 520, letter: 13 };
// Never more than this share of the room for gaps: else panels vanish.
const MOST_GAPS = 0.5;
// In a column: room below a panel for ticks and title, above it for a heading; its own height in pixels.
const BELOW = 52, MOST_ABOVE = 76, LEAST_HIGH = 130, MOST_HIGH = 300;
const LETTER_WIDTH = 0.62;
const BAR_WIDTH = 72;

const keyOf = (/** @type {string} */ id) => `${id[0]}axis${id.slice(1)}`;

/**
 * The panels of a layout: an upright axis with the one it stands on. Axes laid over others follow them.
 * @param {Tree} layout
 * @returns {Panel[]}
 */
export function panelsOf(layout) {
  return Object.keys(layout).filter((key) => /^yaxis\d*$/.test(key) && !layout[key].overlaying).flatMap((ykey) => {
    const xkey = keyOf(layout[ykey].anchor ?? "x");
    if (!layout[xkey]) return [];
    return [{ xkey, ykey, x: [...(layout[xkey].domain ?? [0, 1])], y: [...(layout[ykey].domain ?? [0, 1])] }];
  });
}

/**
 * @param {number[]} one
 * @param {number[]} other
 */
const overlap = ([from, to], [start, end]) => from < end && start < to;

/**
 * Panels in groups: those that reach over the same stretch of `letter`, directly or by others.
 * @param {Panel[]} panels
 * @param {"x" | "y"} letter
 * @returns {Panel[][]}
 */
export function groupsAlong(panels, letter) {
  /** @type {Panel[][]} */
  const groups = [];
  for (const panel of panels) {
    const joined = groups.filter((group) => group.some((one) => overlap(one[letter], panel[letter])));
    for (const group of joined) groups.splice(groups.indexOf(group), 1);
    groups.push([...joined.flat(), panel]);
  }
  return groups;
}

/**
 * How the shares of one direction change where there are `have` pixels instead of `made`: what lies in a panel shrinks,
 * gaps keep their pixels. `gap` is what a share of a gap becomes.
 * @param {number[][]} domains
 * @param {number} have
 * @param {number} made
 * @returns {Squeeze}
 */
export function squeeze(domains, have, made) {
  if (have >= made) return { at: (share) => share, gap: 1 };
  const ends = [...new Set([0, 1, ...domains.flat()])].sort((one, other) => one - other);
  const pieces = ends.slice(1).map((to, at) => {
    const solid = domains.some((domain) => overlap(domain, [ends[at], to]));
    return { from: ends[at], size: to - ends[at], solid };
  });
  const gaps = pieces.reduce((sum, { size, solid }) => sum + (solid ? 0 : size), 0);
  const gap = gaps && Math.min(gaps * made / have, MOST_GAPS) / gaps;
  const panel = (1 - gaps * gap) / (1 - gaps);
  const at = (/** @type {number} */ share) => pieces.reduce((sum, { from, size, solid }) =>
    sum + Math.max(0, Math.min(size, share - from)) * (solid ? panel : gap), 0);
  return { at, gap: gap || 1 };
}

/**
 * New seats where panels keep their neighbours.
 * @param {Panel[]} panels
 * @param {{ width: number, height: number, scale: number }} room in pixels for the panels, and how much larger letters are
 * @returns {Map<Panel, Seat>}
 */
export function squeezed(panels, { width, height, scale }) {
  const [rows, columns] = [groupsAlong(panels, "y"), groupsAlong(panels, "x")];
  return new Map(panels.map((panel) => {
    const groupOf = (/** @type {Panel[][]} */ groups) => /** @type {Panel[]} */ (groups.find((group) => group.includes(panel)));
    const across = squeeze(groupOf(rows).map(({ x }) => x), width, DESIGN.x * scale);
    const up = squeeze(groupOf(columns).map(({ y }) => y), height, DESIGN.y * scale);
    return [panel, { ...panel, x: panel.x.map(across.at), y: panel.y.map(up.at), gaps: { x: across.gap, y: up.gap } }];
  }));
}

/**
 * The pixels that words and a key need at the right of a panel.
 * @param {Panel} panel
 * @param {Tree} layout
 * @param {number} letter
 * @returns {number}
 */
function rightOf({ x, xkey }, layout, letter) {
  const id = xkey.replace("axis", "");
  const words = (layout.annotations ?? []).filter((/** @type {Tree} */ { xref, x: at, xanchor }) => xref === `${id} domain` && at >= 1 && xanchor === "left")
    .map((/** @type {Tree} */ { text }) => text.replace(/<[^>]*>/g, "").length * LETTER_WIDTH * letter);
  const bars = barsOf(layout).filter(({ orientation, x: at }) => orientation !== "h" && at > x[1] && at < x[1] + 0.1);
  return Math.max(0, ...words, bars.length ? BAR_WIDTH : 0);
}

/**
 * The pixels above a panel of a column that its view left there.
 * @param {Panel} panel
 * @param {Panel[]} column
 * @returns {number}
 */
function aboveOf({ y: [, top] }, column) {
  const ceiling = Math.min(1, ...column.filter(({ y }) => y[0] >= top).map(({ y }) => y[0]));
  // Under another panel the gap holds the ticks of that one too.
  return Math.max(10, Math.min(MOST_ABOVE, (ceiling - top) * DESIGN.y - (ceiling < 1 ? BELOW : 0)));
}

/**
 * New seats in one column, from the left column's first panel to the right one's last, and the height they need.
 * @param {Panel[]} panels
 * @param {Tree} layout
 * @param {Map<Panel, Head>} heads
 * @param {{ width: number, scale: number }} room
 * @returns {{ seats: Map<Panel, Seat>, height: number }}
 */
export function stacked(panels, layout, heads, { width, scale }) {
  const columns = groupsAlong(panels, "x").sort((one, other) => Math.min(...one.map(({ x }) => x[0])) - Math.min(...other.map(({ x }) => x[0])));
  let height = 0;
  const places = columns.flatMap((column) => column.sort((one, other) => other.y[1] - one.y[1] || one.x[0] - other.x[0]).map((panel) => {
    const above = Math.max(heads.get(panel)?.room ?? 0, scale * aboveOf(panel, column));
    const right = rightOf(panel, layout, DESIGN.letter * scale);
    const ratio = ((panel.y[1] - panel.y[0]) * DESIGN.y) / ((panel.x[1] - panel.x[0]) * DESIGN.x);
    const high = Math.max(LEAST_HIGH, Math.min(MOST_HIGH, ratio * (width - right)));
    const top = height + (height ? BELOW * scale : 0) + above;
    height = top + high;
    return { panel, top, high, right };
  }));
  const gaps = { x: DESIGN.x / width, y: DESIGN.y * scale / height };
  return { height, seats: new Map(places.map(({ panel, top, high, right }) =>
    [panel, { ...panel, gaps, x: [0, 1 - right / width], y: [1 - (top + high) / height, 1 - top / height] }])) };
}

/**
 * The panel that is nearest to a place on the figure.
 * @param {Panel[]} panels
 * @param {number} x
 * @param {number} y
 * @returns {Panel}
 */
export function nearest(panels, x, y) {
  const away = (/** @type {number} */ at, /** @type {number[]} */ [from, to]) => Math.max(from - at, 0, at - to);
  const distance = (/** @type {Panel} */ panel) => Math.hypot(away(x, panel.x), away(y, panel.y));
  return panels.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}

/**
 * A place on the figure, which goes along with the panel nearest to it: inside by share, outside by pixels.
 * @param {Map<Panel, Seat>} seats
 * @param {number} x
 * @param {number} y
 * @returns {{ x: number, y: number, panel: Panel, seat: Panel }}
 */
export function placed(seats, x, y) {
  const panel = nearest([...seats.keys()], x, y);
  const seat = /** @type {Seat} */ (seats.get(panel));
  const go = (/** @type {"x" | "y"} */ letter, /** @type {number} */ at) => {
    const [[from, to], [start, end]] = [panel[letter], seat[letter]];
    if (at > to) return end + (at - to) * seat.gaps[letter];
    if (at < from) return start - (from - at) * seat.gaps[letter];
    return start + ((at - from) / (to - from)) * (end - start);
  };
  return { x: go("x", x), y: go("y", y), panel, seat };
}

/**
 * The colour bars that have a place of their own.
 * @param {Tree} layout
 * @returns {Tree[]}
 */
export const barsOf = (layout) => Object.keys(layout).filter((key) => /^coloraxis\d*$/.test(key)).flatMap((key) => {
  const bar = layout[key].colorbar;
  return bar?.x !== undefined && bar?.y !== undefined ? [bar] : [];
});
