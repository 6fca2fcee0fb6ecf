// What anywidget hands to a widget as its `model`, for a page that has no Jupyter: traits by name, and who listens.

/** A model without traits yet: `update(traits)` sets some, `hear(content, buffers)` is a message from Python. */
export function createModel(send) {
  const traits = {}, heard = new Map();
  const listeners = (name) => heard.get(name) ?? heard.set(name, new Set()).get(name);
  const tell = (name, ...news) => [...listeners(name)].forEach((listener) => listener(...news));
  return {
    send,
    get: (name) => traits[name],
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

/** The traits with their binary buffers put back where `paths` say they were. */
export function withBuffers(traits, paths, buffers) {
  paths.forEach((path, number) => {
    const owner = path.slice(0, -1).reduce((node, key) => node[key], traits);
    owner[path.at(-1)] = buffers[number];
  });
  return traits;
}
