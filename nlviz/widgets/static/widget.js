// The widget: a figure, its frames and, in a lab, knobs above and a line of words below. Traits come from player.py and lab.py.

function render({ model, el, signal }) {
  const heading = make("p", { className: "nlviz-title", hidden: true });
  const knobArea = make("div", { className: "nlviz-knobs", hidden: true });
  const problem = make("p", { className: "nlviz-problem", role: "alert", hidden: true });
  const graph = make("div", { className: "nlviz-graph" });
  const image = make("div", { className: "nlviz-figure", role: "img", tabIndex: 0 }, graph);
  const frameArea = make("div", { className: "nlviz-transport", role: "group", "aria-label": "frames", hidden: true });
  const summary = make("p", { className: "nlviz-summary", role: "status", hidden: true });
  const status = make("p", { className: "nlviz-status", role: "status" });
  const root = make("section", { className: "nlviz", "aria-label": "lab" },
    heading, knobArea, problem, image, frameArea, summary, status);
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

  const say = (node, text) => {
    node.textContent = text;
    node.hidden = !text;
  };

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

  if (model.get("form")) renderLab();

  say(status, "loading…");
  plotly(model).then((library) => {
    if (signal.aborted) return;
    say(status, "");
    figure.start(library);
  });

  function renderLab() {
    const form = model.get("form");
    const showWords = () => {
      say(summary, model.get("summary"));
      say(problem, model.get("error"));
      root.classList.toggle("nlviz-stale", model.get("error") !== "");
    };
    const exchange = createExchange(model,
      (busy) => say(status, busy ? "computing…" : ""),
      () => say(status, "The kernel is gone: the frames still play, the knobs need it back."), signal);
    const update = createKnobs(knobArea, form, exchange.ask, signal);
    // A hand on the knob is ahead of the kernel: its older answers do not pull the knob back.
    const showKnobs = () => exchange.settled() && update(model.get("knobs"));

    say(heading, form.title);
    if (form.title) root.setAttribute("aria-label", form.title);
    knobArea.hidden = knobArea.childElementCount === 0;
    model.on("change:knobs change:answers", showKnobs);
    model.on("change:summary change:error", showWords);
    update(model.get("knobs"));
    showWords();
  }

  return () => root.remove();
}

export default { render };
