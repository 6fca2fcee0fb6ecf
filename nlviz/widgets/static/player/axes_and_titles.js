// @ts-check
// What stands round the data: ranges of axes and colours, words. For them Plotly would draw everything anew; here its
// ticks are moved and its words replaced, until the hand rests and it draws.

import { originals } from "./stand_ins.js";
import { moveTicks, paintBarTicks, paintTicks, ticksOf } from "./ticks.js";

/** @import { Graph, Picture, Tree } from "../types.d.ts" */

/**
 * Another range for an axis that no hand has zoomed and no other axis follows, other ticks for it, other words.
 * @param {Graph} node
 * @param {Picture} picture
 * @param {string} name
 * @param {Set<string>} attributes what of it changed
 * @param {Set<string>} gone takes the axis whose traces go with it
 * @returns {boolean}
 */
function paintAxis(node, { layout }, name, attributes, gone) {
  const [axis, said] = [node._fullLayout[name], layout[name]];
  if (!axis || !said) return false;
  if (attributes.has("title.text") && !retitle(node, name, said.title.text)) return false;
  if (attributes.has("range") && !rescale(node, name, said.range, gone)) return false;
  const ticks = ticksOf(said, axis.range, axis, { length: axis._length, letter: axis._id[0] });
  const others = [...attributes].some((one) => TICKS.includes(one));
  // Plotly's own ticks went with the range; those that it would write anew are its own.
  return ticks ? !(others || attributes.has("range")) || paintTicks(node, axis, ticks) : !others;
}

/**
 * @param {Graph} node
 * @param {string} name
 * @param {number[]} range
 * @param {Set<string>} gone
 * @returns {boolean}
 */
function rescale(node, name, range, gone) {
  const full = node._fullLayout;
  const axis = full[name];
  if (!mayRescale(full, name) || !Array.isArray(range)) return false;
  const [letter, was] = [axis._id[0], [...axis.range]];
  const give = (/** @type {number[]} */ ends) => {
    axis.range = [...ends];
    axis.setScale();
  };
  if (!originals(node).has(name)) originals(node).set(name, () => give(was));
  const marks = /** @type {any[]} */ ([...node.querySelectorAll(["tick", "grid", "zl"].map((kind) => `.${axis._id}${kind}`).join())]);
  const before = new Map(marks.map(({ __data__: datum }) => [datum?.x, axis.l2p(datum?.x)]));
  give(range);
  moveTicks(marks, letter, (value) => before.get(value), (value) => axis.l2p(value), [0, axis._length]);
  gone.add(axis._id);
  return true;
}

/**
 * Whether an axis may get another range here: a linear one with a range of its own. A range that a hand has zoomed to
 * is the hand's (Plotly keeps it under `_preGUI`), and one that others follow would leave them behind.
 * @param {any} full Plotly's layout with its defaults
 * @param {string} name
 * @returns {boolean}
 */
export function mayRescale(full, name) {
  const axis = full[name];
  const zoomed = Object.keys(full._preGUI ?? {}).some((key) => key.startsWith(`${name}.`));
  const followed = (full._axisMatchGroups ?? []).some((/** @type {Tree} */ group) => axis?._id in group);
  return axis?.type === "linear" && !axis.autorange && !zoomed && !followed && !axis.scaleanchor;
}

/**
 * Another range for colours that several traces share, and the bar that explains them: its words, its ticks.
 * @param {Graph} node
 * @param {Picture} picture
 * @param {string} name
 * @param {Set<string>} attributes what of it changed
 * @param {Set<string>} gone takes the colours whose traces go with them
 * @returns {boolean}
 */
