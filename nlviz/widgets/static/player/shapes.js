// A shape of a figure as SVG of our own: where Plotly's axes put it, and how the template wants it to look.

const SVG = "http://www.w3.org/2000/svg";
export const DASHES = { dot: [1, 1], dash: [3, 3], longdash: [5, 5], dashdot: [3, 1, 1, 1], longdashdot: [5, 2, 2, 2] };

/** An SVG element with its attributes. */
export function svg(tag, attributes = {}) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/** Where a reference ("x2", "x2 domain", "paper") lies in the figure: `at(value)` in pixels, clipped to start … length. */
export function band(full, letter, ref = letter) {
  const along = (start, length) => (share) => start + (letter === "x" ? share : 1 - share) * length;
  const { l, t, w, h } = full._size;
  if (ref === "paper") {
    return letter === "x" ? { start: 0, length: full.width, at: along(l, w) } : { start: 0, length: full.height, at: along(t, h) };
  }
  const [name, domain] = ref.split(" ");
  const axis = full[name.replace(letter, `${letter}axis`)];
  const [start, length] = [axis._offset, axis._length];
  return { start, length, axis, at: domain ? along(start, length) : (value) => start + axis.d2p(value) };
}

/** What a shape looks like once the template has had its say. */
export function shapeLook(shape, template) {
  const { shapedefaults, shapes = [] } = template?.layout ?? {};
  const named = shapes.find(({ name }) => name && name === shape.templateitemname);
  const said = { ...shapedefaults, ...named, ...shape };
  const line = { color: "#444", width: 2, ...shapedefaults?.line, ...named?.line, ...shape.line };
  return {
    fill: said.fillcolor ?? "none",
    stroke: line.width ? line.color : "none",
    "stroke-width": line.width,
    "stroke-dasharray": (DASHES[line.dash] ?? []).map((part) => part * Math.max(line.width, 3)).join(" "),
    opacity: said.opacity ?? 1,
  };
}

/** Whether a shape can be drawn here as Plotly would draw it. */
export const drawable = (shape) => shape && shape.type !== "path" && shape.layer !== "below" && !shape.label?.text;

/** Draws a shape as `mark`, inside `view`, which clips it to its panel. */
export function outline(full, shape, view, mark) {
  const [x, y] = [band(full, "x", shape.xref), band(full, "y", shape.yref)];
  const set = (node, attributes) => Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  // Only what stands on an axis can leave its panel; along the others half of a line's width must not be cut off.
  const [padX, padY] = [shape.xref, shape.yref].map((ref) => (ref?.endsWith("domain") ? 4 : 0));
  const [left, top] = [x.start - padX, y.start - padY];
  set(view, { x: left, y: top, width: Math.max(0, x.length + 2 * padX), height: Math.max(0, y.length + 2 * padY) });
  const [x0, x1] = [shape.x0, shape.x1].map((value) => x.at(value) - left);
  const [y0, y1] = [shape.y0, shape.y1].map((value) => y.at(value) - top);
  const known = [x0, x1, y0, y1].every(Number.isFinite);
  mark.style.display = known ? "" : "none";
  if (!known) return;
  if (shape.type === "line") set(mark, { d: `M${x0},${y0}L${x1},${y1}` });
  else if (shape.type === "circle") {
    const [rx, ry] = [Math.abs(x1 - x0) / 2, Math.abs(y1 - y0) / 2];
    set(mark, { d: `M${Math.min(x0, x1)},${(y0 + y1) / 2}a${rx},${ry} 0 1 0 ${2 * rx},0a${rx},${ry} 0 1 0 ${-2 * rx},0Z` });
  } else set(mark, { d: `M${x0},${y0}H${x1}V${y1}H${x0}Z` });
}

/** A pointer's place in the figure's own pixels, also where the page shows the figure smaller than it is. */
export function pointIn(node, { clientX, clientY }) {
  const box = node.getBoundingClientRect();
  const scale = box.width / node.offsetWidth || 1;
  return [(clientX - box.left) / scale, (clientY - box.top) / scale];
}
