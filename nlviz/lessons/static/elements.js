// Elements for a question; these files are joined, in the order that asking.py names, into one module.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element with properties, attributes (names with a dash, role and for) and children. */
function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

/** An SVG element; everything is an attribute there. */
function draw(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Shows a line of words, or hides its node where there is nothing to say. */
function say(node, text) {
  node.textContent = text;
  node.hidden = !text;
}

/** A sentence of the catalog with its {braces} filled in. */
function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A number as a reader wants it: four digits that matter. */
function short(number) {
  return String(Number(number.toPrecision(4)));
}
