// The controls that choose among frames: slider, step back, play, step on, speed; arrow keys, Home, End and space.

const FRAMES_PER_SECOND = 8;
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity };

/** Frame controls in `node`, keys heard on `area`. `go(frame)` is called for every frame chosen. */
function createTransport(node, area, go, signal) {
  let frames, frame = 0, timer;

  const button = (text, label) => make("button", { type: "button", textContent: text, "aria-label": label, title: label });
  const back = button("‹", "one step back");
  const play = button("▶ play", "play");
  const on = button("›", "one step on");
  const slider = make("input", { type: "range", min: 0, step: 1, className: "nlviz-frames" });
  const label = make("output", { className: "nlviz-label", "aria-live": "off" });
  const speed = make("select", { "aria-label": "speed", title: "speed" },
    ...SPEEDS.map((factor) => make("option", { value: factor, textContent: `${factor}×`, selected: factor === 1 })));
  const spoken = make("p", { className: "nlviz-spoken", "aria-live": "polite" });
  const say = speaker(spoken, signal);
  node.append(back, play, on, slider, speed, label, spoken);

  function choose(wanted) {
    frame = Math.max(0, Math.min(frames.labels.length - 1, wanted));
    slider.value = frame;
    label.textContent = frames.labels[frame];
    slider.setAttribute("aria-valuetext", frames.labels[frame]);
    // A focused slider speaks for itself.
    if (document.activeElement !== slider) say(frames.labels[frame]);
    go(frame);
  }

  function stop() {
    clearTimeout(timer);
    timer = undefined;
    play.textContent = "▶ play";
    play.setAttribute("aria-label", "play");
  }

  function tick() {
    if (frame === frames.labels.length - 1) return stop();
    choose(frame + 1);
    timer = setTimeout(tick, 1000 / FRAMES_PER_SECOND / speed.value);
  }

  function toggle() {
    if (timer !== undefined) return stop();
    // Whoever asked the system for less motion gets one frame per press.
    if (lessMotion()) return choose(frame + 1);
    if (frame === frames.labels.length - 1) choose(0);
    play.textContent = "❚❚ pause";
    play.setAttribute("aria-label", "pause");
    timer = setTimeout(tick, 0);
  }

  function moveTo(wanted) {
    stop();
    choose(wanted);
  }

  function press(event) {
    const ours = event.target === slider || !event.target.closest("button, input, select");
    if (!frames || !ours || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === " ") toggle();
    else if (event.key in KEYS) moveTo(frame + KEYS[event.key]);
    else return;
    event.preventDefault();
  }

  back.addEventListener("click", () => moveTo(frame - 1), { signal });
  on.addEventListener("click", () => moveTo(frame + 1), { signal });
  play.addEventListener("click", toggle, { signal });
  slider.addEventListener("input", () => moveTo(Number(slider.value)), { signal });
  area.addEventListener("keydown", press, { signal });
  signal.addEventListener("abort", stop);

  /** Frames of a new picture, or null: the place is kept if their number is. Returns the frame to show. */
  return function offer(newFrames) {
    const kept = frames && newFrames && frames.labels.length === newFrames.labels.length;
    frames = newFrames;
    node.hidden = !frames;
    if (!kept) stop();
    if (!frames) return 0;
    slider.max = frames.labels.length - 1;
    slider.setAttribute("aria-label", frames.noun);
    choose(kept ? frame : frames.start);
    return frame;
  };
}
