// @ts-check
// What anywidget hands to a widget as its `model`, for a page that has no Jupyter: traits by name, and who listens.

/** @import { Model, Tree } from "../types.d.ts" */

/**
 * A model without traits yet: `update(traits)` sets some, `hear(content, buffers)` is a message from Python.
 * @param {(content: object) => void} send
 * @returns {Model & { update(changed: Tree): void, hear(content: object, buffers: DataView<ArrayBuffer>[]): void }}
 */
export function createModel(send) {
  /** @type {Tree} */
  const traits = {};
  /** @type {Map<string, Set<(...news: any[]) => void>>} */
  const heard = new Map();
  const listeners = (/** @type {string} */ name) => {
    const known = heard.get(name) ?? new Set();
    heard.set(name, known);
    return known;
  };
  // A copy of the list: who listens may go while it is told.
  const tell = (/** @type {string} */ name, /** @type {any[]} */ ...news) => [...listeners(name)].forEach((listener) => listener(...news));
  return {
    send,
    get: (name) => traits[name],
    set(name, value) {
      traits[name] = value;
      tell(`change:${name}`);
    },
    // Nobody there keeps what the page has set.
    save_changes() {},
    on: (names, listener) => names.split(" ").forEach((name) => listeners(name).add(listener)),
    off: (names, listener) => names.split(" ").forEach((name) => listeners(name).delete(listener)),
    // All are set before the first is told, as in a notebook: a listener may look at its neighbours.
    update(changed) {
      Object.assign(traits, changed);
      for (const name of Object.keys(changed)) tell(`change:${name}`);
    },
    hear: (content, buffers) => tell("msg:custom", content, buffers),
  };
}
