// Elements of a page, for labs and for the questions of a lesson.

/** An HTML element with properties, attributes (names with a dash, and role) and children. */
function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

/** Shows a line of words, or hides its node where there is nothing to say. */
function say(node, text) {
  node.textContent = text;
  node.hidden = !text;
}
