// A Plotly figure and the frames it can show. Frames arrive once, as typed arrays; going to one asks nobody.

import { changesOf } from "./changes.js";
import { createGrips } from "./drag_handles.js";
import { createOverlay } from "./overlay.js";
import { paintQuickly } from "./painter.js";
import { originals, restore, unpaint } from "./stand_ins.js";
import { assign } from "./unpack.js";

// The width for which the themes choose their letters; below it they shrink, but never below what can be read.
const FULL_WIDTH = 1000, LEAST_LETTER = 11;
// A hand that rests this long has arrived: Plotly may draw what was painted quickly. A figure that takes Plotly long
// waits longer, since a hand that goes on meanwhile would find the page stuck.
const REST_MS = 400, LONGEST_REST_MS = 1500;
// What a draw must do, the dearer including the cheaper.
const NOTHING = 0, MOVE = 1, REDRAW = 2;

/** The template with its letters, lines and markers made for a figure this narrow. */
function fitted(node, share, inside = "") {
  if (Array.isArray(node)) return node.map((child) => fitted(child, share, inside));
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => {
    if (typeof value === "object") return [key, fitted(value, share, key)];
    if (inside === "line" && key === "width") return [key, value && Math.max(1, value * share)];
    if (key !== "size") return [key, value];
    const least = inside === "marker" ? 4 : LEAST_LETTER;
    return [key, Math.max(Math.min(value, least), Math.floor(value * share))];
  }));
}

/** Plotly forgets the place of an empty letter, and draws none there ever after: a blank is kept. */
const spaced = ({ path, trace }, value) => (trace >= 0 && path === "text" && typeof value[0] === "string" ? value.map((letter) => letter || " ") : value);

/**
 * The figure in `node`: `show` a picture, go to a `frame`, `preview` another, `paint` it in a template. Drawing is at
 * the display's pace, the latest wins. A frame that only moves shapes costs no redraw; new data are painted quickly.
 * `knobOf(name)` is the visible knob a handle may turn; `drawn()` is called when a frame is on the screen,
 * `started()` once Plotly can be heard.
 */
export function createFigure(node, { knobOf, drawn, started }, signal) {
  let Plotly, picture, painted, template, shown, frame = 0, states = [], previewed = null, width, cost = 0;
  let wanted = NOTHING, drawing = false, resting;
  const overlay = createOverlay(node);
  const grips = createGrips(node, overlay, () => shown, signal);

  /** Puts the frame's values where the tracks say; returns the tracks whose change is Plotly's business. */
  function setFrame() {
    return (picture.frames?.tracks ?? []).filter((track, number) => {
      const state = track.index ? track.index[frame] : frame;
      if (states[number] === state) return false;
      states[number] = state;
      const value = spaced(track, track.values[state]);
      if (track.trace >= 0) assign(picture.data[track.trace], track.path, value);
      // Plotly takes typed arrays for data, not for a range or another pair in the layout.
      else assign(picture.layout, track.path, ArrayBuffer.isView(value) ? Array.from(value) : value);
      return track.trace >= 0 || !overlay.moves(track.path);
    });
  }

  /** What a new picture changes that is Plotly's business, null if everything. */
  function changesFrom(old) {
    return old ? changesOf(old, picture)?.filter(({ trace, path }) => trace >= 0 || !overlay.moves(path)) : null;
  }

  async function step() {
    const work = wanted;
    wanted = NOTHING;
    const changed = painted === picture ? setFrame() : (setFrame(), changesFrom(painted));
    painted = picture;
    if (work === REDRAW || !changed || !paintQuickly(node, picture, changed)) await redraw();
    else {
      if (changed.length) restThenRedraw();
      place();
    }
    drawn();
    if (wanted) request(wanted);
  }

  async function redraw() {
    clearTimeout(resting);
    drawing = true;
    restore(node);
    // Plotly writes ranges and positions into the layout it is given: it gets a copy. The same uirevision keeps a zoom.
    const layout = { autosize: true, uirevision: "kept", ...overlay.hide(structuredClone(picture.layout)) };
    width = node.clientWidth;
    const share = Math.min(1, width / FULL_WIDTH);
    shown = template && share < 1 ? fitted(template, share) : template;
    if (shown) layout.template = shown;
    const began = performance.now();
    try {
      await Plotly.react(node, picture.data, layout, { displayModeBar: false });
      listen();
      unpaint(node);
      place();
    } finally {
      cost = performance.now() - began;
      drawing = false;
    }
  }

  function restThenRedraw() {
    clearTimeout(resting);
    resting = setTimeout(() => request(REDRAW), Math.min(LONGEST_REST_MS, REST_MS + 2 * cost));
  }

  function place() {
    overlay.place(shown);
    overlay.preview(previewed, shown);
    grips.place();
  }

  /** Plotly moves its axes by itself when a hand zooms: what we drew follows. */
  function listen() {
    if (node.nlvizHeard) return;
    node.nlvizHeard = true;
    node.on("plotly_relayouting", place);
    started();
    node.on("plotly_afterplot", () => drawing || (originals(node).clear(), unpaint(node), place()));
  }

  function request(work) {
    wanted = Math.max(wanted, work);
    if (!Plotly || !picture || drawing || signal.aborted) return;
    requestAnimationFrame(() => wanted && !drawing && !signal.aborted && step());
  }

  // An observer speaks up at once, and again when the first drawing gives the node its height.
  const resizing = new ResizeObserver(() => node.clientWidth && node.clientWidth !== width && request(REDRAW));
  signal.addEventListener("abort", () => {
    resizing.disconnect();
    clearTimeout(resting);
    wanted = NOTHING;
    node.removeAllListeners?.();
    Plotly?.purge(node);
  });

  return {
    start(library) {
      Plotly = library;
      resizing.observe(node);
      request(REDRAW);
    },
    show(newPicture, newFrame) {
      [picture, frame, states, previewed] = [newPicture, newFrame, [], null];
      for (const trace of picture.data) if (Array.isArray(trace.text)) trace.text = spaced({ path: "text", trace: 0 }, trace.text);
      const handles = (picture.handles ?? []).flatMap((handle) => {
        const knob = knobOf(handle.knob);
        return knob ? [{ ...handle, control: knob }] : [];
      });
      // Also a line whose knob is not here moves when another picture comes.
      overlay.take(picture, (picture.handles ?? []).map(({ shape }) => shape));
      grips.take(picture, handles);
      // the first needs all of Plotly; a later one may be painted quickly
      request(MOVE);
    },
    go(newFrame) {
      frame = newFrame;
      request(MOVE);
    },
    preview(newFrame) {
      previewed = newFrame;
      if (node._fullLayout) overlay.preview(previewed, shown);
    },
    paint(newTemplate) {
      template = newTemplate;
      request(REDRAW);
    },
    /** What is on the screen in another template, as the `data:` URL of a PNG; the shapes drawn here are Plotly's there. */
    still(paper) {
      const { width, height } = node._fullLayout;
      const layout = { ...structuredClone(picture.layout), template: fitted(paper, Math.min(1, width / FULL_WIDTH)), width, height };
      return Plotly.toImage({ data: picture.data, layout }, { format: "png", width, height });
    },
  };
}
