// @ts-check
// What a search of the course finds: places, the words round what was looked for, and what is said of it all.

/** @import { Course, Engine, Found, Kept, Piece } from "./types.d.ts" */

const WORD = /[^\n\r\p{Z}\p{P}]+/gu;
const [SHOWN, AROUND] = [12, 170];
const prefix = (/** @type {string} */ term) => term.length > 1;
const fuzzy = (/** @type {string} */ term) => (term.length > 3 ? 0.2 : false);

// One after another, until something is found.
/** @type {[Found["kind"], object][]} */
const WAYS = [
  ["all", { combineWith: "AND", prefix }],
  ["similar", { combineWith: "AND", prefix, fuzzy }],
  ["some", { combineWith: "OR", prefix, fuzzy }],
];

/**
 * Takes what somebody looks for and gives what was found.
 * @param {new (options: object) => Engine} MiniSearch
 * @param {Course} course
 * @param {{ of(asked: any): Kept | null }} memory
 * @returns {(text: string) => Found}
 */
export function createFinder(MiniSearch, { pages, sections }, memory) {
  const engine = new MiniSearch({ fields: ["heading", "text"], searchOptions: { boost: { heading: 3 } } });
  engine.addAll(sections.map((section, id) => ({ ...section, id })));
  const address = (/** @type {number} */ id) => `${pages[sections[id].page].file}#${sections[id].place}`;

  /** @param {{ id: number, terms: string[] }} hit */
  const told = ({ id, terms }) => {
    const { page, heading, text, waits } = sections[id];
    const [lesson, waiting] = [pages[page].title, waits.find((asked) => !memory.of(asked))?.id ?? ""];
    const named = marked(heading, terms);
    // what is about it is read from its beginning
    const words = waiting ? [] : excerpt(text, terms, named.some(({ found }) => found));
    return { address: address(id), lesson, heading: heading === lesson ? [] : named, words, waits: waiting };
  };

  return (text) => {
    for (const [kind, options] of WAYS) {
      const hits = engine.search(text, options);
      // of a section that a reveal parts the better part
      const places = hits.filter(({ id }, at) => hits.findIndex((hit) => address(hit.id) === address(id)) === at);
      if (places.length) return { kind, count: places.length, places: places.slice(0, SHOWN).map(told) };
    }
    return { kind: "all", count: 0, places: [] };
  };
}

/**
 * How many places there are, in words.
 * @param {Found} found
 * @param {Record<string, string>} said
 * @returns {string}
 */
export function counted({ kind, count, places }, said) {
  const all = count > places.length ? said.best : count === 1 ? said.one : said.many;
  const words = count ? { all, similar: said.similar, some: said.some }[kind] : said.none;
  return words.replace("{count}", String(count)).replace("{shown}", String(places.length));
}

/**
 * The part of a text in which most of the words stand, or its beginning, cut between words.
 * @param {string} text
 * @param {string[]} terms
 * @param {boolean} [beginning]
 * @returns {Piece[]}
 */
export function excerpt(text, terms, beginning = false) {
  const hits = [...text.matchAll(WORD)].filter(([word]) => terms.includes(word.toLowerCase()));
  const within = (/** @type {number} */ from) =>
    new Set(hits.filter(({ index }) => index >= from && index < from + AROUND).map(([word]) => word.toLowerCase())).size;
  const best = hits.reduce((most, { index }) => (within(index) > within(most) ? index : most), hits[0]?.index ?? 0);
  const lead = beginning ? 0 : Math.max(best - AROUND / 4, 0);
  const from = lead && Math.min(text.indexOf(" ", lead) + 1 || best, best);
  const to = text.length <= from + AROUND ? text.length : Math.max(text.lastIndexOf(" ", from + AROUND), from + 1);
  const pieces = marked(text.slice(from, to), terms);
  const dots = (/** @type {boolean} */ left, /** @type {string} */ words) => (left ? [{ text: words, found: false }] : []);
  return [...dots(from > 0, "… "), ...pieces, ...dots(to < text.length, " …")];
}

/**
 * A text in pieces: the words that were found, and what is between them.
 * @param {string} text
 * @param {string[]} terms
 * @returns {Piece[]}
 */
export function marked(text, terms) {
  /** @type {Piece[]} */
  const pieces = [];
  let end = 0;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (!terms.includes(word.toLowerCase())) continue;
    if (index > end) pieces.push({ text: text.slice(end, index), found: false });
    pieces.push({ text: word, found: true });
    end = index + word.length;
  }
  return end < text.length ? [...pieces, { text: text.slice(end), found: false }] : pieces;
}

/**
 * Whether keys ask for the search: K with Ctrl or ⌘, wherever somebody writes. A letter alone would be pressed by chance
 * by whoever speaks to the machine.
 * @param {{ key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean, defaultPrevented: boolean, isComposing: boolean }} press
 * @returns {boolean}
 */
export function asksForSearch({ key, ctrlKey, metaKey, altKey, shiftKey, defaultPrevented, isComposing }) {
  return key.toLowerCase() === "k" && ctrlKey !== metaKey && !altKey && !shiftKey && !defaultPrevented && !isComposing;
}
