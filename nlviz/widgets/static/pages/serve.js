// @ts-check
// One lab alone on a page, spoken to over a WebSocket: see serve.py. The figure takes the height that the rest leaves.

import { say } from "../elements.js";
import { render } from "../widget.js";
import { parse, withBuffers } from "./messages.js";
import { createModel } from "./model.js";

/** @import { Tree } from "../types.d.ts" */

// With less height than this a figure's parts run into each other: the whole page shrinks instead.
/** @type {Record<string, number>} */
const LEAST = { projector: 560, other: 400 };

/**
 * The lab in `place`, alive as long as its server is.
 * @param {HTMLElement} place
 * @param {HTMLElement} notice
 * @returns {void}
 */
function openLab(place, notice) {
  const socket = new WebSocket(new URL("socket", location.href.replace(/^http/, "ws")));
  socket.binaryType = "arraybuffer";
  const model = createModel((content) => {
    if (socket.readyState !== WebSocket.OPEN) throw new Error("the server is gone");
    socket.send(JSON.stringify(content));
  });
  let drawn = false;

  /** Makes the page as large as it must be for the figure to have its height, and tells the lab how high that is. */
  function refit() {
    const part = (/** @type {string} */ name) => /** @type {HTMLElement | null} */ (place.querySelector(`.nlviz-${name}`));
    const [body, figure, side] = [part("body"), part("figure"), part("side")];
    if (!body || !figure) return;
    const [others, beside] = [place.offsetHeight - body.offsetHeight, figure.offsetTop ? 0 : side?.offsetHeight ?? 0];
    const needed = others + Math.max((LEAST[model.get("theme")] ?? LEAST.other) + figure.offsetTop, beside);
    const scale = Math.min(1, innerHeight / needed);
    // Plotly reckons with a transform, not with zoom; a transform leaves the room it had before.
    Object.assign(place.style, {
      transform: scale < 1 ? `scale(${scale})` : "none",
      width: `${innerWidth / scale}px`,
      marginBottom: `${innerHeight - innerHeight / scale}px`,
    });
    const { paddingTop, paddingBottom } = getComputedStyle(place);
    place.style.setProperty("--nlviz-view", `${innerHeight / scale - parseFloat(paddingTop) - parseFloat(paddingBottom)}px`);
    place.dispatchEvent(new Event("nlviz-room"));
  }

  /** @param {Tree} traits */
  function change(traits) {
    model.update(traits);
    if (!drawn) {
      render({ model, el: place, signal: new AbortController().signal });
      document.documentElement.dataset.theme = model.get("theme");
      drawn = true;
    }
    refit();
  }

  socket.addEventListener("message", ({ data }) => {
    const { method, state, buffer_paths, content, buffers } = parse(data);
    if (method === "update") change(withBuffers(state, buffer_paths, buffers));
    else model.hear(content, buffers);
  });
  socket.addEventListener("close", () => {
    say(notice, notice.dataset.words ?? "");
    // A turn that was under way gets no answer any more: nobody need wait for it.
    model.hear({ kind: "gone" }, []);
    refit();
  });
  addEventListener("resize", refit);
  // Words that take another line take it from the figure.
  new ResizeObserver(refit).observe(place);
}

/**
 * Full screen and back, by the button or the key f.
 * @param {HTMLElement} button
 * @returns {void}
 */
function offerFullScreen(button) {
  const toggle = () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
  const name = () => (button.textContent = document.fullscreenElement ? "leave full screen" : "full screen");
  button.addEventListener("click", toggle);
  document.addEventListener("fullscreenchange", name);
  document.addEventListener("keydown", (event) => {
    const typing = /** @type {Element} */ (event.target).closest("select, input:not([type=range], [type=checkbox])");
    if (event.key === "f" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) toggle();
  });
}

// serve.py writes them.
const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

offerFullScreen(byId("full"));
openLab(byId("lab"), byId("notice"));
