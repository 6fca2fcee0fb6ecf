// @ts-check
// Cursors, boxes and curtains: the shapes and words that move. They are drawn over Plotly's picture, so that it
// need not be drawn again.

import { band, drawable, outline, shapeLook, svg } from "./shapes.js";
import { stateAt } from "./unpack.js";

/** @import { FullLayout, Graph, Picture, Tree } from "../types.d.ts" */

const MOVING = /^(shapes|annotations)\[(\d+)\]\.(\w+)$/;

/**
 * Which of a picture's shapes and annotations are moved here: by its tracks, and the shapes in `more` by a hand. A
 * shape counts whatever of it moves; of an annotation only its place is ours, since only Plotly lays out words.
 * @param {Picture} picture
 * @param {number[]} more
 * @returns {{ shapes: Set<number>, annotations: Set<number> }}
 */
export function movedIn(picture, more) {
  const moved = { shapes: new Set(more), annotations: new Set() };
  for (const { trace, path } of picture.frames?.tracks ?? []) {
    const [, list, number, attribute] = (trace < 0 && path.match(MOVING)) || [];
    if (list === "shapes") moved.shapes.add(Number(number));
    else if (list && ["x", "y"].includes(attribute)) moved.annotations.add(Number(number));
  }
  moved.shapes = new Set([...moved.shapes].filter((number) => drawable(picture.layout.shapes?.[number])));
  return moved;
}

/**
 * The shapes of a frame that its tracks move, by number.
 * @param {Picture} picture
 * @param {number} frame
 * @param {(shape: number) => boolean} isOurs
 * @returns {Record<number, Tree>}
 */
export function shapesAt(picture, frame, isOurs) {
  /** @type {Record<number, Tree>} */
  const shapes = {};
  for (const track of picture.frames?.tracks ?? []) {
    const [, list, digits, attribute] = track.path.match(MOVING) ?? [];
    const number = Number(digits);
    if (track.trace >= 0 || list !== "shapes" || !isOurs(number)) continue;
    shapes[number] ??= { ...picture.layout.shapes[number] };
    shapes[number][attribute] = track.values[stateAt(track, frame, track.values)];
  }
  return shapes;
}

/**
 * How far an annotation has gone from where Plotly drew it, as a transform.
 * @param {FullLayout} full
 * @param {Tree} was
 * @param {Tree} is
 * @returns {string}
 */
export function shiftOf(full, was, is) {
  const [x, y] = [band(full, "x", is.xref), band(full, "y", is.yref)];
  return `translate(${x.at(is.x) - x.at(was.x)},${y.at(is.y) - y.at(was.y)})`;
}

/**
 * @typedef {object} Overlay
 * @property {SVGSVGElement} layer
 * @property {(picture: Picture, more: number[]) => void} take which of a new picture's shapes are drawn here: those
 *   that tracks move and those in `more`
 * @property {(path: string) => boolean} moves whether this attribute of the layout is moved here, not by Plotly
 * @property {(layout: Tree) => Tree} hide the layout for Plotly: what is drawn here is hidden there
 * @property {(template: Tree | undefined) => void} place
 * @property {(frame: number | null, template: Tree | undefined) => void} preview shows in a lighter look where the
 *   cursors of another frame would stand; null: no more
 */

/**
 * The layer over the figure in `node`: `take` a picture, then `place` what moves, and `preview` another frame.
 * @param {Graph} node
 * @returns {Overlay}
 */
export function createOverlay(node) {
  const layer = svg("svg", { class: "nlviz-over", "aria-hidden": "true" });
  /** @type {Picture} */
  let picture;
  /** @type {Map<number, { view: SVGSVGElement, mark: SVGPathElement }>} */
  let marks = new Map();
  /** @type {Set<number>} */
  let words = new Set();
  /** @type {SVGSVGElement[]} */
  let ghosts = [];
  /** @type {Record<number, Tree>} */
  let drawn = {};

  /**
   * Plotly draws a moving annotation once; from then on its group is shifted.
   * @param {FullLayout} full
   */
  function shift(full) {
    for (const number of words) {
      const group = node.querySelector(`.annotation[data-index="${number}"]`);
      if (group && drawn[number]) group.setAttribute("transform", shiftOf(full, drawn[number], picture.layout.annotations[number]));
    }
  }

  return {
    layer,
    take(newPicture, more) {
      picture = newPicture;
      const moved = movedIn(picture, more);
      words = moved.annotations;
      marks = new Map([...moved.shapes].map((number) => {
        const view = svg("svg", { "data-shape": number });
        const mark = view.appendChild(svg("path"));
        return [number, { view, mark }];
      }));
      layer.querySelectorAll(":scope > [data-shape]").forEach((old) => old.remove());
      layer.prepend(...[...marks.values()].map(({ view }) => view));
    },
    moves(path) {
      const [, list, number, attribute] = path.match(MOVING) ?? [];
      return list === "shapes" ? marks.has(Number(number)) : list === "annotations" && ["x", "y"].includes(attribute);
    },
    hide(layout) {
      // Hidden, not taken out: the numbers of all other shapes are those that tracks and handles name.
      for (const number of marks.keys()) layout.shapes[number].visible = false;
      drawn = Object.fromEntries([...words].map((number) => [number, { ...layout.annotations[number] }]));
      return layout;
    },
    place(template) {
      const full = node._fullLayout;
      if (!full?._size) return;
      // Above the data and its shapes, below titles and hover labels: before Plotly's second sheet.
      const sheets = node.querySelectorAll(".main-svg");
      if (sheets[1] && layer.nextSibling !== sheets[1]) sheets[1].before(layer);
      for (const [number, { view, mark }] of marks) {
        const shape = picture.layout.shapes[number];
        Object.entries(shapeLook(shape, template)).forEach(([name, value]) => mark.setAttribute(name, String(value)));
        outline(full, shape, view, mark);
      }
      shift(full);
    },
    preview(frame, template) {
      ghosts.forEach((ghost) => ghost.remove());
      ghosts = [];
      if (frame === null || !node._fullLayout?._size) return;
      for (const shape of Object.values(shapesAt(picture, frame, (number) => marks.has(number)))) {
        // A curtain would hide what is asked about.
        if (shape.templateitemname) continue;
        const view = svg("svg", { class: "nlviz-ghost" });
        const mark = view.appendChild(svg("path", { ...shapeLook(shape, template), "stroke-dasharray": "2 3", opacity: 0.6 }));
        outline(node._fullLayout, shape, view, mark);
        ghosts.push(layer.appendChild(view));
      }
    },
  };
}
