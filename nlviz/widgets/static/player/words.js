// @ts-check
// The text twin of a figure: what it shows at this frame, in words and as a table made from the figure itself.

import { make, plainText } from "../elements.js";

/** @import { Numbers, Picture, Tree } from "../types.d.ts" */

const PACE_MS = 250;

const inShort = (/** @type {number} */ value) => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "–");
export const titled = (/** @type {Tree | undefined} */ thing) => plainText(typeof thing?.title === "string" ? thing.title : thing?.title?.text);
const axisOf = (/** @type {Tree} */ layout, /** @type {string | undefined} */ id, /** @type {string} */ letter) => layout[(id ?? letter).replace(letter, `${letter}axis`)] ?? {};

/**
 * The numbers of a trace along the axis that carries its values, and where each stands on the other.
 * @param {Tree} trace
 * @returns {{ values: (number | null)[], places?: Numbers }}
 */
export function numbersOf(trace) {
  if (trace.type === "heatmap") return { values: Array.from(trace.z ?? [], (row) => Array.from(/** @type {Numbers} */ (row))).flat() };
  const lying = trace.orientation === "h";
  const [values, places] = lying ? [trace.x, trace.y] : [trace.y, trace.x];
  return { values: Array.from(values ?? []), places: lying ? undefined : places };
}

/**
 * Where the upright cursor of a panel stands, undefined if it has none.
 * @param {Tree} layout
 * @param {string} axis
 * @returns {number | undefined}
 */
export function cursorOn(layout, axis) {
  const upright = (/** @type {Tree} */ { type, x0, x1, xref }) => type === "line" && x0 === x1 && (xref ?? "x") === axis;
  return layout.shapes?.find(upright)?.x0;
}

/**
 * The value of a trace at the cursor of its panel: that of the last place at or before it, NaN if there is none.
 * @param {Tree} trace
 * @param {Tree} layout
 * @returns {number}
 */
export function valueAtCursor(trace, layout) {
  const { values, places } = numbersOf(trace);
  const time = places && cursorOn(layout, trace.xaxis ?? "x");
  if (!places || time === undefined) return NaN;
  const at = Array.from(places).findLastIndex((place) => place !== null && place <= time);
  return at < 0 ? NaN : values[at] ?? NaN;
}

/**
 * One row per trace that holds numbers: panel, name, value at the cursor, least, mean, most.
 * @param {Pick<Picture, "data" | "layout">} picture
 * @returns {{ panel: string, name: string, numbers: string[] }[]}
 */
export function summarise({ data, layout }) {
  return data.filter(({ mode, hoverinfo, name }) => mode !== "text" && (name || hoverinfo !== "skip")).flatMap((trace) => {
    const known = /** @type {number[]} */ (numbersOf(trace).values.filter((value) => Number.isFinite(value)));
    if (!known.length) return [];
    const [x, y] = [axisOf(layout, trace.xaxis, "x"), axisOf(layout, trace.yaxis, "y")];
    const key = titled(trace.colorbar) || titled(layout[trace.coloraxis]?.colorbar);
    const sum = known.reduce((total, value) => total + value, 0);
    // Not Math.min(...known): a heat map has more numbers than a call may have arguments.
    const [least, most] = known.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
    return [{
      panel: [titled(y), titled(x)].filter(Boolean).join(" by "),
      name: plainText(trace.name) || key || /** @type {Tree} */ ({ bar: "bars", scatter: "points" })[trace.type] || "values",
      numbers: [valueAtCursor(trace, layout), least, sum / known.length, most].map(inShort),
    }];
  });
}

/**
 * @param {Picture} picture
 * @param {string} label of the frame
 * @returns {HTMLTableElement}
 */
function tableOf(picture, label) {
  const head = ["panel", "what", "at the cursor", "least", "mean", "most"];
  const cell = (/** @type {"td" | "th"} */ tag, /** @type {string} */ textContent, /** @type {string} */ scope = "") => make(tag, { textContent, ...(scope && { scope }) });
  const caption = `${titled(picture.layout)}${label ? `, at ${label}` : ""}`;
  return make("table", {}, make("caption", { textContent: caption }),
    make("thead", {}, make("tr", {}, ...head.map((text) => cell("th", text, "col")))),
    make("tbody", {}, ...summarise(picture).map(({ panel, name, numbers }) =>
      make("tr", {}, cell("td", panel), cell("th", name, "row"), ...numbers.map((text) => cell("td", text))))));
}

/**
 * A figure in words, in the `details` element. Returns `changed()`, to be called when the figure is another.
 * @param {HTMLDetailsElement} details
 * @param {() => { picture: Picture | null, frame: number, alt: string }} now
 * @param {AbortSignal} signal
 * @returns {() => void}
 */
export function createWords(details, now, signal) {
  const inside = make("div");
  details.append(make("summary", { textContent: "in words" }), inside);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function write() {
    timer = undefined;
    const { picture, frame, alt } = now();
    if (!details.open || !picture) return;
    const label = picture.frames?.labels[frame] ?? "";
    inside.replaceChildren(make("p", { textContent: alt }), tableOf(picture, label));
  }

  // A table at every frame of a scrub would cost more than the figure.
  const changed = () => {
    if (details.open) timer ??= setTimeout(write, PACE_MS);
  };
  details.addEventListener("toggle", write, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  return changed;
}
