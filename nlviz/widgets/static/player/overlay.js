// Cursors, boxes and curtains: the shapes and words that move. They are drawn over Plotly's picture, so that it
// need not be drawn again.

import { band, drawable, outline, shapeLook, svg } from "./shapes.js";
import { stateAt } from "./unpack.js";

const MOVING = /^(shapes|annotations)\[(\d+)\]\.(\w+)$/;

/** The layer over the figure in `node`: `take` a picture, then `place` what moves, and `preview` another frame. */
export function createOverlay(node) {
  const layer = svg("svg", { class: "nlviz-over", "aria-hidden": "true" });
  let picture, marks = new Map(), words = new Set(), ghosts = [], drawn = {};

  /** The attributes that a frame gives to its moving shapes, {number: shape}. */
  function shapesAt(frame) {
    const shapes = {};
    for (const track of picture.frames?.tracks ?? []) {
      const [, list, number, attribute] = track.path.match(MOVING) ?? [];
      if (track.trace >= 0 || list !== "shapes" || !marks.has(Number(number))) continue;
      shapes[number] ??= { ...picture.layout.shapes[number] };
      shapes[number][attribute] = track.values[stateAt(track, frame, track.values)];
    }
    return shapes;
  }

  /** Plotly draws a moving annotation once; from then on its group is shifted. */
  function shift(full) {
    for (const number of words) {
      const group = node.querySelector(`.annotation[data-index="${number}"]`);
      const [was, is] = [drawn[number], picture.layout.annotations[number]];
      if (!group || !was) continue;
      const move = (letter) => {
        const { at } = band(full, letter, is[`${letter}ref`]);
        return at(is[letter]) - at(was[letter]);
      };
      group.setAttribute("transform", `translate(${move("x")},${move("y")})`);
    }
  }

  return {
    layer,
    /** Which of a new picture's shapes are drawn here: those that tracks move and those in `more`. */
    take(newPicture, more) {
      picture = newPicture;
      const moved = { shapes: new Set(more), annotations: new Set() };
      for (const { trace, path } of picture.frames?.tracks ?? []) {
        const [, list, number, attribute] = (trace < 0 && path.match(MOVING)) || [];
        if (list === "shapes" || ["x", "y"].includes(attribute)) moved[list].add(Number(number));
      }
      words = moved.annotations;
      marks = new Map([...moved.shapes].filter((number) => drawable(picture.layout.shapes?.[number])).map((number) => {
        const view = svg("svg", { "data-shape": number });
        const mark = view.appendChild(svg("path"));
        return [number, { view, mark }];
      }));
      layer.querySelectorAll(":scope > [data-shape]").forEach((old) => old.remove());
      layer.prepend(...[...marks.values()].map(({ view }) => view));
    },
    /** Whether this attribute of the layout is moved here, not by Plotly. */
    moves(path) {
      const [, list, number, attribute] = path.match(MOVING) ?? [];
      return list === "shapes" ? marks.has(Number(number)) : list === "annotations" && ["x", "y"].includes(attribute);
    },
    /** The layout for Plotly: what is drawn here is hidden there. */
    hide(layout) {
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
        Object.entries(shapeLook(shape, template)).forEach(([name, value]) => mark.setAttribute(name, value));
        outline(full, shape, view, mark);
      }
      shift(full);
    },
    /** Shows in a lighter look where the cursors of another frame would stand; null: no more. */
    preview(frame, template) {
      ghosts.forEach((ghost) => ghost.remove());
      ghosts = [];
      if (frame === null || !node._fullLayout?._size) return;
      for (const shape of Object.values(shapesAt(frame))) {
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
