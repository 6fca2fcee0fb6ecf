// @ts-check
// Sentences that turn knobs: a link in the prose, `[set distance to 33](#lab?distance=33)`, turns those of the nearest
// lab that has them; `#lab:amnesia?distance=33&memory=fast+weights` those of the nearest of that name. Where no script
// runs it is a link to nowhere, and the sentence still says what to do.

import { explain } from "../prose/note.js";
import { lineOf } from "./line_knob.js";

/** @import { Control, Form, Knobs } from "../types.d.ts" */

const LINK = /^#lab(?::(\w+))?\?(.+)$/;
const BOOK = ".jp-Notebook, .notebook, body";
const CELL = ".jp-Cell, .cell";
// Only what was put into a table: every object has a "constructor" too.
const own = (/** @type {Record<string, any>} */ table, /** @type {string} */ name) => (Object.hasOwn(table, name) ? table[name] : undefined);
const SWITCH = /** @type {Record<string, boolean>} */ ({ on: true, off: false });

/**
 * What a link asks of which lab ("" for the next one); undefined if it asks no lab.
 * @param {string | null} href
 * @returns {{ name: string, wishes: [string, string][] } | undefined}
 */
export function asked(href) {
  const [link, name, query] = (href ?? "").match(LINK) ?? [];
  return link === undefined ? undefined : { name: name ?? "", wishes: [...new URLSearchParams(query)] };
}

/**
 * The value of a knob that a text stands for; undefined if it stands for none.
 * @param {Control} control
 * @param {string} text
 * @returns {any}
 */
export function valueOf(control, text) {
  if (control.kind === "switch") return own(SWITCH, text);
  if (control.kind === "line") {
    const line = lineOf(text);
    // as Python counts it
    return line && new TextEncoder().encode(line).length <= (control.most ?? Infinity) ? line : undefined;
  }
  const number = text.trim() === "" ? NaN : Number(text);
  if (control.kind === "choice") return control.options.find((option) => String(option) === text || option === number);
  return number >= control.low && number <= control.high ? number : undefined;
}

const taken = (/** @type {Control} */ control) => {
  if (control.kind === "number") return `a number from ${control.low} to ${control.high}`;
  if (control.kind === "line") return `a line of 1 to ${control.most} bytes`;
  return control.kind === "switch" ? "on or off" : control.options.join(", ");
};

/**
 * The knobs that a link sets, or why it sets none. A preset first, whatever the order: other knobs stand over it.
 * @param {Form} form
 * @param {[string, string][]} wishes
 * @returns {{ change: Knobs } | { trouble: string }}
 */
export function meant({ controls, presets }, wishes) {
  if (!controls.length) return { trouble: "This sentence turns a knob, and there are none on this page: it does in a notebook." };
  /** @type {Knobs} */
  let base = {};
  /** @type {Knobs} */
  const change = {};
  for (const [name, text] of wishes) {
    const control = controls.find((one) => one.name === name);
    const value = name === "preset" ? own(presets, text) : control && valueOf(control, text);
    if (!control && name !== "preset") {
      return { trouble: `The sentence turns ${name}, which this lab has not. Its knobs are ${controls.map((one) => one.name).join(", ")}.` };
    }
    if (value === undefined) {
      const those = control ? `${control.name} takes ${taken(control)}` : `its presets are ${Object.keys(presets).join(", ") || "none"}`;
      return { trouble: `The sentence sets ${name} to ${text}: ${those}. Nothing was turned.` };
    }
    if (control) change[name] = value;
    else base = value;
  }
  return { change: { ...base, ...change } };
}

/**
 * Which of the labs of a notebook is next to a link: the one the fewest cells away, of two the one above, and in one
 * cell the one nearest before.
 * @param {{ away: number, below: boolean }[]} labs in the order of the page
 * @returns {number} −1 if there are none
 */
export function nearest(labs) {
  const rank = (/** @type {{ away: number, below: boolean }} */ { away, below }) => 2 * away + Number(below);
  let best = -1;
  labs.forEach((lab, at) => {
    if (best < 0 || rank(lab) < rank(labs[best]) || (rank(lab) === rank(labs[best]) && !lab.below)) best = at;
  });
  return best;
}

/**
 * What a lab can be asked for: its knobs and presets, as a word for each.
 * @param {Pick<Form, "controls" | "presets">} form
 * @returns {string[]}
 */
const asks = ({ controls, presets }) => [...controls.map(({ name }) => name), ...Object.keys(presets).map((preset) => `preset=${preset}`)];

/**
 * The lab that is meant, of all that are alive in the link's notebook: of those that have what is asked for, if any has.
 * @param {Element} link
 * @param {{ name: string, wishes: [string, string][] }} wish
 * @returns {Element | undefined}
 */
function labOf(link, { name, wishes }) {
  const book = /** @type {Element} */ (link.closest(BOOK));
  const cells = [...book.querySelectorAll(CELL)];
  const cellOf = (/** @type {Element} */ node) => cells.indexOf(/** @type {Element} */ (node.closest(CELL)));
  const named = /** @type {HTMLElement[]} */ ([...book.querySelectorAll(".nlviz[data-lab]")]).filter(({ dataset }) => !name || dataset.lab === name);
  const words = wishes.map(([knob, text]) => (knob === "preset" ? `preset=${text}` : knob));
  const having = named.filter(({ dataset }) => words.every((word) => JSON.parse(dataset.asks ?? "[]").includes(word)));
  const labs = having.length ? having : named;
  return labs[nearest(labs.map((lab) => ({
    away: Math.abs(cellOf(lab) - cellOf(link)),
    below: Boolean(link.compareDocumentPosition(lab) & Node.DOCUMENT_POSITION_FOLLOWING),
  })))];
}

/**
 * Scrolls to a lab of whose picture less than half is seen: what is turned is to be seen turning.
 * @param {HTMLElement} root
 * @returns {void}
 */
function comeNear(root) {
  const picture = /** @type {Element} */ (root.querySelector(".nlviz-figure")).getBoundingClientRect();
  const view = root.closest(".jp-WindowedPanel-outer")?.getBoundingClientRect() ?? { top: 0, bottom: innerHeight };
  const seen = Math.min(picture.bottom, view.bottom) - Math.max(picture.top, view.top);
  if (seen < picture.height / 2) root.scrollIntoView({ block: "nearest" });
}

/**
 * Hears the links of the page while the lab `root`, of this name, is on it; `turn(wishes)` is called when it is meant.
 * @param {HTMLElement} root
 * @param {string} name
 * @param {Form} form
 * @param {(wishes: [string, string][]) => void} turn
 * @param {AbortSignal} signal
 * @returns {void}
 */
export function hearSentences(root, name, form, turn, signal) {
  Object.assign(root.dataset, { lab: name, asks: JSON.stringify(asks(form)) });
  root.addEventListener("nlviz-sentence", (event) => {
    comeNear(root);
    turn(/** @type {CustomEvent} */ (event).detail);
  }, { signal });
  // Every lab hears every click, since none knows how long the others live; the first to hear one sees to it.
  addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest?.('a[href^="#lab"]');
    const wish = link && asked(link.getAttribute("href"));
    if (!wish || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const lab = labOf(link, wish);
    if (lab) lab.dispatchEvent(new CustomEvent("nlviz-sentence", { detail: wish.wishes }));
    else explain(link, `This sentence turns the lab ${wish.name}: run its cell first.`.replace(" :", ":"));
  }, { signal, capture: true });
}
