// @ts-check
// The players of a page behind which nobody answers: what they show stands in the page. See export.py.

import { render } from "../widget.js";
import { parse, withBuffers } from "./messages.js";
import { createModel } from "./model.js";
import { createAnswers } from "./recorded.js";

/** @import { Control, Form, Tree } from "../types.d.ts" */

/**
 * What a page holds, unpacked.
 * @param {string} text
 * @returns {Promise<Tree & { buffers: DataView<ArrayBuffer>[] }>}
 */
async function unzipped(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return parse(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}

/**
 * Opens the page's players, then what an address asks for.
 * @returns {Promise<void>}
 */
export async function openPlayers() {
  const page = await unzipped(document.getElementById("players")?.textContent ?? "");
  const whole = (/** @type {Tree} */ { state, paths, buffers }) =>
    withBuffers(state, paths, buffers.map((/** @type {number} */ number) => page.buffers[number]));
  /** @type {Form[]} */
  const forms = [];
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-player]"))) {
    const player = page.players[Number(place.dataset.player)];
    const traits = whole(player);
    const model = createModel(createAnswers(traits.form?.controls ?? [], player.runs.map(whole), () => model));
    model.update(traits);
    if (traits.form) forms.push(traits.form);
    place.replaceChildren();
    render({ model, el: place, signal: new AbortController().signal });
  }
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
