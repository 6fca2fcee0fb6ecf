// @ts-check
// Terms explain themselves where they stand: a click on one shows its sentence beside it. Where no script runs it is a
// link to the list of terms.

import { explain } from "./note.js";

/**
 * The sentence of a term, as `glossary.marked` writes it; "" for any other link.
 * @param {Pick<Element, "getAttribute">} link
 * @returns {string}
 */
export const sentenceOf = (link) => (/^#Terms$/.test(link.getAttribute("href") ?? "") && link.getAttribute("title")) || "";

/**
 * Hears the terms of the page, as long as a widget of ours is on it.
 * @param {AbortSignal} signal
 * @returns {void}
 */
export function hearTerms(signal) {
  addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest?.("a[title]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !sentenceOf(link)) return;
    event.preventDefault();
    // Each widget of the page hears it: one explains.
    event.stopImmediatePropagation();
    explain(link, sentenceOf(link));
  }, { signal, capture: true });
}
