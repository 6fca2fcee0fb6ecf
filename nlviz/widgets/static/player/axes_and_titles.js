// @ts-check
// What stands round the data: ranges of axes and colours, words. For them Plotly would draw everything anew; here its
// ticks are moved and its words replaced, until the hand rests and it draws.

import { originals, replace } from "./stand_ins.js";

/** @import { Graph, Picture, Tree } from "../types.d.ts" */

/**
 * Moves ticks, grid lines and their words from where `from(value)` put them to where `to(value)` does. Which value a
 * mark stands for is known from the datum that Plotly joined to it; a mark out of the range is hidden, since there is
 * nobody to take it away.
 * @param {Iterable<any>} marks Plotly's nodes
 * @param {string} letter
 * @param {(value: number) => number} from
 * @param {(value: number) => number} to
 * @param {number[]} range least and most
 * @returns {void}
 */
function moveTicks(marks, letter, from, to, [least, most]) {
  for (const mark of marks) {
    const target = mark.localName === "g" ? mark.querySelector("text") : mark;
    const value = mark.__data__?.x;
    const transform = target?.getAttribute("transform") ?? "";
    const place = typeof value === "number" && moved(transform, letter, to(value) - from(value));
    if (!place) continue;
    target.setAttribute("transform", place);
    target.style.visibility = to(value) < least - 1 || to(value) > most + 1 ? "hidden" : "";
  }
}

/**
 * A transform that begins with a translation, moved along one axis; what else it does (turned words) stays. Empty where
 * there is none.
 * @param {string} transform
 * @param {string} letter
 * @param {number} move
 * @returns {string}
 */
export function moved(transform, letter, move) {
  const [old, x, y] = transform.match(/^translate\(([-\d.e]+),([-\d.e]+)\)/) ?? [];
  if (!old) return "";
  const place = letter === "x" ? `translate(${Number(x) + move},${y})` : `translate(${x},${Number(y) + move})`;
  return place + transform.slice(old.length);
}

/**
 * Another range for an axis that no hand has zoomed and no other axis follows.
 * @param {Graph} node
 * @param {Picture} picture
 * @param {string} path
 * @param {Set<string>} gone takes the axis whose traces go with it
 * @returns {boolean}
 */
function rescale(node, { layout }, path, gone) {
  const [full, name] = [node._fullLayout, path.split(".")[0]];
  const [axis, range] = [full[name], layout[name].range];
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
  return axis?.type === "linear" && !axis.autorange && !zoomed && !full._axisMatchGroups?.length && !axis.scaleanchor;
}

/**
 * Another range for colours that several traces share, and for the bar that explains them.
 * @param {Graph} node
 * @param {Picture} picture
 * @param {string} path
 * @param {Set<string>} gone takes the colours whose traces go with them
 * @returns {boolean}
 */
