// @ts-check
// All that a widget brings with it. The script and style that it needs are the page's, once for all widgets of one
// VERSION: the first asks its kernel for them.

import { VERSION } from "./version.js";

/** @import { Model, Place } from "../types.d.ts" */

const SCRIPT = Symbol.for(`nlviz.script.${VERSION}`);
const ASK_AGAIN_MS = 15_000;
const PATIENCE_MS = 5_000;

/**
 * Runs the script and gives the page its style.
 * @param {{ style: string }} content
 * @param {BlobPart[]} buffers
 * @returns {Promise<{ default: { render(place: Place): () => void } }>}
 */
async function load({ style }, [script]) {
  document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  return import(url).finally(() => URL.revokeObjectURL(url));
}

/**
 * The page's script, asked for by this model if by none before it; again if the one that asked got no answer.
 * @param {Model} model
 * @param {AbortSignal} signal
 * @returns {ReturnType<typeof load>}
 */
function script(model, signal) {
  const shared = (/** @type {any} */ (window)[SCRIPT] ??= { asked: 0, loaded: false });
  shared.promise ??= new Promise((resolve) => (shared.resolve = resolve));
  const hear = (/** @type {any} */ content, /** @type {BlobPart[]} */ buffers) => {
    if (content.kind !== "script" || shared.loaded) return;
    shared.loaded = true;
    load(content, buffers).then(shared.resolve);
  };
  const ask = () => {
    if (shared.loaded || Date.now() - shared.asked < ASK_AGAIN_MS) return;
    shared.asked = Date.now();
    model.send({ kind: "script" });
  };
  model.on("msg:custom", hear);
  ask();
  const asking = setInterval(ask, 1000);
  const enough = () => {
    clearInterval(asking);
    model.off("msg:custom", hear);
  };
  signal.addEventListener("abort", enough);
  return shared.promise.finally(enough);
}

/**
 * Draws the widget when its script is here; until then, words.
 * @param {Place} place
 * @returns {Promise<(() => void) | undefined>}
 */
async function render({ model, el, signal }) {
  const status = el.appendChild(Object.assign(document.createElement("p"), { role: "status", textContent: "loading…" }));
  const late = setTimeout(() => {
    status.textContent = "Waiting for the kernel: it may be busy. If nothing comes, run the cell again.";
  }, PATIENCE_MS);
  const { default: widget } = await script(model, signal).finally(() => clearTimeout(late));
  status.remove();
  return signal.aborted ? undefined : widget.render({ model, el, signal });
}

export default { render };
