// What a lab has besides a player: a title and knobs above the figure, words below it. Traits come from lab.py.

/** Adds the lab of `model` to `root`, round the player's `image` and `status`. */
function createLab(model, root, { image, status }, signal) {
  const form = model.get("form");
  const heading = make("p", { className: "nlviz-title", hidden: true });
  const knobArea = make("div", { className: "nlviz-knobs", hidden: true });
  const problem = make("p", { className: "nlviz-problem", role: "alert", hidden: true });
  const summary = make("p", { className: "nlviz-summary", role: "status", hidden: true });
  image.before(heading, knobArea, problem);
  status.before(summary);

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
