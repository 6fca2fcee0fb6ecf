// @ts-check
// Players on a page behind which nobody answers: what they show stands in the page. See export.py.

import { render } from "../widget.js";
import { withBuffers } from "./messages.js";
import { createModel } from "./model.js";

const page = JSON.parse(document.getElementById("players")?.textContent ?? "");
const decoded = page.buffers.map((/** @type {string} */ text) =>
  new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer));

for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-player]"))) {
  const { state, paths, buffers } = page.players[Number(place.dataset.player)];
  const model = createModel(() => {});
  model.update(withBuffers(state, paths, buffers.map((/** @type {number} */ number) => decoded[number])));
  place.replaceChildren();
  render({ model, el: place, signal: new AbortController().signal });
}
