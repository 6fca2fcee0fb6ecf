// What every widget shares with the page it stands on: plotly.js (once), light or dark, a wish for less motion.
// These files are joined, in the order that page.py names, into one module.

const SHARED = Symbol.for("nlviz.plotly");
const ASK_AGAIN_MS = 15_000;

/** plotly.js: the page's own if it has one, else asked of the kernel, once for all widgets. */
function plotly(model) {
  if (window.Plotly?.react) return Promise.resolve(window.Plotly);
  const shared = (window[SHARED] ??= { asked: 0, ...deferred() });
  const hear = (content, buffers) => {
    if (content.kind !== "plotly") return;
    model.off("msg:custom", hear);
    load(buffers[0]).then(shared.resolve);
  };
  // The widget that asked may have lost its kernel: the next one to come asks again.
  if (Date.now() - shared.asked > ASK_AGAIN_MS) {
    shared.asked = Date.now();
    model.on("msg:custom", hear);
    model.send({ kind: "plotly" });
  }
  return shared.promise;
}

function deferred() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}

function load(source) {
  if (window.Plotly?.react) return Promise.resolve(window.Plotly);
  // A page with an AMD loader would get an anonymous module instead of window.Plotly; inside this function there is none.
  const url = URL.createObjectURL(new Blob(["(function (define, module, exports) {", source, "\n})();"]));
  const script = Object.assign(document.createElement("script"), { src: url });
  return new Promise((resolve, reject) => {
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("plotly.js did not load"));
    document.head.append(script);
  }).finally(() => URL.revokeObjectURL(url));
}

/** Calls `changed("light" | "dark")` now and whenever the page changes: JupyterLab's theme, else the system's. */
function followTheme(changed, signal) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let now;
  const look = () => {
    const lab = document.body.dataset.jpThemeLight;
    const dark = lab === undefined ? system.matches : lab === "false";
    const next = dark ? "dark" : "light";
    if (next !== now) changed((now = next));
  };
  const observer = new MutationObserver(look);
  observer.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  signal.addEventListener("abort", () => observer.disconnect());
  system.addEventListener("change", look, { signal });
  look();
}

function lessMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** An element with properties, attributes (names with a dash, and role) and children. */
function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

/** Shows a line of words, or hides its node where there is nothing to say. */
function say(node, text) {
  node.textContent = text;
  node.hidden = !text;
}

/** Says the newest text to a screen reader, at most about once a second. */
function speaker(node, signal) {
  let newest, timer;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return (text) => {
    newest = text;
    timer ??= setTimeout(() => {
      node.textContent = newest;
      timer = undefined;
    }, 800);
  };
}
