// @ts-check
// A Plotly figure and the frames it can show. Frames arrive once, as typed arrays; going to one asks nobody.

import { createAnnotations } from "./annotations.js";
import { changesOf, continued } from "./changes.js";
import { createGrips } from "./drag_handles.js";
import { fit, onlyClicks } from "./fit.js";
import { madeFor } from "./letters.js";
import { follow } from "./newcomers.js";
import { createOverlay } from "./overlay.js";
import { paintQuickly } from "./painter.js";
import { originals, restore, unpaint } from "./stand_ins.js";
import { assign } from "./unpack.js";

/** @import { Change, Graph, Grip, Picture, Track, Tree } from "../types.d.ts" */

// In less than this nothing is drawn: a page is on its way from one width to another.
const LEAST_WIDTH = 100;
// A view that wants less than this says so; a still of what is on the screen is this large.
const HEIGHT = 640, STILL_WIDTH = 960;
// A hand that rests this long has arrived: Plotly may draw what was painted quickly. A figure that takes Plotly long
// waits longer, since a hand that goes on meanwhile would find the page stuck.
const REST_MS = 400, LONGEST_REST_MS = 1500;
// What a draw must do, the dearer including the cheaper. A hand that has rested and moves on has not arrived: what it
// brings is painted quickly, and it may rest again.
const NOTHING = 0, MOVE = 1, RESTED = 2, REDRAW = 3;

/**
 * Plotly forgets the place of an empty letter, and draws none there ever after: a blank is kept.
 * @param {Pick<Track, "path" | "trace">} track
 * @param {any} value
 * @returns {any}
 */
export const spaced = ({ path, trace }, value) => (trace >= 0 && path === "text" && typeof value[0] === "string" ? value.map((/** @type {string} */ letter) => letter || " ") : value);

/**
 * Puts a frame's values where the tracks say, in the picture itself; `states` remembers which are there.
 * @param {Picture} picture
 * @param {number} frame
 * @param {number[]} states by track, changed in its place
 * @returns {Track[]} the tracks that show something else now
 */
export function setFrame(picture, frame, states) {
  return (picture.frames?.tracks ?? []).filter((track, number) => {
    // Not by the number of states, as for a link: a track without an index has one for each frame.
    const state = track.index ? track.index[frame] : frame;
    if (states[number] === state) return false;
    states[number] = state;
    const value = spaced(track, track.values[state]);
    if (track.trace >= 0) assign(picture.data[track.trace], track.path, value);
    // Plotly takes typed arrays for data, not for a range or another pair in the layout.
    else assign(picture.layout, track.path, ArrayBuffer.isView(value) ? Array.from(/** @type {any} */ (value)) : value);
    return true;
  });
}

/**
 * @typedef {object} Figure
 * @property {(library: any) => void} start with plotly.js, once it is there
 * @property {(picture: Picture, frame: number) => void} show
 * @property {(frame: number) => void} go
 * @property {(frame: number | null) => void} preview
 * @property {(template: Tree) => void} paint
 * @property {() => void} refit draws anew where the room has changed
 * @property {(paper: Tree) => Promise<string>} still what is on the screen in another template, as the `data:` URL of a
 *   PNG; the shapes drawn here are Plotly's there
 */

/**
 * The figure in `node`: `show` a picture, go to a `frame`, `preview` another, `paint` it in a template. Drawing is at
 * the display's pace, the latest wins. A frame that only moves shapes costs no redraw; new data are painted quickly.
 * `room()` is the height to draw it in; the title is the page's to write.
 * `knobOf(name)` is the visible knob a handle may turn; `drawn(anew)` is called when a frame is on the screen, `anew`
 * where Plotly drew it; `started()` once Plotly can be heard.
 * @param {Graph} node
 * @param {object} hands
 * @param {() => number} hands.room
 * @param {(name: string) => Grip["control"] | null | undefined} hands.knobOf
 * @param {(anew: boolean) => void} hands.drawn
 * @param {() => void} hands.started
 * @param {AbortSignal} signal
 * @returns {Figure}
 */
