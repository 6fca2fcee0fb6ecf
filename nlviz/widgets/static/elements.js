// @ts-check
// Elements of a page, for labs and for the questions of a lesson.

/**
 * An HTML element with properties, attributes (names with a dash, role and for) and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") node.setAttribute(name, String(value));
    else Object.assign(node, { [name]: value });
  }
  node.append(...children);
  return node;
}

/**
 * Shows a line of words, or hides its node where there is nothing to say.
 * @param {HTMLElement} node
 * @param {string} text
 * @returns {void}
 */
export function say(node, text) {
  node.textContent = text;
  node.hidden = !text;
}

/**
 * Whether the keyboard is with `node`. In a shadow root, the document knows only the root's host.
 * @param {Node} node
 * @returns {boolean}
 */
export const inFocus = (node) => /** @type {Document | ShadowRoot} */ (node.getRootNode()).activeElement === node;

/** @type {Record<string, string>} */
const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', "#x27": "'", "#39": "'" };

/**
 * Words as a figure has them, without their mark-up, in one line.
 * @param {string | undefined} markup
 * @returns {string}
 */
export function plainText(markup) {
  const bare = (markup ?? "").replace(/<br>/g, " ").replace(/<[^>]*>/g, "").replace(/\s+/g, " ").trim();
  return bare.replace(/&(lt|gt|amp|quot|#x27|#39);/g, (_, name) => ENTITIES[name]);
}

// Keys with which one leaves a lab or speaks to the page: a notebook may have them, also while a lab is in focus.
const LEAVING = /^(Escape|Tab|F\d+)$/;
// With Ctrl or ⌘ these write in a field, or would change the notebook's cells.
const WRITING = /^([acvxyz]|Backspace|Delete|Home|End|Arrow.*)$/i;

/**
 * Whether a key pressed on `target` is the widget's alone, so that it is no command of the notebook round it.
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">} event
 * @param {Pick<Element, "matches">} target
 * @returns {boolean}
 */
export function isOurs({ key, ctrlKey, metaKey, altKey, shiftKey }, target) {
  // A single letter with Ctrl writes only where one writes: elsewhere Ctrl+C copies what is marked on the page.
  if (ctrlKey || metaKey) return WRITING.test(key) && (key.length > 1 || target.matches("input, textarea"));
  // Shift+Enter runs the cell: a notebook's first habit, also with the hand on a knob.
  return !altKey && !LEAVING.test(key) && !(shiftKey && key === "Enter");
}

/**
 * The keyboard stays with the widget `root` once a hand has pressed on any part of it, and its plain keys are no
 * commands of the notebook: there `d d` deletes a cell.
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 * @returns {void}
 */
export function keepKeys(root, signal) {
  root.tabIndex = -1;
  // Who draws a picture may take the press for itself, and then nothing would come into focus: Plotly prevents what
  // the browser does by default. So we hear the press first (capture) and give the focus by hand.
  root.addEventListener("pointerdown", (event) => {
    const target = /** @type {Element} */ (event.target);
    const holder = /** @type {HTMLElement} */ (
      target.closest("a, button, input, label, select, summary, textarea, [tabindex]"));
    // A label hands the focus to its input by itself.
    if (!holder.matches("label")) holder.focus({ preventScroll: true });
  }, { signal, capture: true });
  // JupyterLab looks at the focused element first; it hears keys before they come down to us, but after the window.
  addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (root.contains(target)) target.toggleAttribute("data-lm-suppress-shortcuts", isOurs(event, target));
  }, { signal, capture: true });
}
