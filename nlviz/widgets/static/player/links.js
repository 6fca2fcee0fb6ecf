// @ts-check
// Linked views: a point or a place in time stands for a frame. Hovering shows where, a click goes there.

import { rulersOf } from "./rulers.js";
import { band, pointIn } from "./shapes.js";
import { stateAt } from "./unpack.js";

/** @import { Band, Frames, Graph, Tree } from "../types.d.ts" */

// A hand that has moved no further meant a click.
const STILL_PX = 5;

/**
 * The frame that a point of a trace stands for in the frame that is shown, null if it leads nowhere.
 * @param {{ frames?: Frames | null, frame: number }} state
 * @param {number} curve
 * @param {number | number[]} point
 * @returns {number | null}
 */
export function frameOf({ frames, frame }, curve, point) {
  const link = frames?.links?.find(({ trace }) => trace === curve);
  if (!link) return null;
  const now = link.frames[stateAt(link, frame, link.frames)];
  const found = Array.isArray(point) ? now[point[0]]?.[point[1]] : now[point];
  return found >= 0 ? found : null;
}

/**
 * Hears the pointer over the figure in `node`. `state()` says what is shown; `choose` and `preview` take a frame.
 * @param {Graph} node
 * @param {object} hands
 * @param {() => { frames?: Frames | null, frame: number, layout: Tree, data: Tree[] }} hands.state
 * @param {(frame: number) => void} hands.choose
 * @param {(frame: number | null) => void} hands.preview
 * @param {AbortSignal} signal
 * @returns {{ start(): void }}
 */
export function createLinks(node, { state, choose, preview }, signal) {
  /** @type {number | null} */
  let point = null;
  /** @type {number | null} */
  let shown = null;
  /** @type {{ x: number, y: number, frame: number | null } | null} */
  let pressed = null;

  /** @type {{ frames?: object, rulers: ReturnType<typeof rulersOf> }} */
  let known = { rulers: [] };

  /**
   * The frame of a place on a panel with an axis that leads to frames.
   * @param {PointerEvent} event
   */
  function ofPlace(event) {
    const { frames, frame, layout, data } = state();
    if (!frames) return null;
    if (known.frames !== frames) known = { frames, rulers: rulersOf(frames, layout, data) };
    const full = node._fullLayout;
    const [left, top] = pointIn(node, event);
    const inside = (/** @type {Band} */ { start, length }, /** @type {number} */ at) => at >= start && at <= start + length;
    const panels = full?._subplots?.cartesian.map((/** @type {string} */ name) => full._plots[name]) ?? [];
    for (const { axis, frameOf } of known.rulers) {
      const panel = panels.find((/** @type {any} */ { xaxis, yaxis }) => xaxis._id === axis || yaxis._id === axis);
      if (!panel || !inside(band(full, "x", panel.xaxis._id), left) || !inside(band(full, "y", panel.yaxis._id), top)) continue;
      const found = axis[0] === "x" ? panel.xaxis.p2d(left - panel.xaxis._offset) : panel.yaxis.p2d(top - panel.yaxis._offset);
      const leading = frameOf(found, frame);
      if (leading !== null) return leading;
    }
    return null;
  }

  const leads = (/** @type {PointerEvent} */ event) =>
    (/** @type {Element} */ (event.target).closest?.(".nlviz-grip") ? null : point ?? ofPlace(event));

  /** @param {number | null} frame */
  function show(frame) {
    if (frame === shown) return;
    shown = frame;
    node.classList.toggle("nlviz-leads", frame !== null);
    preview(frame);
  }

  node.addEventListener("pointermove", (event) => show(pressed ? null : leads(event)), { signal });
  node.addEventListener("pointerleave", () => ((point = null), show(null)), { signal });
  node.addEventListener("pointerdown", (event) => {
    if (event.button === 0) pressed = { x: event.clientX, y: event.clientY, frame: leads(event) };
  }, { signal, capture: true });
  // On the window: Plotly covers the page while a button is down. A drag is no click.
  addEventListener("pointerup", (event) => {
    const press = pressed;
    pressed = null;
    if (!press || press.frame === null || Math.hypot(event.clientX - press.x, event.clientY - press.y) > STILL_PX) return;
    show(null);
    choose(press.frame);
  }, { signal });

  return {
    // Hears what Plotly finds; once there is a figure.
    start() {
      node.on?.("plotly_hover", ({ points }) => {
        point = frameOf(state(), points[0].curveNumber, points[0].pointNumber);
        if (point !== null && !pressed) show(point);
      });
      node.on?.("plotly_unhover", () => (point = null));
    },
  };
}
