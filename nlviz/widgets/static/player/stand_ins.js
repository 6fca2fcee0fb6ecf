// @ts-check
// What stands in for Plotly's own until it draws anew: our nodes in the place of its nodes, and what of its innards we
// changed, which it must get back first.

/** @import { Graph } from "../types.d.ts" */

/**
 * Puts our nodes in the place of Plotly's, which stay, out of sight, for its next redraw: it joins its data to the
 * nodes that it made, and would not make those again that are gone. They keep their boxes: it measures words before it
 * draws, and takes away for good those that have none.
 * @param {Element} group
 * @param {SVGElement[]} nodes
 * @param {string} [theirs] which of the group's nodes they stand for
 * @returns {true}
 */
export function replace(group, nodes, theirs = ":scope > *") {
  group.querySelectorAll(":scope > .nlviz-quick").forEach((old) => old.remove());
  for (const child of /** @type {NodeListOf<SVGElement>} */ (group.querySelectorAll(theirs))) child.style.visibility = "hidden";
  for (const node of nodes) node.classList.add("nlviz-quick");
  group.append(...nodes);
  return true;
}

/**
 * Takes away what was painted quickly: Plotly has drawn it now.
 * @param {Element} node
 * @returns {void}
 */
export function unpaint(node) {
  for (const old of node.querySelectorAll(".nlviz-quick")) {
    for (const child of /** @type {Iterable<SVGElement>} */ (old.parentNode?.children ?? [])) child.style.visibility = "";
    old.remove();
  }
}

/**
 * What was changed behind Plotly's back, by name, to be put back before it looks: it redraws what it finds different
 * from what it remembers, and would find our own number there and leave the old picture standing.
 * @param {Graph} node
 * @returns {Map<string, () => void>}
 */
export const originals = (node) => (node.nlvizOriginals ??= new Map());

/**
 * Puts it all back.
 * @param {Graph} node
 * @returns {void}
 */
export function restore(node) {
  for (const putBack of originals(node).values()) putBack();
  originals(node).clear();
}