export function createFigure(node, { room, knobOf, drawn, started }, signal) {
  /** @type {any} */
  let Plotly;
  /** @type {Picture} */
  let picture;
  /** @type {Picture | undefined} */
  let painted; // the picture that is on the screen
  /** @type {Tree | undefined} */
  let template;
  /** @type {Tree | undefined} */
  let shown; // the template, made for this width
  let frame = 0;
  /** @type {number[]} */
  let states = [];
  /** @type {number | null} */
  let previewed = null;
  let [width, height, letterNow] = [0, 0, 0];
  let cost = 0; // of Plotly's last drawing, in ms
  let wanted = NOTHING;
  let drawing = false;
  let owed = false; // a redraw let new data go first
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;
  const overlay = createOverlay(node);
  const annotations = createAnnotations(node);
  const grips = createGrips(node, overlay, () => shown, signal);

  /**
   * What differs from the screen and is Plotly's business, null if everything.
   * @returns {Change[] | null}
   */
  function changes() {
    const moved = setFrame(picture, frame, states);
    const from = painted && painted !== picture ? continued(painted.data, picture.data) : null;
    const changed = painted === picture ? moved : painted && from ? changesOf(painted, picture, from) : null;
    if (painted && from) follow(node, painted, from);
    return changed && changed.filter(({ trace, path }) => trace >= 0 || !(/^(title\.|annotations)/.test(path) || overlay.moves(path)));
  }

  const notes = () => painted?.layout.annotations ?? [];

  async function step() {
    const work = wanted;
    wanted = NOTHING;
    const changed = changes();
    painted = picture;
    // New data are seen at once, whatever else was asked for meanwhile; a redraw waits one turn of the display for them.
    const goFirst = changed && (work < RESTED || (changed.length > 0 && !owed));
    owed = false;
    const anew = !goFirst || !annotations.able(notes(), shown) || !paintQuickly(node, picture, changed);
    if (anew) await redraw();
    else {
      const wrote = place();
      if (changed.length || wrote) restThenRedraw();
      owed = work === REDRAW;
      if (owed) wanted = REDRAW;
    }
    drawn(anew);
    if (wanted) request(wanted);
    else if (resting === undefined) delete node.dataset.drawing;
  }

  async function redraw() {
    clearTimeout(resting);
    resting = undefined;
    drawing = true;
    // What was changed behind Plotly's back goes back first: it compares with what it remembers.
    restore(node);
    // Plotly writes ranges and positions into the layout it is given: it gets a copy. The same uirevision keeps what a hand has set there.
    /** @type {Tree} */
    const layout = { autosize: true, uirevision: "kept", ...overlay.hide(structuredClone(picture.layout)) };
    [width, height] = [node.clientWidth, heightNow()];
    const { made, letter } = madeFor(template ?? {}, width);
    letterNow = letter;
    shown = template && made;
    if (shown) layout.template = shown;
    node.style.height = `${fit(layout, picture.data, { width, height, letter })}px`;
    onlyClicks(layout);
    const words = structuredClone(notes());
    const began = performance.now();
    try {
      await Plotly.react(node, picture.data, layout, { displayModeBar: false, showTips: false });
      listen();
      unpaint(node);
      delete node.nlvizTraces;
      annotations.drawn(words);
      place();
    } finally {
      cost = performance.now() - began;
      drawing = false;
    }
  }

  /** Words as they are seated and broken in this room. */
  function seated() {
    const layout = structuredClone(picture.layout);
    fit(layout, picture.data, { width, height, letter: letterNow });
    return layout.annotations ?? [];
  }

  /** A view may want less than there is. */
  const heightNow = () => {
    const wanted = picture.layout.height ?? HEIGHT;
    return wanted < HEIGHT ? Math.min(wanted, room()) : room();
  };

  function refit() {
    if (picture && node.clientWidth > LEAST_WIDTH && (node.clientWidth !== width || heightNow() !== height)) request(REDRAW);
  }

  function restThenRedraw() {
    clearTimeout(resting);
    resting = setTimeout(() => {
      resting = undefined;
      request(RESTED);
    }, Math.min(LONGEST_REST_MS, REST_MS + 2 * cost));
  }

  /** Puts what is ours where it belongs now; says whether words were written that Plotly has yet to write. */
  function place() {
    overlay.place(shown);
    const wrote = annotations.place(notes(), seated, shown);
    overlay.preview(previewed, shown);
    grips.place();
    return wrote;
  }

  /** Plotly moves its axes by itself when it lays out anew: what we drew follows. A node hears only after its first drawing. */
  function listen() {
    if (node.nlvizHeard) return;
    node.nlvizHeard = true;
    node.on?.("plotly_relayouting", place);
    started();
    // A drawing that was not ours, as after a zoom: Plotly has found what we changed and drawn it all.
    node.on?.("plotly_afterplot", () => {
      if (drawing) return;
      originals(node).clear();
      unpaint(node);
      annotations.drawn();
      place();
    });
  }

  /**
   * Asks for work at the display's next turn. Many may ask before it: they get one drawing, of the newest frame. Who
   * asks while Plotly draws is served by the end of `step`. `data-drawing` stands until all is drawn that was asked for.
   * @param {number} work
   */
  function request(work) {
    wanted = Math.max(wanted, work);
    node.dataset.drawing = "";
    if (!Plotly || !picture || drawing || signal.aborted) return;
    requestAnimationFrame(() => {
      if (wanted && !drawing && !signal.aborted) step();
    });
  }

  // An observer speaks up at once, and again when the first drawing gives the node its height.
  const resizing = new ResizeObserver(refit);
  addEventListener("resize", refit, { signal });
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
      overlay.take(picture);
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
    refit,
    still(paper) {
      // Not as the page is just now: whoever opens the notebook again has another.
      const size = { width: STILL_WIDTH, height: picture.layout.height ?? HEIGHT };
      const layout = { ...structuredClone(picture.layout), template: madeFor(paper, STILL_WIDTH).made, ...size };
      return Plotly.toImage({ data: picture.data, layout }, { format: "png", ...size });
    },
  };
}
