// The text twin of a figure: what it shows at this frame, in words and as a table made from the figure itself.

import { make } from "../elements.js";

const PACE_MS = 250;

const plainWords = (text) => (text ?? "").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim();
const inShort = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "–");
const titled = (thing) => plainWords(typeof thing?.title === "string" ? thing.title : thing?.title?.text);
const axisOf = (layout, id, letter) => layout[(id ?? letter).replace(letter, `${letter}axis`)] ?? {};

/** The numbers of a trace along the axis that carries its values, and where each stands on the other. */
function numbersOf(trace) {
  if (trace.type === "heatmap") return { values: Array.from(trace.z ?? [], (row) => Array.from(row)).flat() };
  const lying = trace.orientation === "h";
  const [values, places] = lying ? [trace.x, trace.y] : [trace.y, trace.x];
  return { values: Array.from(values ?? []), places: lying ? undefined : places };
}

/** Where the upright cursor of a panel stands, undefined if it has none. */
function cursorOn(layout, axis) {
  const upright = ({ type, x0, x1, xref }) => type === "line" && x0 === x1 && (xref ?? "x") === axis;
  return layout.shapes?.find(upright)?.x0;
}

/** One row per trace that holds numbers: panel, name, value at the cursor, least, mean, most. */
function summarise({ data, layout }) {
  return data.filter(({ mode, hoverinfo, name }) => mode !== "text" && (name || hoverinfo !== "skip")).flatMap((trace) => {
    const { values, places } = numbersOf(trace);
    const known = values.filter((value) => typeof value === "number" && Number.isFinite(value));
    if (!known.length) return [];
    const time = places && cursorOn(layout, trace.xaxis ?? "x");
    let at;
    places?.forEach((place, index) => (at = place !== null && place <= time ? index : at));
    const [x, y] = [axisOf(layout, trace.xaxis, "x"), axisOf(layout, trace.yaxis, "y")];
    const key = titled(trace.colorbar) || titled(layout[trace.coloraxis]?.colorbar);
    const here = time === undefined || at === undefined ? NaN : values[at];
    const sum = known.reduce((total, value) => total + value, 0);
    const [least, most] = known.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
    return [{
      panel: [titled(y), titled(x)].filter(Boolean).join(" by "),
      name: plainWords(trace.name) || key || { bar: "bars", scatter: "points" }[trace.type] || "values",
      numbers: [here, least, sum / known.length, most].map(inShort),
    }];
  });
}

function tableOf(picture, label) {
  const head = ["panel", "what", "at the cursor", "least", "mean", "most"];
  const cell = (tag, textContent, scope) => make(tag, { textContent, ...(scope && { scope }) });
  const caption = plainWords(`${titled(picture.layout)}${label ? `, at ${label}` : ""}`);
  return make("table", {}, make("caption", { textContent: caption }),
    make("thead", {}, make("tr", {}, ...head.map((text) => cell("th", text, "col")))),
    make("tbody", {}, ...summarise(picture).map(({ panel, name, numbers }) =>
      make("tr", {}, cell("td", panel), cell("th", name, "row"), ...numbers.map((text) => cell("td", text))))));
}

/** A figure in words, in the `details` element. `now()` gives { picture, frame, alt }; returns `changed()`. */
export function createWords(details, now, signal) {
  const inside = make("div");
  details.append(make("summary", { textContent: "in words" }), inside);
  let timer;

  function write() {
    timer = undefined;
    const { picture, frame, alt } = now();
    if (!details.open || !picture.data) return;
    const label = picture.frames?.labels[frame] ?? "";
    inside.replaceChildren(make("p", { textContent: alt }), tableOf(picture, label));
  }

  const changed = () => details.open && (timer ??= setTimeout(write, PACE_MS));
  details.addEventListener("toggle", write, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  return changed;
}
