// Linked views: a point or a place in time stands for a frame. Hovering shows where, a click goes there.

import { band, pointIn } from "./shapes.js";
import { stateAt } from "./unpack.js";

const STILL_PX = 5;

/** The latest frame at or before `time`; of several at one time the one that shows the same part as `now`. */
function frameAt(times, time, now, parts) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) low = middle + 1;
    else high = middle;
  }
  const last = Math.max(0, low - 1);
  let first = last;
  while (first > 0 && times[first - 1] === times[last]) first--;
  return Math.min(last, first + (parts > 1 ? now % parts : 0));
}

/** Hears the pointer over the figure in `node`. `state()` gives { frames, frame }. */
export function createLinks(node, { state, choose, preview }, signal) {
  let point = null, shown = null, pressed = null;

  /** The frame of a point that Plotly found under the pointer, null if it leads nowhere. */
  function ofPoint({ curveNumber, pointNumber }) {
    const { frames, frame } = state();
    const link = frames?.links?.find(({ trace }) => trace === curveNumber);
    if (!link) return null;
    const now = link.frames[stateAt(link, frame, link.frames)];
    const found = Array.isArray(pointNumber) ? now[pointNumber[0]]?.[pointNumber[1]] : now[pointNumber];
    return found >= 0 ? found : null;
  }

  /** The frame of a place on a panel whose x axis is time. */
  function ofPlace(event) {
    const { frames, frame } = state();
    const full = node._fullLayout;
    const [left, top] = pointIn(node, event);
    const inside = ({ start, length }, at) => at >= start && at <= start + length;
    for (const { axis, times } of frames?.links ?? []) {
      const panel = times && full?._subplots?.cartesian.map((name) => full._plots[name]).find(({ xaxis }) => xaxis._id === axis);
      if (!panel || !inside(band(full, "x", axis), left) || !inside(band(full, "y", panel.yaxis._id), top)) continue;
      return frameAt(times, panel.xaxis.p2d(left - panel.xaxis._offset), frame, frames.parts?.length);
    }
    return null;
  }

  const leads = (event) => (event.target.closest?.(".nlviz-grip") ? null : point ?? ofPlace(event));

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
  // On the window: Plotly covers the page while a button is down. A drag is a zoom, not a click.
  addEventListener("pointerup", (event) => {
    const press = pressed;
    pressed = null;
    if (!press || press.frame === null || Math.hypot(event.clientX - press.x, event.clientY - press.y) > STILL_PX) return;
    show(null);
    choose(press.frame);
  }, { signal });

  return {
    /** Hears what Plotly finds; once there is a figure. */
    start() {
      node.on("plotly_hover", ({ points }) => {
        point = ofPoint(points[0]);
        if (point !== null && !pressed) show(point);
      });
      node.on("plotly_unhover", () => (point = null));
    },
  };
}
