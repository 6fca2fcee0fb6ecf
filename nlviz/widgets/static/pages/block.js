// @ts-check
// A lab as a block of somebody else's page, a MyST book's say, in one module that holds all it needs. See block.py.

import { make } from "../elements.js";
import { plotly } from "../page.js";
import { render } from "../widget.js";
import { PLOTLY, RUNS, SHOWN, STYLE } from "./held.js";
import { bytesOf, unzipped, whole } from "./messages.js";
import { createModel } from "./model.js";
import { createAnswers } from "./recorded.js";

/** @import { Form, Knobs } from "../types.d.ts" */

/** Of a host's model all that is asked for: MyST's throws at the rest. @typedef {{ get(name: string): any }} Wishes */

/**
 * Where a reader left the block of a host, and what its page asked for: MyST draws its blocks anew when the theme is
 * changed, and nobody is to begin again.
 * @type {WeakMap<Node, { asked: string, knobs: Knobs, frame: number | null }>}
 */
const LEFT = new WeakMap();

/**
 * The knobs that whoever wrote the page has set, by name; a preset sets several.
 * @param {Pick<Form, "controls" | "presets">} form
 * @param {Wishes} wishes
 * @returns {Knobs}
 */
export function asked({ controls, presets }, wishes) {
  const said = controls.map(({ name }) => [name, wishes.get(name)]).filter(([, value]) => value !== undefined);
  return { ...presets[wishes.get("preset")], ...Object.fromEntries(said) };
}

/**
 * The rules that plotly.js gave the page, for a picture that they do not reach.
 * @returns {HTMLStyleElement}
 */
function styleOfPlotly() {
  const theirs = /** @type {HTMLStyleElement | null} */ (document.getElementById("plotly.js-style-global"));
  return make("style", { textContent: [...(theirs?.sheet?.cssRules ?? [])].map(({ cssText }) => cssText).join("\n") });
}

/**
 * Draws the lab in `place`, as it was asked for.
 * @param {HTMLElement} place
 * @param {Wishes} wishes
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
async function open(place, wishes, signal) {
  const { players: [player], buffers: shown } = await unzipped(SHOWN);
  const traits = whole(player, shown);
  const { controls, presets } = /** @type {Form} */ (traits.form);
  /** @type {PromiseWithResolvers<void>} */
  const drawn = Promise.withResolvers();
  const runs = drawn.promise.then(() => unzipped(RUNS)).then(({ runs: [mine], buffers }) =>
    mine.map((/** @type {any} */ run) => whole(run, [...shown, ...buffers])));
  const answer = createAnswers(controls, runs, () => model);
  const model = createModel((/** @type {any} */ content) =>
    content.kind === "plotly" ? model.hear({ kind: "plotly", gzip: true }, [new DataView(bytesOf(PLOTLY).buffer)]) : answer(content));
  const host = /** @type {ShadowRoot} */ (place.getRootNode()).host ?? place;
  const wanted = asked({ controls, presets }, wishes);
  const before = LEFT.get(host);
  const { knobs, frame } = before?.asked === JSON.stringify(wanted) ? before : { knobs: wanted, frame: traits.frame };
  model.update({ ...traits, frame });
  if (Object.keys(knobs).length) {
    drawn.resolve();
    await answer({ kind: "knobs", knobs });
  }
  // A page that draws its blocks anew throws away the place before, and need not say so.
  if (signal.aborted || !place.isConnected) return;
  signal.addEventListener("abort", () =>
    LEFT.set(host, { asked: JSON.stringify(wanted), knobs: model.get("knobs"), frame: model.get("frame") }));
  plotly(model, () => {}, signal).then(() => place.before(styleOfPlotly()));
  render({ model, el: place, signal });
  drawn.resolve();
}

/**
 * What a host calls, with no more than its model and an element; it may take the block away before anything is drawn.
 * @param {{ model: Wishes, el: HTMLElement }} host
 * @returns {() => void}
 */
function renderBlock({ model, el }) {
  const leave = new AbortController();
  const place = make("div", { className: "nlviz-block" });
  el.append(make("style", { textContent: STYLE }), place);
  open(place, model, leave.signal);
  return () => {
    leave.abort();
    el.replaceChildren();
  };
}

export default { render: renderBlock };
