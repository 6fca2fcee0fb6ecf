// @ts-check
// A lesson as slides: a section for each, one of them in sight. Arrow keys lead on where no lab has the focus.

const lesson = /** @type {HTMLElement} */ (document.getElementById("lesson"));
const counter = /** @type {HTMLOutputElement} */ (document.querySelector(".turn output"));
const OWN_KEYS = "input, select, textarea, button, summary, a, form, .nlviz";
const SMALLEST = 0.6;
/** @type {HTMLElement[]} */
const slides = [];

/**
 * An element of the class, at the end of another.
 * @param {string} kind
 * @param {string} name
 * @param {Element} within
 * @returns {HTMLElement}
 */
function put(kind, name, within) {
  return within.appendChild(Object.assign(document.createElement(kind), { className: name }));
}

/** The slide that is being filled: a new one, or the last if nothing stands on it yet. */
function begin() {
  const last = slides[slides.length - 1];
  if (last && !last.textContent?.trim() && !last.querySelector("[data-player], [data-question], img")) return;
  const slide = put("section", "slide", lesson);
  put("div", "said", slide);
  put("div", "shown", slide);
  slides.push(slide);
}

/**
 * Where on the last slide something goes: words on one side, what is shown on the other.
 * @param {string} side
 */
const part = (side) => /** @type {Element} */ (slides[slides.length - 1].querySelector(`.${side}`));

/**
 * Code above a picture, behind a press.
 * @param {Element | null} code
 * @returns {void}
 */
function fold(code) {
  if (!code || code.closest("details")) return;
  const folded = document.createElement("details");
  code.before(folded);
  folded.append(Object.assign(document.createElement("summary"), { textContent: "code" }), code);
}

/**
 * Makes what is shown on a slide as small as the slide is, once it is there.
 * @param {HTMLElement} slide
 * @returns {void}
 */
function fit(slide) {
  const shown = /** @type {HTMLElement} */ (slide.querySelector(".shown"));
  const over = slide.scrollHeight / slide.clientHeight;
  if (shown.style.zoom || over <= 1 || !shown.querySelector("[data-player]")) return;
  shown.style.zoom = String(Math.max(SMALLEST, 0.99 / over));
}

/**
 * Puts a cell of the lesson on a slide; a heading inside its prose begins one, and so does a second lab.
 * @param {HTMLElement} cell
 * @returns {void}
 */
function place(cell) {
  const kind = cell.dataset.slide ?? "-";
  if (kind === "skip" || kind === "notes") return void (cell.hidden = true);
  const prose = cell.classList.contains("text_cell") && cell.querySelector(".rendered_html");
  const heading = prose && prose.querySelector("h1, h2");
  if ((kind === "slide" || kind === "subslide") && (!heading || heading === prose.firstElementChild)) begin();
  if (!prose) {
    if (cell.querySelector("[data-player]")) {
      if (part("shown").querySelector("[data-player]")) begin();
    }
    if (cell.querySelector("[data-player], [data-question]")) fold(cell.querySelector(".inner_cell"));
    return void part("shown").append(cell);
  }
  for (const node of [...prose.children]) {
    if (/^H[12]$/.test(node.tagName)) begin();
    const last = part("said").lastElementChild ?? put("div", "rendered_html", part("said"));
    last.append(node);
  }
  cell.remove();
}

/**
 * Brings a slide into sight and gives it the focus.
 * @param {number} wanted
 * @returns {void}
 */
function show(wanted) {
  const number = Math.max(0, Math.min(slides.length - 1, wanted));
  slides.forEach((slide, at) => slide.classList.toggle("now", at === number));
  counter.textContent = `${number + 1} / ${slides.length}`;
  history.replaceState(null, "", `#/${number + 1}`);
  slides[number].focus({ preventScroll: true });
}

const now = () => slides.findIndex((slide) => slide.classList.contains("now"));

/**
 * @param {KeyboardEvent} event
 * @returns {void}
 */
function press(event) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  const target = /** @type {Element} */ (event.target);
  const inside = target.closest(OWN_KEYS) !== null;
  /** @type {Record<string, number>} */
  const ways = { PageDown: now() + 1, PageUp: now() - 1 };
  /** @type {Record<string, number>} */
  const plain = { ArrowRight: now() + 1, ArrowLeft: now() - 1, " ": now() + 1, Home: 0, End: slides.length - 1 };
  const to = ways[event.key] ?? (inside ? undefined : plain[event.key]);
  if (to !== undefined) {
    event.preventDefault();
    show(to);
  } else if (event.key === "Escape") slides[now()].focus();
  else if (event.key === "f" && !inside) document.documentElement.requestFullscreen();
}

/** Where an address leads: a slide by its number, or the one that holds what is named. */
function follow() {
  const name = decodeURIComponent(location.hash.slice(1));
  const number = /^\/(\d+)$/.exec(name);
  const at = number ? Number(number[1]) - 1 : slides.findIndex((slide) => slide.querySelector(`[id="${CSS.escape(name)}"]`));
  if (at >= 0) show(at);
}

begin();
for (const cell of /** @type {HTMLElement[]} */ ([...lesson.querySelectorAll(".cell")])) place(cell);
slides.forEach((slide, at) => {
  slide.tabIndex = -1;
  slide.setAttribute("role", "group");
  slide.setAttribute("aria-label", slide.querySelector("h1, h2, h3")?.textContent ?? `${at + 1} / ${slides.length}`);
  const [said, shown] = [".said", ".shown"].map((side) => slide.querySelector(side)?.childElementCount ?? 0);
  slide.classList.toggle("beside", said > 0 && shown > 0);
  new ResizeObserver(() => fit(slide)).observe(/** @type {Element} */ (slide.querySelector(".shown")));
});
document.documentElement.classList.add("deck");
document.addEventListener("keydown", press);
addEventListener("hashchange", follow);
addEventListener("resize", () => {
  for (const slide of slides) {
    /** @type {HTMLElement} */ (slide.querySelector(".shown")).style.zoom = "";
    fit(slide);
  }
});
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".turn button"))) {
  button.addEventListener("click", () => show(now() + Number(button.dataset.by)));
}
show(Number(/^#\/(\d+)$/.exec(location.hash)?.[1] ?? 1) - 1);
