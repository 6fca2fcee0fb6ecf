// Players on a page behind which nobody answers: what they show stands in the page. See export.py.

import { render } from "../widget.js";
import { createModel, withBuffers } from "./model.js";

const page = JSON.parse(document.getElementById("players").textContent);
const decoded = page.buffers.map((text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer));

for (const place of document.querySelectorAll("[data-player]")) {
  const { state, paths, buffers } = page.players[place.dataset.player];
  const model = createModel(() => {});
  model.update(withBuffers(state, paths, buffers.map((number) => decoded[number])));
  place.replaceChildren();
  render({ model, el: place, signal: new AbortController().signal });
}
