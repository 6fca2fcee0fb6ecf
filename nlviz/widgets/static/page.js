// @ts-check
// What every widget shares with the page it stands on: plotly.js (once), light or dark, a wish for less motion.

/** @import { Model } from "./types.d.ts" */

const SHARED = Symbol.for("nlviz.plotly");
const ASK_AGAIN_MS = 15_000;
const PATIENCE_MS = 5_000;

// What widgets keep for each other, and for those of other scripts, stands on the window.
const page = () => /** @type {any} */ (window);

/**
 * plotly.js: the page's own if it has one, else asked of the kernel, once for all widgets. `trouble(words)` is called if
 * nobody answers, and with "" when somebody does.
 * @param {Model} model
 * @param {(words: string) => void} trouble
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
export function plotly(model, trouble, signal) {
  if (page().Plotly?.react) return Promise.resolve(page().Plotly);
  const shared = (page()[SHARED] ??= { asked: 0, ...Promise.withResolvers() });
  const hear = (/** @type {any} */ content, /** @type {BlobPart[]} */ buffers) => {
    if (content.kind !== "plotly") return;
    model.off("msg:custom", hear);
    load(buffers[0], content.gzip).then(shared.resolve);
  };
  // The widget that asked may have lost its kernel: the next one to come asks again.
  if (Date.now() - shared.asked > ASK_AGAIN_MS) {
    shared.asked = Date.now();
    model.on("msg:custom", hear);
    model.send({ kind: "plotly", gzip: "DecompressionStream" in window });
  }
  const waiting = setInterval(() => {
    if (kernelGone(model)) trouble("No kernel behind this picture: run its cell again to see it.");
    else if (Date.now() - shared.asked > PATIENCE_MS) trouble("Waiting for the kernel: it may be busy. If nothing comes, run the cell again.");
  }, 1000);
  signal.addEventListener("abort", () => clearInterval(waiting));
  return shared.promise.finally(() => clearInterval(waiting));
}

// Models whose comm was closed: the kernel was restarted or shut down behind them.
const LOST = new WeakSet();

/**
 * Whether nobody can answer this model any more: its kernel was shut down, died or was restarted. A message to it would
 * vanish without an error. Where the page cannot know (an exported page, another host) the answer is false.
 * @param {Model} model
 * @returns {boolean}
 */
export function kernelGone(model) {
  if (LOST.has(model)) return true;
  const manager = model.widget_manager;
  if (!manager || !("kernel" in manager)) return false;
  const { kernel } = manager;
  return !kernel || kernel.isDisposed || ["dead", "terminating"].includes(kernel.status);
}

/**
 * Calls `tell()` once, when the kernel behind the model is gone.
 * @param {Model} model
 * @param {() => void} tell
 * @param {AbortSignal} signal
 * @returns {void}
 */
export function whenKernelGone(model, tell, signal) {
  model.on("comm_live_update", () => LOST.add(model));
  const watch = setInterval(() => {
    if (!kernelGone(model)) return;
    clearInterval(watch);
    tell();
  }, 1000);
  signal.addEventListener("abort", () => clearInterval(watch));
}

/**
 * Unpacks and runs the script.
 * @param {BlobPart} buffer
 * @param {boolean} gzip
 * @returns {Promise<any>}
 */
async function load(buffer, gzip) {
  if (page().Plotly?.react) return page().Plotly;
  const unzipped = () => new Blob([buffer]).stream().pipeThrough(new DecompressionStream("gzip"));
  const source = gzip ? await new Response(unzipped()).blob() : buffer;
  // A page with an AMD loader would get an anonymous module instead of window.Plotly; inside this function there is none.
  const url = URL.createObjectURL(new Blob(["(function (define, module, exports) {", source, "\n})();"]));
  const script = Object.assign(document.createElement("script"), { src: url });
  return new Promise((resolve, reject) => {
    script.onload = () => resolve(page().Plotly);
    script.onerror = () => reject(new Error("plotly.js did not load"));
    document.head.append(script);
  }).finally(() => URL.revokeObjectURL(url));
}

/**
 * Calls `changed("light" | "dark")` now and whenever the page changes: JupyterLab's theme, else the class "light" or
 * "dark" of the page itself, as a MyST book has it, else the system's.
 * @param {(theme: "light" | "dark") => void} changed
 * @param {AbortSignal} signal
 * @returns {void}
 */
export function followTheme(changed, signal) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  /** @type {string | undefined} */
  let now;
  const look = () => {
    const lab = document.body.dataset.jpThemeLight;
    const said = /** @type {const} */ (["light", "dark"]).find((theme) => document.documentElement.classList.contains(theme));
    const dark = lab === undefined ? system.matches : lab === "false";
    const next = (lab === undefined && said) || (dark ? "dark" : "light");
    if (next !== now) changed((now = next));
  };
  const observer = new MutationObserver(look);
  observer.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  observer.observe(document.documentElement, { attributeFilter: ["class"] });
  signal.addEventListener("abort", () => observer.disconnect());
  system.addEventListener("change", look, { signal });
  look();
}

/**
 * Whether whoever is here asked the system for less motion.
 * @returns {boolean}
 */
export function lessMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * Says the newest text to a screen reader, at most about once a second: one that is told of every frame of a scrub
 * would speak for minutes of what is long past.
 * @param {HTMLElement} node
 * @param {AbortSignal} signal
 * @returns {(text: string) => void}
 */
export function speaker(node, signal) {
  /** @type {string} */
  let newest;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return (text) => {
    newest = text;
    timer ??= setTimeout(() => {
      node.textContent = newest;
      timer = undefined;
    }, 800);
  };
}
