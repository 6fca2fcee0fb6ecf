// @ts-check
// Ticks, their words and grid lines, where an axis has others now: what Plotly drew is moved, or copied to new places.

import { replace } from "./stand_ins.js";

/** @import { Axis, Graph, Tick, Tree } from "../types.d.ts" */

// Beyond this Plotly sets commas and letters for thousands, and rounds: those it must write itself.
const MOST = 1e4, DIGITS = 4;
// A tick at the very end of an axis is drawn.
const EDGE = 1e-6;
// Plotly's choice of ticks: as far apart in pixels, as many at least and at most, at these steps and their tenfolds.
const APART = { x: 80, y: 40 }, FEWEST = 4, MOST_TICKS = 9, STEPS = [2, 5, 10];

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
export function moveTicks(marks, letter, from, to, [least, most]) {
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
 * A number as Plotly writes it at a tick; null where that takes more than digits.
 * @param {number} value
 * @returns {string | null}
 */
export function inDigits(value) {
  if (!Number.isFinite(value) || Math.abs(value) >= MOST) return null;
  const rounded = Number(value.toFixed(DIGITS));
  return Math.abs(rounded - value) > 1e-9 ? null : String(rounded).replace("-", "−");
}

/**
 * The step between ticks that Plotly would choose.
 * @param {number} span of the range
 * @param {number} length in pixels
 * @param {"x" | "y"} letter
 * @param {number} [count] of ticks, where the view says one
 * @returns {number}
 */
export function stepFor(span, length, letter, count = 0) {
  const rough = span / (count || Math.max(FEWEST, Math.min(MOST_TICKS, length / APART[letter])) + 1);
  const base = 10 ** Math.floor(Math.log10(rough));
  return base * /** @type {number} */ (STEPS.find((step) => step >= rough / base - EDGE));
}

/**
 * The ticks of an axis from its least to its most: those it is told to have, else those that Plotly would choose; null
 * where it must write them.
 * @param {Tree} said the axis as the view gives it
 * @param {number[]} range
 * @param {Tree} full the axis with its defaults
 * @param {{ length: number, letter: "x" | "y" }} room of it in pixels, and whether it lies (x) or stands (y)
 * @returns {Tick[] | null}
 */
export function ticksOf(said, range, full, { length, letter }) {
  const [low, high] = [Math.min(...range), Math.max(...range)];
  const inside = (/** @type {{ value: number }} */ { value }) => value >= low - EDGE * (high - low) && value <= high + EDGE * (high - low);
  const plain = !full.tickformat && !full.tickprefix && !full.ticksuffix && full.type === "linear";
  const words = (/** @type {number} */ value) => (plain ? inDigits(value) : null);
  /** @type {{ value: number, words: string | null }[]} */
  let ticks;
  if (said.tickvals?.length !== undefined) {
    const { tickvals, ticktext } = said;
    ticks = Array.from(tickvals, (value, at) => ({ value, words: ticktext ? ticktext[at] ?? null : words(value) }));
  } else {
    if (!(high > low) || full.type !== "linear") return null;
    const own = typeof said.dtick === "number" && said.dtick > 0;
    const [step, start] = own ? [said.dtick, Number(said.tick0 ?? 0)] : [stepFor(high - low, length, letter, said.nticks), 0];
    const first = Math.ceil((low - start) / step - EDGE);
    const count = Math.floor((high - start) / step + EDGE) - first + 1;
    ticks = Array.from({ length: Math.max(0, count) }, (_, at) => Number((start + (first + at) * step).toPrecision(12))).map((value) => ({ value, words: words(value) }));
  }
  ticks = ticks.filter(inside);
  return ticks.every(({ words: told }) => told !== null && !/</.test(told)) ? /** @type {Tick[]} */ (ticks) : null;
}

/**
 * A copy of one of Plotly's marks at another place of its axis.
 * @param {SVGElement} model
 * @param {"x" | "y"} letter
 * @param {number} place
 * @returns {SVGElement}
 */
function copied(model, letter, place) {
  const copy = /** @type {SVGElement} */ (model.cloneNode(false));
  // its words may be turned where they stand: that stays
  const rest = (model.getAttribute("transform") ?? "").replace(/^translate\([^)]*\)/, "");
  copy.setAttribute("transform", (letter === "x" ? `translate(${place},0)` : `translate(0,${place})`) + rest);
  copy.style.visibility = "";
  return copy;
}

