// @ts-check
// Cursors, boxes, curtains and grounds: the shapes of a figure. They are drawn over and under Plotly's picture, so that it
// need not be drawn again when they move or others come.

import { drawable, outline, shapeLook, svg } from "./shapes.js";
import { stateAt } from "./unpack.js";

/** @import { Graph, Picture, Tree } from "../types.d.ts" */

const ATTRIBUTE = /^shapes\[(\d+)\]\.(\S+)$/;

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
    const [, digits, attribute] = track.path.match(ATTRIBUTE) ?? [];
    const number = Number(digits);
    if (track.trace >= 0 || !digits || !isOurs(number)) continue;
    shapes[number] ??= { ...picture.layout.shapes[number] };
    shapes[number][attribute] = track.values[stateAt(track, frame, track.values)];
  }
  return shapes;
}

/**
 * @typedef {object} Overlay
 * @property {SVGSVGElement} layer the one over the data
 * @property {(picture: Picture) => void} take a new picture, whose shapes are drawn here
 * @property {(path: string) => boolean} moves whether this attribute of the layout is drawn here, not by Plotly
 * @property {(layout: Tree) => Tree} hide the layout for Plotly: what is drawn here is hidden there
 * @property {(template: Tree | undefined) => void} place
 * @property {(frame: number | null, template: Tree | undefined) => void} preview shows in a lighter look where the
 *   cursors of another frame would stand; null: no more
 */

/**
 * The layers over and under the figure in `node`: `take` a picture, then `place` its shapes, and `preview` another frame.
 * @param {Graph} node
 * @returns {Overlay}
 */
export function createOverlay(node) {
  const layer = svg("svg", { class: "nlviz-over", "aria-hidden": "true" });
  const ground = svg("g", { class: "nlviz-under", "aria-hidden": "true" });
  /** @type {Picture} */
  let picture;
  /** @type {Map<number, { view: SVGSVGElement, mark: SVGPathElement }>} */
  let marks = new Map();
  /** @type {SVGSVGElement[]} */
  let ghosts = [];

  /** Above the data, below titles and hover labels: before Plotly's second sheet; and on the ground of its first. */
  function settle() {
    const [sheet, upper] = node.querySelectorAll(".main-svg");
    if (upper && layer.nextSibling !== upper) upper.before(layer);
    const below = sheet?.querySelector(":scope > .layer-below");
    if (below && ground.nextSibling !== below) below.before(ground);
  }

  return {
    layer,
    take(newPicture) {
      picture = newPicture;
      marks = new Map();
      for (const old of [...layer.querySelectorAll(":scope > [data-shape]")]) old.remove();
      ground.replaceChildren();
      /** @type {SVGSVGElement[]} */
      const over = [];
      (picture.layout.shapes ?? []).forEach((/** @type {Tree} */ shape, /** @type {number} */ number) => {
        if (!drawable(shape)) return;
        const view = svg("svg", { "data-shape": number });
        const mark = view.appendChild(svg("path"));
        marks.set(number, { view, mark });
        if (shape.layer === "below") ground.append(view);
        else over.push(view);
      });
      layer.prepend(...over);
    },
    moves(path) {
      const number = path.match(ATTRIBUTE)?.[1];
      return number !== undefined && marks.has(Number(number));
    },
    hide(layout) {
      // Hidden, not taken out: the numbers of all other shapes are those that tracks and handles name.
      for (const number of marks.keys()) layout.shapes[number].visible = false;
      return layout;
    },
    place(template) {
      const full = node._fullLayout;
      if (!full?._size) return;
      settle();
      for (const [number, { view, mark }] of marks) {
        const shape = picture.layout.shapes[number];
        Object.entries(shapeLook(shape, template)).forEach(([name, value]) => mark.setAttribute(name, String(value)));
        outline(full, shape, view, mark);
      }
    },
    preview(frame, template) {
      ghosts.forEach((ghost) => ghost.remove());
      ghosts = [];
      if (frame === null || !node._fullLayout?._size) return;
      for (const shape of Object.values(shapesAt(picture, frame, (number) => marks.has(number)))) {
        // A curtain would hide what is asked about, and a ground moves nowhere.
        if (shape.templateitemname || shape.layer === "below") continue;
        const view = svg("svg", { class: "nlviz-ghost" });
        const mark = view.appendChild(svg("path", { ...shapeLook(shape, template), "stroke-dasharray": "2 3", opacity: 0.6 }));
        outline(node._fullLayout, shape, view, mark);
        ghosts.push(layer.appendChild(view));
      }
    },
  };
}
