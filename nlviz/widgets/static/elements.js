// Elements of a page, for labs and for the questions of a lesson.

/** An HTML element with properties, attributes (names with a dash, and role) and children. */
export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

/** Shows a line of words, or hides its node where there is nothing to say. */
export function say(node, text) {
  node.textContent = text;
  node.hidden = !text;
}

// Keys with which one leaves a lab or speaks to the page: a notebook may have them, also while a lab is in focus.
const LEAVING = /^(Escape|Tab|F\d+)$/;
// With Ctrl or ⌘ these write in a field, or would change the notebook's cells.
const WRITING = /^([acvxyz]|Backspace|Delete|Home|End|Arrow.*)$/i;

/** Whether a key pressed on `target` is the widget's alone, so that it is no command of the notebook round it. */
export function isOurs({ key, ctrlKey, metaKey, altKey, shiftKey }, target) {
  if (ctrlKey || metaKey) return WRITING.test(key) && (key.length > 1 || target.matches("input, textarea"));
  return !altKey && !LEAVING.test(key) && !(shiftKey && key === "Enter");
}

/**
 * The keyboard stays with the widget `root` once a hand has pressed on any part of it, and its plain keys are no
 * commands of the notebook: there `d d` deletes a cell.
 */
export function keepKeys(root, signal) {
  root.tabIndex = -1;
  // Who draws a picture may take the press for itself, and then nothing would come into focus.
  root.addEventListener("pointerdown", ({ target }) => {
    const holder = target.closest("a, button, input, label, select, summary, textarea, [tabindex]");
    if (!holder.matches("label")) holder.focus({ preventScroll: true });
  }, { signal, capture: true });
  // JupyterLab looks at the focused element first; it hears keys before they come down to us, but after the window.
  addEventListener("keydown", (event) => {
    if (root.contains(event.target)) event.target.toggleAttribute("data-lm-suppress-shortcuts", isOurs(event, event.target));
  }, { signal, capture: true });
}
