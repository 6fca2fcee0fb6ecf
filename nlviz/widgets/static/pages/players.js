// @ts-check
// The players of a page behind which nobody answers: what they show stands in the page. See export.py.

import { render } from "../widget.js";
import { unzipped, whole } from "./messages.js";
import { createModel } from "./model.js";
import { createAnswers } from "./recorded.js";

/** @import { Control, Form, Tree } from "../types.d.ts" */

/**
 * Runs a script that lies beside the page.
 * @param {string} src
 * @returns {Promise<unknown>}
 */
function loaded(src) {
  const script = Object.assign(document.createElement("script"), { src });
  document.head.append(script);
  return new Promise((then, refuse) => Object.assign(script, { onload: then, onerror: refuse }));
}

/**
 * The runs of each player, which come behind all else that a page needs to be seen.
 * @param {DataView<ArrayBuffer>[]} shown the buffers of what is shown at first, which runs hold too
 * @returns {Promise<{ runs: Tree[][], buffers: DataView<ArrayBuffer>[] }>}
 */
async function heldRuns(shown) {
  if (document.readyState === "loading") await new Promise((then) => document.addEventListener("DOMContentLoaded", then, { once: true }));
  const place = /** @type {HTMLElement} */ (document.getElementById("runs"));
  if (place.dataset.beside) await loaded(place.dataset.beside);
  const { runs, buffers } = /** @type {any} */ (await unzipped(place.textContent ?? ""));
  return { runs, buffers: [...shown, ...buffers] };
}

/**
 * Opens the page's players, then what an address asks for.
 * @returns {Promise<void>}
 */
export async function openPlayers() {
  const page = await unzipped(document.getElementById("players")?.textContent ?? "");
  /** @type {PromiseWithResolvers<void>} */
  const opened = Promise.withResolvers();
  const held = opened.promise.then(() => heldRuns(page.buffers));
  /** @type {Form[]} */
  const forms = [];
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-player]"))) {
    const number = Number(place.dataset.player);
    const traits = whole(page.players[number], page.buffers);
    const runs = held.then(({ runs, buffers }) => runs[number].map((run) => /** @type {any} */ (whole(run, buffers))));
    const model = createModel(createAnswers(traits.form?.controls ?? [], runs, () => model));
    model.update(traits);
    if (traits.form) forms.push(traits.form);
    place.replaceChildren();
    render({ model, el: place, signal: new AbortController().signal });
    // Between two of them the page answers its reader.
    await new Promise((then) => setTimeout(then));
  }
  opened.resolve();
  ask(location.hash, new Set(forms.flatMap(({ controls }) => ["preset", ...controls.map((/** @type {Control} */ { name }) => name)])));
}

/**
 * A state that somebody shared, behind a # at the end of the address, turns its lab as a sentence in the prose would.
 * What it was made with besides, a seed say, is the page's own.
 * @param {string} hash
 * @param {Set<string>} known
 * @returns {void}
 */
function ask(hash, known) {
  const [, name, all] = /^#(\w+)\?(.+)$/.exec(hash) ?? [];
  if (!name) return;
  const wishes = all.split("&").filter((wish) => known.has(wish.split("=")[0])).join("&");
  const link = Object.assign(document.createElement("a"), { href: `#lab:${name}?${wishes}`, hidden: true });
  document.querySelector("[data-player]")?.before(link);
  link.click();
  link.remove();
}