function recolour(node, { layout }, path, gone) {
  const name = path.split(".")[0];
  const [axis, { cmin: low, cmax: high }] = [node._fullLayout[name], layout[name]];
  if (!axis || axis.cauto || !(high > low)) return false;
  const was = { cmin: axis.cmin, cmax: axis.cmax };
  if (!originals(node).has(name)) originals(node).set(name, () => Object.assign(axis, was));
  Object.assign(axis, { cmin: low, cmax: high });
  const bar = node.querySelector(`.cb${name}`);
  const outline = bar?.querySelector(".cboutline");
  if (bar && outline) {
    const lying = axis.colorbar.orientation === "h";
    const length = Number(outline.getAttribute(lying ? "width" : "height"));
    const along = (/** @type {number[]} */ ends) => (/** @type {number} */ value) => placeOn(ends, length, lying, value);
    moveTicks(bar.querySelectorAll(".cbaxis *"), lying ? "x" : "y", along([was.cmin, was.cmax]), along([low, high]), [0, length]);
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
 * An annotation's words keep to the end by which they are held.
 * @param {Graph} node
 * @param {Picture} picture
 * @param {string} path
 * @returns {boolean}
 */
function rename(node, { layout }, path) {
  const number = parseInt(path.slice("annotations[".length), 10);
  const { text: words, xanchor, bgcolor, bordercolor, showarrow } = layout.annotations[number];
  const text = /** @type {SVGTextElement | null} */ (node.querySelector(`.annotation[data-index="${number}"] text`));
  const share = /** @type {Record<string, number>} */ ({ left: 0, center: 0.5, right: 1 })[xanchor];
  // A box or an arrow would have to grow with the words.
  if (!text || share === undefined || bgcolor || bordercolor || showarrow) return false;
  const was = text.getComputedTextLength();
  if (!reword(text, words)) return false;
  const place = text.querySelector("tspan.line") ?? text;
  // The letters themselves hang on their start, middle or end: only what this does not make good is moved.
  const hung = /** @type {Record<string, number>} */ ({ start: 0, middle: 0.5, end: 1 })[getComputedStyle(text).textAnchor];
  place.setAttribute("dx", String(Number(place.getAttribute("dx") ?? 0) + (share - hung) * (was - text.getComputedTextLength())));
  return true;
}

/**
 * The title of the figure or of an axis.
 * @param {Graph} node
 * @param {Picture} picture
 * @param {string} path
 * @returns {boolean}
 */
function retitle(node, { layout }, path) {
  const [name] = path.split(".");
  return reword(node.querySelector(`.${name.replace("axis", "")}title`), layout[name].title.text);
}

/**
 * The words at an axis, which stay where its `tickvals` are.
 * @param {Graph} node
 * @param {Picture} picture
 * @param {string} path
 * @returns {boolean}
 */
function paintTicks(node, picture, path) {
  const name = path.split(".")[0];
  const axis = node._fullLayout[name];
  const { ticktext, tickvals } = picture.layout[name];
  const model = /** @type {SVGTextElement | null} */ (node.querySelector(`g.${axis?._id}tick text`));
  const ticks = model?.parentNode?.parentElement;
  if (!model || !ticks || !Array.isArray(tickvals) || ticktext.some((/** @type {string} */ word) => /</.test(word))) return false;
  const words = ticktext.flatMap((/** @type {string} */ word, /** @type {number} */ at) => {
    if (!word) return [];
    const copy = /** @type {SVGTextElement} */ (model.cloneNode(false));
    const place = axis._offset + axis.d2p(tickvals[at]);
    copy.setAttribute("transform", name.startsWith("x") ? `translate(${place},0)` : `translate(0,${place})`);
    copy.textContent = word;
    return [copy];
  });
  return replace(ticks, words, `:scope > g.${axis._id}tick`);
}

/**
 * By the path of what changed, who paints it.
 * @type {[RegExp, (node: Graph, picture: Picture, path: string, gone: Set<string>) => boolean][]}
 */
const ROUND = [
  [/^[xy]axis\d*\.ticktext$/, paintTicks],
  [/^[xy]axis\d*\.range$/, rescale],
  [/^coloraxis\d*\.c(min|max)$/, recolour],
  [/^[xy]axis\d*\.title\.text$/, retitle],
  [/^annotations\[\d+\]\.text$/, rename],
];

/**
 * Paints what changed in the layout, or says false.
 * @param {Graph} node
 * @param {Picture} picture
 * @param {string[]} paths
 * @param {Set<string>} gone takes the axes and colours whose traces go with them
 * @returns {boolean}
 */
export function paintRound(node, picture, paths, gone) {
  const painted = paths.every((path) => ROUND.find(([pattern]) => pattern.test(path))?.[1](node, picture, path, gone));
  const { shapes = [], annotations = [] } = node._fullLayout;
  // What Plotly drew on an axis that is another now would stay where it was.
  const stays = (/** @type {Tree} */ { visible, xref, yref }) => visible !== false && (gone.has(xref) || gone.has(yref));
  return painted && ![...shapes, ...annotations].some(stays);
}
