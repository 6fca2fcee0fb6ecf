// The widget: a figure and its frames; `createLab` adds what a lab has besides. Traits come from player.py and lab.py.

function render({ model, el, signal }) {
  const graph = make("div", { className: "nlviz-graph" });
  const image = make("div", { className: "nlviz-figure", role: "img", tabIndex: 0 }, graph);
  const frameArea = make("div", { className: "nlviz-transport", role: "group", "aria-label": "frames", hidden: true });
  const status = make("p", { className: "nlviz-status", role: "status" });
  const root = make("section", { className: "nlviz", "aria-label": "lab" },
    image, frameArea, status);
  // The notebook must not take our arrow keys and space for its own shortcuts. It looks at the focused element first.
  root.addEventListener("focusin", ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true"), { signal });
  el.append(root);

  const figure = createFigure(graph, signal);
  let picture = {};
  const describe = (frame) => image.setAttribute("aria-label", picture.frames?.alts?.[frame] ?? (picture.alt || "figure"));
  const offer = createTransport(frameArea, root, (frame) => {
    figure.go(frame);
    describe(frame);
  }, signal);

  function showPicture() {
    const sent = model.get("picture");
    if (!sent.data) return;
    picture = unpack(sent);
    const frame = offer(picture.frames);
    figure.show(picture, frame);
    describe(frame);
  }

  model.on("change:picture", showPicture);
  showPicture();

  followTheme((page) => {
    const theme = model.get("theme") === "auto" ? page : model.get("theme");
    root.dataset.theme = theme;
    figure.paint(model.get("templates")[theme]);
  }, signal);

  if (model.get("form")) createLab(model, root, { image, status }, signal);

  say(status, "loading…");
  plotly(model).then((library) => {
    if (signal.aborted) return;
    say(status, "");
    figure.start(library);
  });

  return () => root.remove();
}

export default { render };
