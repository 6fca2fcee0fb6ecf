// What stands in for Plotly's own until it draws anew: our nodes in the place of its nodes, and what it must get back first.

/** Puts our nodes in the place of Plotly's, which stay for its next redraw. */
export function replace(group, nodes, theirs = ":scope > *") {
  group.querySelectorAll(":scope > .nlviz-quick").forEach((old) => old.remove());
  for (const child of group.querySelectorAll(theirs)) child.style.display = "none";
  for (const node of nodes) node.classList.add("nlviz-quick");
  group.append(...nodes);
  return true;
}

/** Takes away what was painted quickly: Plotly has drawn it now. */
export function unpaint(node) {
  for (const old of node.querySelectorAll(".nlviz-quick")) {
    for (const child of old.parentNode?.children ?? []) child.style.display = "";
    old.remove();
  }
}

/** What was changed behind Plotly's back, to be put back before it looks: it redraws what it finds different. */
export const originals = (node) => (node.nlvizOriginals ??= new Map());

export function restore(node) {
  for (const putBack of originals(node).values()) putBack();
  originals(node).clear();
}
