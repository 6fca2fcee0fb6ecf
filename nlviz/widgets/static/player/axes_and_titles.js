// What stands round the data: ranges of axes and colours, words. For them Plotly would draw everything anew; here its
// ticks are moved and its words replaced, until the hand rests and it draws.

import { originals, replace } from "./stand_ins.js";

/** Moves ticks, grid lines and their words from where `from(value)` put them to where `to(value)` does. */
function moveTicks(marks, letter, from, to, [least, most]) {
  for (const mark of marks) {
    const target = mark.localName === "g" ? mark.querySelector("text") : mark;
    const value = mark.__data__?.x;
    const transform = target?.getAttribute("transform") ?? "";
    const [old, x, y] = transform.match(/^translate\(([-\d.e]+),([-\d.e]+)\)/) ?? [];
    if (!old || typeof value !== "number") continue;
    const move = to(value) - from(value);
    const place = letter === "x" ? `translate(${Number(x) + move},${y})` : `translate(${x},${Number(y) + move})`;
    target.setAttribute("transform", place + transform.slice(old.length));
    target.style.visibility = to(value) < least - 1 || to(value) > most + 1 ? "hidden" : "";
  }
}

/** Another range for an axis that no hand has zoomed and no other axis follows. */
function rescale(node, { layout }, path, moved) {
  const [full, name] = [node._fullLayout, path.split(".")[0]];
  const [axis, range] = [full[name], layout[name].range];
  const zoomed = Object.keys(full._preGUI ?? {}).some((key) => key.startsWith(`${name}.`));
  if (axis?.type !== "linear" || axis.autorange || zoomed || full._axisMatchGroups?.length || axis.scaleanchor || !Array.isArray(range)) return false;
  const [letter, was] = [axis._id[0], [...axis.range]];
  const give = (ends) => {
    axis.range = [...ends];
    axis.setScale();
  };
  if (!originals(node).has(name)) originals(node).set(name, () => give(was));
  const marks = [...node.querySelectorAll(["tick", "grid", "zl"].map((kind) => `.${axis._id}${kind}`).join())];
  const before = new Map(marks.map(({ __data__: datum }) => [datum?.x, axis.l2p(datum?.x)]));
  give(range);
  moveTicks(marks, letter, (value) => before.get(value), (value) => axis.l2p(value), [0, axis._length]);
  moved.add(axis._id);
  return true;
}

/** Another range for colours that several traces share, and for the bar that explains them. */
function recolour(node, { layout }, path, moved) {
  const name = path.split(".")[0];
  const [axis, { cmin: low, cmax: high }] = [node._fullLayout[name], layout[name]];
  if (!axis || axis.cauto || !(high > low)) return false;
  const was = { cmin: axis.cmin, cmax: axis.cmax };
  if (!originals(node).has(name)) originals(node).set(name, () => Object.assign(axis, was));
  Object.assign(axis, { cmin: low, cmax: high });
  const bar = node.querySelector(`.cb${name}`);
  const outline = bar?.querySelector(".cboutline");
  if (outline) {
    const lying = axis.colorbar.orientation === "h";
    const length = Number(outline.getAttribute(lying ? "width" : "height"));
    const along = ([from, to]) => (value) => (lying ? value - from : to - value) / (to - from) * length;
    moveTicks(bar.querySelectorAll(".cbaxis *"), lying ? "x" : "y", along([was.cmin, was.cmax]), along([low, high]), [0, length]);
  }
  moved.add(name);
  return true;
}

/** Other words without mark-up where Plotly wrote some, line by line. */
function reword(text, words) {
  const lines = (words ?? "").split("<br>");
  const spans = text ? [...text.querySelectorAll("tspan.line")] : [];
  const places = spans.length ? spans : [text];
  if (!text || /[<&]/.test(lines.join("")) || places.length !== lines.length || places.some((place) => place.childElementCount)) return false;
  places.forEach((place, at) => (place.textContent = lines[at]));
  return true;
}

/** An annotation's words keep to the end by which they are held. */
function rename(node, { layout }, path) {
  const number = Number(path.match(/\d+/)[0]);
  const { text: words, xanchor, bgcolor, bordercolor, showarrow } = layout.annotations[number];
  const text = node.querySelector(`.annotation[data-index="${number}"] text`);
  const share = { left: 0, center: 0.5, right: 1 }[xanchor];
  if (!text || share === undefined || bgcolor || bordercolor || showarrow) return false;
  const was = text.getComputedTextLength();
  if (!reword(text, words)) return false;
  const place = text.querySelector("tspan.line") ?? text;
  // the letters themselves hang on their start, middle or end
  const hung = { start: 0, middle: 0.5, end: 1 }[getComputedStyle(text).textAnchor];
  place.setAttribute("dx", Number(place.getAttribute("dx") ?? 0) + (share - hung) * (was - text.getComputedTextLength()));
  return true;
}

const retitle = (node, { layout }, path) => {
  const [name] = path.split(".");
  return name === "title" ? reword(node.querySelector(".gtitle"), layout.title.text) : reword(node.querySelector(`.${name.replace("axis", "")}title`), layout[name].title.text);
};

/** The words at an axis, which stay where its `tickvals` are. */
function paintTicks(node, picture, name) {
  const axis = node._fullLayout[name];
  const { ticktext, tickvals } = picture.layout[name];
  const model = node.querySelector(`g.${axis?._id}tick text`);
  if (!model || !Array.isArray(tickvals) || ticktext.some((word) => /</.test(word))) return false;
  const ticks = ticktext.flatMap((word, at) => {
    if (!word) return [];
    const copy = model.cloneNode(false);
    const place = axis._offset + axis.d2p(tickvals[at]);
    copy.setAttribute("transform", name.startsWith("x") ? `translate(${place},0)` : `translate(0,${place})`);
    copy.textContent = word;
    return [copy];
  });
  return replace(model.parentNode.parentNode, ticks, `:scope > g.${axis._id}tick`);
}

const ROUND = [
  [/^[xy]axis\d*\.ticktext$/, (node, picture, path) => paintTicks(node, picture, path.split(".")[0])],
  [/^[xy]axis\d*\.range$/, rescale],
  [/^coloraxis\d*\.c(min|max)$/, recolour],
  [/^([xy]axis\d*\.)?title\.text$/, retitle],
  [/^annotations\[\d+\]\.text$/, rename],
];

/** Paints what changed in the layout, or says false; `moved` takes the axes and colours whose traces go with them. */
export function paintRound(node, picture, paths, moved) {
  const painted = paths.every((path) => ROUND.find(([pattern]) => pattern.test(path))?.[1](node, picture, path, moved));
  const { shapes = [], annotations = [] } = node._fullLayout;
  return painted && ![...shapes, ...annotations].some(({ visible, xref, yref }) => visible !== false && (moved.has(xref) || moved.has(yref)));
}