function paintColours(node, { layout }, name, attributes, gone) {
  const [axis, { cmin: low, cmax: high, colorbar }] = [node._fullLayout[name], layout[name]];
  if (!axis || axis.cauto || !(high > low)) return false;
  const bar = node.querySelector(`.cb${name}`);
  if (attributes.has("colorbar.title.text") && !reword(bar?.querySelector(".cbtitle text") ?? null, colorbar.title.text)) return false;
  const was = { cmin: axis.cmin, cmax: axis.cmax };
  if (!originals(node).has(name)) originals(node).set(name, () => Object.assign(axis, was));
  Object.assign(axis, { cmin: low, cmax: high });
  const outline = bar?.querySelector(".cboutline");
  if (bar && outline) {
    const lying = axis.colorbar.orientation === "h";
    const length = Number(outline.getAttribute(lying ? "width" : "height"));
    const along = (/** @type {number[]} */ ends) => (/** @type {number} */ value) => placeOn(ends, length, lying, value);
    const marks = bar.querySelectorAll(".cbaxis > :not(.nlviz-quick)");
    moveTicks(marks, lying ? "x" : "y", along([was.cmin, was.cmax]), along([low, high]), [0, length]);
    const letter = lying ? "x" : "y";
    const ticks = ticksOf(colorbar ?? {}, [low, high], { type: "linear", ...axis.colorbar }, { length, letter });
    if (attributes.has("colorbar.tickvals") && !ticks) return false;
    if (ticks && !paintBarTicks(bar, letter, along([low, high]), ticks)) return false;
  }
  gone.add(name);
  return true;
}

/**
 * Where a value stands on a bar of colours, in pixels from its left or upper end; upright bars grow upwards.
 * @param {number[]} ends
 * @param {number} length
 * @param {boolean} lying
 * @param {number} value
 * @returns {number}
 */
export function placeOn([from, to], length, lying, value) {
  return ((lying ? value - from : to - value) / (to - from)) * length;
}

/**
 * Other words without mark-up where Plotly wrote some, line by line. Words with mark-up are Plotly's: it makes spans
 * of them, and lays them out.
 * @param {SVGTextElement | null} text
 * @param {string | undefined} words
 * @returns {boolean}
 */
function reword(text, words) {
  const lines = (words ?? "").split("<br>");
  if (!text || /[<&]/.test(lines.join(""))) return false;
  const spans = [...text.querySelectorAll("tspan.line")];
  const places = spans.length ? spans : [text];
  if (places.length !== lines.length || places.some((place) => place.childElementCount)) return false;
  places.forEach((place, at) => (place.textContent = lines[at]));
  return true;
}

/**
 * The title of an axis.
 * @param {Graph} node
 * @param {string} name
 * @param {string} words
 * @returns {boolean}
 */
function retitle(node, name, words) {
  return reword(node.querySelector(`.${name.replace("axis", "")}title`), words);
}

// What of an axis and of shared colours can be painted, by the path of what changed.
const TICKS = ["ticktext", "tickvals", "dtick", "tick0"];
const ROUND = /^([xy]axis\d*)\.(range|title\.text|ticktext|tickvals|dtick|tick0)$|^(coloraxis\d*)\.(cmin|cmax|colorbar\.(?:title\.text|tickvals|ticktext))$/;

/**
 * What changed in the layout, by the axis or the colours to which it belongs; null where something cannot be painted.
 * @param {string[]} paths
 * @returns {Map<string, Set<string>> | null}
 */
export function byOwner(paths) {
  /** @type {Map<string, Set<string>>} */
  const owners = new Map();
  for (const path of paths) {
    const [, axis, attribute, colours, other] = path.match(ROUND) ?? [];
    const name = axis ?? colours;
    if (!name) return null;
    owners.set(name, (owners.get(name) ?? new Set()).add(attribute ?? other));
  }
  return owners;
}

/**
 * Paints what changed in the layout, or says false.
 * @param {Graph} node
 * @param {Picture} picture
 * @param {string[]} paths
 * @param {Set<string>} gone takes the axes and colours whose traces go with them
 * @returns {boolean}
 */
export function paintRound(node, picture, paths, gone) {
  const owners = byOwner(paths);
  const painted = owners && [...owners].every(([name, attributes]) =>
    (name.startsWith("color") ? paintColours : paintAxis)(node, picture, name, attributes, gone));
  /** @type {{ shapes?: Tree[], annotations?: Tree[] }} */
  const { shapes = [], annotations = [] } = node._fullLayout;
  // What Plotly drew on an axis that is another now would stay where it was: shapes that are not ours, arrows.
  const stays = (/** @type {Tree} */ { visible, xref, yref }) => visible !== false && (gone.has(xref) || gone.has(yref));
  return Boolean(painted) && ![...shapes, ...annotations.filter(({ showarrow }) => showarrow)].some(stays);
}
