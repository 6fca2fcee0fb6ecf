// Drawings and words of a question.

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element; everything is an attribute there. */
export function draw(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** A sentence of the catalog with its {braces} filled in. */
export function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A number as a reader wants it: four digits that matter. */
export function short(number) {
  return String(Number(number.toPrecision(4)));
}
