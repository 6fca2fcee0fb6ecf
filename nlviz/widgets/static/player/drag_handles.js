// @ts-check
// Level lines that a hand can drag: each is the value of a knob. The line follows the pointer at once; the knob is
// told by an event, and whoever owns the knob runs the model. By keyboard the knob's own slider does the same.

import { band, pointIn, svg } from "./shapes.js";

/** @import { Graph, Grip, Picture, Tree } from "../types.d.ts" */
/** @import { Overlay } from "./overlay.js" */

// How long a line that was let go stays where it was left while nothing comes back: a kernel may refuse the value.
const OFFERED_MS = 1500;

/**
 * The nearest value that the knob can take. Steps count from the knob's own low end, not from where the handle may go,
 * and sums of tenths are rounded back to tenths.
 * @param {number} value
 * @param {Pick<Grip, "low" | "high" | "control">} grip
 * @returns {number}
 */
export function stepped(value, { low, high, control }) {
  const { step, low: zero } = control;
  const whole = step ? zero + Math.round((value - zero) / step) * step : value;
  return Number(Math.max(low, Math.min(high, whole)).toPrecision(12));
}

/**
 * Grips on the lines in `overlay`; a drag dispatches "nlviz-knob" on `node` with { name, value }.
 * @param {Graph} node
 * @param {Overlay} overlay
 * @param {() => Tree | undefined} template
 * @param {AbortSignal} signal
 * @returns {{ take(picture: Picture, handles: Grip[]): void, place(): void }}
 */
export function createGrips(node, overlay, template, signal) {
  /** @type {Picture} */
  let picture;
  /** @type {Map<string, { handle: Grip, group: SVGGElement }>} */
  let grips = new Map();
  /**
   * The knob whose line is in the hand, or was left a moment ago: then it has no pointer.
   * @type {{ knob: string, value?: number, pointer: number | null, until?: number } | null}
   */
  let held = null;

  /** @param {Grip} handle */
  function createGrip(handle) {
    const words = handle.control.label ?? handle.knob;
    const group = svg("g", { class: "nlviz-grip" });
    const title = svg("title");
    title.textContent = `drag to set ${words}; by keyboard: the slider “${words}”`;
    // A wide clear line to catch the pointer, and a thumb with an arrow up and one down to be seen.
    const reach = svg("path", { class: "nlviz-reach" });
    const thumb = svg("path", { class: "nlviz-thumb", d: "M-8,-13h16v26h-16Z" });
    const arrows = svg("path", { class: "nlviz-arrows", d: "M-4,-3L0,-8L4,-3M-4,3L0,8L4,3" });
    const sign = svg("g", { class: "nlviz-sign" });
    sign.append(thumb, arrows);
    group.append(title, reach, sign);
    group.addEventListener("pointerdown", (event) => grab(event, handle.knob), { signal });
    return overlay.layer.appendChild(group);
  }

  /**
   * @param {PointerEvent} event
   * @param {string} knob
   */
  function grab(event, knob) {
    // Not Plotly's: it would begin a zoom.
    event.preventDefault();
    event.stopPropagation();
    const hand = new AbortController();
    const grabbed = (held = { knob, value: undefined, pointer: /** @type {number | null} */ (event.pointerId) });
    node.classList.add("nlviz-dragging");
    // On the window: a new picture may come while the hand is down, and the hand may leave the figure.
    const listening = { signal: AbortSignal.any([signal, hand.signal]) };
    addEventListener("pointermove", (moved) => moved.pointerId === held?.pointer && drag(moved), listening);
    for (const name of ["pointerup", "pointercancel"]) {
      addEventListener(name, () => {
        hand.abort();
        node.classList.remove("nlviz-dragging");
        // The line stays where it was left until the picture of that value is here.
        Object.assign(grabbed, { pointer: null, until: performance.now() + OFFERED_MS });
      }, listening);
    }
  }

  /** @param {PointerEvent} event */
  function drag(event) {
    const grip = held && grips.get(held.knob);
    if (!held || !grip) return;
    const { start, axis } = band(node._fullLayout, "y", picture.layout.shapes[grip.handle.shape].yref);
    const value = stepped(axis.p2d(pointIn(node, event)[1] - start), grip.handle);
    if (value === held.value) return;
    held.value = value;
    setLine(grip.handle, value);
    overlay.place(template());
    place();
    node.dispatchEvent(new CustomEvent("nlviz-knob", { detail: { name: held.knob, value }, bubbles: true }));
  }

  const setLine = (/** @type {Grip} */ { shape }, /** @type {number} */ value) => Object.assign(picture.layout.shapes[shape], { y0: value, y1: value });

  function place() {
    for (const { handle, group } of grips.values()) {
      const shape = picture.layout.shapes[handle.shape];
      const [x, y] = [band(node._fullLayout, "x", shape.xref), band(node._fullLayout, "y", shape.yref)];
      const [from, to, height] = [x.at(shape.x0), x.at(shape.x1), y.at(shape.y0)];
      const seen = Number.isFinite(height) && height >= y.start && height <= y.start + y.length;
      group.style.display = seen ? "" : "none";
      group.querySelector(".nlviz-reach")?.setAttribute("d", `M${from},${height}H${to}`);
      group.querySelector(".nlviz-sign")?.setAttribute("transform", `translate(${Math.max(from, to) - 14},${height})`);
      // Last in the layer, so that no line lies over what the hand is to find.
      overlay.layer.append(group);
    }
  }

  return {
    // The handles of a new picture. A grip in the hand stays in it: its node too, or the pointer would lose it.
    take(newPicture, handles) {
      picture = newPicture;
      const old = grips;
      grips = new Map(handles.map((handle) => [handle.knob, { handle, group: old.get(handle.knob)?.group ?? createGrip(handle) }]));
      for (const [knob, { group }] of old) if (!grips.has(knob)) group.remove();
      const grip = held ? grips.get(held.knob) : undefined;
      const waits = grip && held && performance.now() < (held.until ?? 0) && !arrived(grip.handle, held.value);
      if (held?.pointer === null && !waits) held = null;
      if (grip && held?.value !== undefined) setLine(grip.handle, held.value);
    },
    place,
  };

  /**
   * Whether a new picture shows the value at which the line was left.
   * @param {Grip} handle
   * @param {number | undefined} value
   */
  function arrived({ shape, control }, value) {
    return value !== undefined && Math.abs(picture.layout.shapes[shape].y0 - value) <= (control.step || 1e-9) / 2;
  }
}
