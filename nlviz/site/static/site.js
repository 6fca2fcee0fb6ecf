// @ts-check
// A lesson as a page: its players play, its questions lock, and what was measured waits for an answer.

import { createModel } from "../../widgets/static/pages/model.js";
import { openPlayers } from "../../widgets/static/pages/players.js";
import { render } from "../../lessons/static/predict.js";
import { createMemory, standing } from "./answers.js";

/** @import { Asked, Measured } from "./types.d.ts" */

const memory = createMemory(globalThis);
const told = (/** @type {string} */ kind) =>
  [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-${kind}]`))].map((el) => ({ el, ...JSON.parse(el.dataset[kind] ?? "") }));
const [questions, reveals] = [told("question"), told("reveal")];

for (const { el, ...asked } of questions) ask(el, /** @type {Asked} */ (asked));
reveals.forEach(({ el, ...measured }) => show(el, measured));

/**
 * A question, asked as in a notebook; the page itself keeps the answer.
 * @param {HTMLElement} el
 * @param {Asked} asked
 * @returns {void}
 */
function ask(el, asked) {
  let replies = 0;
  const stand = () => model.update({ ...standing(asked, memory.of(asked)), replies: ++replies });
  const model = createModel((/** @type {any} */ { answer, offer }) => {
    if (offer === "again") memory.forget(asked);
    else if (offer === "waive") memory.keep(asked, { waived: true });
    else memory.keep(asked, { answer });
    stand();
    reveals.filter(({ id }) => id === asked.id).forEach(({ el: there, ...measured }) => show(there, measured));
  });
  model.update({ form: asked.form, words: asked.words, ...standing(asked, memory.of(asked)), problem: "", replies });
  el.replaceChildren();
  render({ model, el, signal: new AbortController().signal });
}

/**
 * What was measured, once somebody has answered or asked to see it.
 * @param {HTMLElement} el
 * @param {Measured} measured
 * @returns {void}
 */
function show(el, measured) {
  const asked = questions.find(({ id }) => id === measured.id);
  const kept = asked && memory.of(asked);
  const line = (/** @type {string} */ text, /** @type {string} */ kind) => Object.assign(document.createElement(kind), { textContent: text });
  if (asked && !kept) return el.replaceChildren(line(measured.unseen, "p"));
  const said = kept?.answer === undefined ? "" : `${standing(asked, kept).said} `;
  const lines = measured.lines.length ? [line(measured.lines.join("\n"), "pre")] : [];
  el.replaceChildren(...lines, line(said + measured.words, "strong"));
}

openPlayers();
