// @ts-check
// One lab alone on a page, spoken to over a WebSocket: see serve.py. The figure takes the height that the rest leaves.

import { say } from "../elements.js";
import { render } from "../widget.js";
import { parse, withBuffers } from "./messages.js";
import { createModel } from "./model.js";

/** @import { Picture, Tree } from "../types.d.ts" */

// Below these shares of the height it was made for a figure's parts run into each other: the whole page shrinks instead.
/** @type {Record<string, number>} */
const LEAST_SHARE = { projector: 1.15, other: 0.95 };

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
  /** @type {Picture | undefined} */
  let drawn;

  /**
   * The picture as high as the page has room for it above and below the rest.
   * @param {Picture} picture
   * @returns {Picture}
   */
  function fitted(picture) {
    if (!picture.layout) return picture;
    const graph = /** @type {HTMLElement | null} */ (place.querySelector(".nlviz-graph"));
    const others = place.offsetHeight - (graph?.offsetHeight ?? 0);
    const share = LEAST_SHARE[model.get("theme")] ?? LEAST_SHARE.other;
    const needed = others + share * (picture.layout.height ?? 500);
    const scale = Math.min(1, innerHeight / needed);
    // Plotly reckons with a transform, not with zoom; a transform leaves the room it had before.
    Object.assign(place.style, {
      transform: scale < 1 ? `scale(${scale})` : "none",
      width: `${innerWidth / scale}px`,
      marginBottom: `${innerHeight - innerHeight / scale}px`,
    });
    return { ...picture, layout: { ...picture.layout, height: Math.floor(innerHeight / scale - others) } };
  }

  function refit() {
    if (!drawn) return;
    const picture = fitted(drawn);
    if (picture.layout?.height !== model.get("picture").layout?.height) model.update({ picture });
  }

  /** @param {Tree} traits */
  function change(traits) {
    const first = !drawn;
    if (traits.picture) drawn = traits.picture;
    model.update(traits.picture ? { ...traits, picture: fitted(traits.picture) } : traits);
    if (first) {
      render({ model, el: place, signal: new AbortController().signal });
      document.documentElement.dataset.theme = model.get("theme");
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
