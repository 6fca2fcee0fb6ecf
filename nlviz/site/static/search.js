// @ts-check
// The search in a page's head. Its library and the words of the course come when it is first used.

import { createMemory } from "./answers.js";
import { asksForSearch, counted, createFinder } from "./finding.js";

/** @import { Found, Piece, Place } from "./types.d.ts" */

const form = document.querySelector("form.search");
if (form instanceof HTMLFormElement) search(form);

/**
 * @param {HTMLFormElement} form
 * @returns {void}
 */
function search(form) {
  const said = JSON.parse(form.dataset.said ?? "{}");
  const [input, status, list] = ["input", "[role=status]", "ol"].map((one) => /** @type {HTMLInputElement} */ (form.querySelector(one)));
  /** @type {Promise<(text: string) => Found> | null} */
  let finder = null;

  const come = () => {
    finder ??= load();
    finder.catch(() => (finder = null));
    return finder;
  };

  // Each call has a turn; what an earlier one finds is not shown any more.
  let turn = 0;

  async function show() {
    const mine = ++turn;
    if (!input.value.trim()) close();
    else setTimeout(() => mine === turn && !status.textContent && (status.textContent = said.loading), 200);
    const find = await come().catch(() => null);
    if (mine !== turn || !input.value.trim()) return;
    const found = find?.(input.value);
    status.textContent = found ? counted(found, said) : said.missing;
    list.replaceChildren(...(found?.places ?? []).map((place) => row(place, said)));
  }

  // The line that is read aloud stays where it is, empty.
  function close() {
    turn += 1;
    status.textContent = "";
    list.replaceChildren();
  }

  const links = () => [...list.querySelectorAll("a")];

  input.addEventListener("focus", () => void show());
  input.addEventListener("input", () => void show());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await show();
    links()[0]?.click();
  });
  form.addEventListener("keydown", (event) => {
    const all = links();
    const at = all.findIndex((link) => link === document.activeElement);
    if (event.key === "Escape") {
      input.focus();
      close();
    } else if (event.key === "ArrowDown") all[Math.min(at + 1, all.length - 1)]?.focus();
    else if (event.key === "ArrowUp" && at >= 0) (all[at - 1] ?? input).focus();
    else return;
    event.preventDefault();
  });
  form.addEventListener("focusout", ({ relatedTarget }) => relatedTarget instanceof Node && !form.contains(relatedTarget) && close());
  document.addEventListener("pointerdown", ({ target }) => target instanceof Node && !form.contains(target) && close());
  // a link that is gone before it is followed leads nowhere
  list.addEventListener("click", ({ target }) => target instanceof Element && target.closest("a") && setTimeout(close));
  document.addEventListener("keydown", (event) => {
    if (!asksForSearch(/** @type {any} */ (event))) return;
    event.preventDefault();
    input.select();
    input.focus();
  });
}

/**
 * The library and the words, as scripts: a page from the disk may load nothing else.
 * @returns {Promise<(text: string) => Found>}
 */
async function load() {
  await Promise.all(["minisearch.js", "search.index.js"].map(loaded));
  const { MiniSearch, nlvizCourse } = /** @type {any} */ (globalThis);
  return createFinder(MiniSearch, nlvizCourse, createMemory(globalThis));
}

/**
 * @param {string} src
 * @returns {Promise<unknown>}
 */
function loaded(src) {
  return new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src, onload: done, onerror: failed });
    document.head.append(script);
  });
}

/**
 * A place: its link, and words from it.
 * @param {Place} place
 * @param {Record<string, string>} said
 * @returns {Element}
 */
function row({ address, lesson, heading, words, waits }, said) {
  const link = Object.assign(document.createElement("a"), { href: address });
  link.append(lesson, ...(heading.length ? [" › ", ...heading.map(shown)] : []));
  const line = document.createElement("p");
  line.append(...(waits ? [said.waits.replace("{question}", waits)] : words.map(shown)));
  const item = document.createElement("li");
  item.append(link, line);
  return item;
}

/**
 * @param {Piece} piece
 * @returns {Node}
 */
function shown({ text, found }) {
  return found ? Object.assign(document.createElement("mark"), { textContent: text }) : document.createTextNode(text);
}