/**
 * Puts words, marks and grid lines where the ticks are; false where Plotly has drawn none that could be copied.
 * @param {Graph} node
 * @param {Axis} axis
 * @param {Tick[]} ticks
 * @returns {boolean}
 */
export function paintTicks(node, axis, ticks) {
  const [id, letter] = [axis._id, axis._id[0]];
  const at = (/** @type {Tick} */ { value }) => axis._offset + axis.d2p(value);
  const model = /** @type {SVGElement | null} */ (node.querySelector(`g.${id}tick:not(.nlviz-quick) text`));
  const group = model?.parentNode?.parentElement;
  if (ticks.some(({ words }) => words) && axis.showticklabels !== false) {
    if (!model || !group) return false;
    const words = ticks.filter(({ words: told }) => told).map((tick) => {
      const copy = copied(model, letter, at(tick));
      copy.textContent = tick.words;
      return copy;
    });
    replace(group, words, `:scope > g.${id}tick`);
  }
  for (const kind of ["grid", "tick"]) {
    const marks = /** @type {SVGElement[]} */ ([...node.querySelectorAll(`path.${id}${kind}:not(.nlviz-quick)`)]);
    for (const parent of new Set(marks.map(({ parentElement }) => parentElement))) {
      const first = marks.find(({ parentElement }) => parentElement === parent);
      // A line at zero is another of Plotly's, and has no grid line; at the ends there is none either.
      const lined = (/** @type {Tick} */ { value }) => !(axis.zeroline && value === 0) && axis.d2p(value) > 1 && axis.d2p(value) < axis._length - 1;
      const places = ticks.filter((tick) => kind === "tick" || lined(tick));
      if (parent && first) replaceMarks(parent, places.map((tick) => copied(first, letter, at(tick))), `:scope > path.${id}${kind}`, `${id}${kind}`);
    }
  }
  return true;
}

/**
 * As `replace`, among others of Plotly's in the same group that stand as they are.
 * @param {Element} parent
 * @param {SVGElement[]} copies
 * @param {string} theirs
 * @param {string} kind
 * @returns {void}
 */
function replaceMarks(parent, copies, theirs, kind) {
  parent.querySelectorAll(`:scope > .nlviz-quick.${kind}`).forEach((old) => old.remove());
  for (const mark of /** @type {NodeListOf<SVGElement>} */ (parent.querySelectorAll(theirs))) mark.style.visibility = "hidden";
  for (const copy of copies) copy.classList.add("nlviz-quick");
  parent.append(...copies);
}

/**
 * Puts words and marks of a bar of colours where its ticks are; false where Plotly has drawn none that could be copied.
 * @param {Element} bar
 * @param {"x" | "y"} letter
 * @param {(value: number) => number} along where a value lies on the bar, in pixels from its start
 * @param {Tick[]} ticks
 * @returns {boolean}
 */
export function paintBarTicks(bar, letter, along, ticks) {
  const group = bar.querySelector(".cbaxis");
  const drawn = group && [...group.querySelectorAll(":scope > g:not(.nlviz-quick)")].map((mark) => ({
    text: /** @type {SVGElement | null} */ (mark.querySelector("text")),
    value: /** @type {any} */ (mark).__data__?.x,
  })).find(({ text, value }) => text && typeof value === "number");
  if (!group || !drawn?.text) return false;
  const place = Number((drawn.text.getAttribute("transform") ?? "").match(/^translate\(([-\d.e]+),([-\d.e]+)\)/)?.[letter === "x" ? 1 : 2]);
  if (!Number.isFinite(place)) return false;
  // Plotly's mark has been moved to where its value lies: from there the others are known
  const start = place - along(drawn.value);
  const model = drawn.text;
  const mark = /** @type {SVGElement | null} */ (group.querySelector(":scope > path:not(.nlviz-quick)"));
  const marks = mark ? ticks.map(({ value }) => copied(mark, letter, start + along(value))) : [];
  const words = ticks.filter(({ words: told }) => told).map(({ value, words: told }) => {
    const copy = copied(model, letter, start + along(value));
    copy.textContent = told;
    return copy;
  });
  return replace(group, [...marks, ...words]);
}
