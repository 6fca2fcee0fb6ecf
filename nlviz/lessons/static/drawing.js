// @ts-check
// Drawings and words of a question.

import { make } from "../../widgets/static/elements.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * An SVG element; everything is an attribute there.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function draw(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/**
 * A sentence of the catalog with its {braces} filled in.
 * @param {string} sentence
 * @param {Record<string, string | number>} values
 * @returns {string}
 */
export function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * A number as a reader wants it: four digits that matter.
 * @param {number} number
 * @returns {string}
 */
export function short(number) {
  return String(Number(number.toPrecision(4)));
}

/**
 * The parts of a text with marks, in order: *stressed* words, `code`, and what stands between.
 * @param {string} text
 * @returns {{ tag: "em" | "code" | "", words: string }[]}
 */
export function parts(text) {
  return text.split(/(\x60[^\x60]+\x60|\*[^*]+\*)/).filter(Boolean).map((part) => {
    const tag = part.length < 3 ? "" : part.startsWith("\x60") ? "code" : part.startsWith("*") ? "em" : "";
    return { tag, words: tag ? part.slice(1, -1) : part };
  });
}

/**
 * A text with marks as a page shows it.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function marked(text) {
  return parts(text).map(({ tag, words }) => (tag ? make(tag, { textContent: words }) : words));
}
