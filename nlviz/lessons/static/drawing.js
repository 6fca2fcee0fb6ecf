// @ts-check
// Drawings and words of a question.

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
