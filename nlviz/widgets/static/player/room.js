// @ts-check
// How high a picture may be: what the page shows at once, less what a lab has round its picture.

/** A picture drawn lower cannot be read; one that is higher needs a hand to go through on any screen. */
const LEAST = 280, MOST = 560;
// Where the page is too low for that, this much is seen at once: the hand scrolls in the picture, not away from it.
const LEAST_SEEN = 120;
// Less than this of it out of sight is no words.
const MORE = 8;
// A line of words under the frames is seen too; and a lab does not touch the edges of its page.
const WORDS = 24, EDGE = 12;
// Heights are told in whole pixels, and drawn in parts of them.
const PARTS = 2;

/**
 * How much of the picture can be seen together with all that stands round it.
 * @param {number} view pixels of the page that are seen at once
 * @param {number} rest pixels of the lab round its picture
 * @param {boolean} alone whether the page is the lab's alone: then the picture takes all there is
 * @returns {number}
 */
export function seenHeight(view, rest, alone) {
  return alone ? Math.max(LEAST, Math.floor(view - rest) - PARTS) : Math.round(Math.min(MOST, view - rest - WORDS - EDGE));
}

/**
 * How high what is seen at once is: the notebook in JupyterLab, the window elsewhere. A frame that is as high as what
 * it holds says nothing of that; there the screen does, less what a browser and a notebook keep of it.
 * @param {{ panel: number, inner: number, framed: boolean, content: number, screen: number }} page
 * @returns {number}
 */
export function viewHeight({ panel, inner, framed, content, screen }) {
  if (panel) return panel;
  return framed && content <= inner ? Math.max(LEAST, screen - 190) : inner;
}

/**
 * The height for the picture of the lab `root`, which stands in its body beside the knobs or under them. Where less is
 * seen at once, the knobs over it go into one row ("nlviz-low"), and the picture is scrolled in its own box. A page of
 * our own says by `--nlviz-view` how much there is.
 * @param {HTMLElement} root
 * @param {HTMLElement} image
 * @returns {number}
 */
export function roomFor(root, image) {
  const [side, top, left] = [root.querySelector(".nlviz-side"), image.scrollTop, root.querySelector(".nlviz-side")?.scrollLeft ?? 0];
  root.classList.remove("nlviz-low");
  const boxed = boxedHeight(root);
  let seen = seenBetween(root, image, boxed);
  if (seen < LEAST && image.offsetTop > 0) {
    root.classList.add("nlviz-low");
    seen = seenBetween(root, image, boxed);
    // what was scrolled to is out of place once nothing scrolls, if only for a moment
    [image.scrollTop, /** @type {Element} */ (side).scrollLeft] = [top, left];
  }
  seen = Math.max(seen, image.offsetTop > 0 ? LEAST_SEEN : LEAST);
  image.style.maxHeight = `${seen}px`;
  return Math.max(seen, LEAST);
}

/**
 * Says at the foot of the picture that there is more of it to scroll to.
 * @param {HTMLElement} image
 * @returns {void}
 */
export function tellOfMore(image) {
  image.classList.toggle("nlviz-more", image.scrollTop + image.clientHeight < image.scrollHeight - MORE);
}

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} image
 * @param {number} boxed the height of the box that it stands in, 0 if it stands in none
 * @returns {number}
 */
function seenBetween(root, image, boxed) {
  const given = parseFloat(getComputedStyle(root).getPropertyValue("--nlviz-view"));
  // What comes and goes with a turn of a knob would make the picture jump.
  const apart = given || boxed ? ".nlviz-body, .nlviz-status" : ".nlviz-body, .nlviz-status, .nlviz-words, .nlviz-summary, .nlviz-problem";
  const gap = parseFloat(getComputedStyle(root).rowGap) || 0;
  const others = /** @type {HTMLElement[]} */ ([...root.children]).filter((child) => !child.matches(apart) && child.offsetHeight);
  const rest = others.reduce((sum, { offsetHeight }) => sum + offsetHeight + gap, 0) + image.offsetTop;
  return seenHeight(given || boxed || viewHeight(pageOf(root)), rest, Boolean(given));
}

/**
 * The height that a box of ipywidgets was given (AppLayout's or the lab's own `layout.height`, say) leaves for the lab in
 * it; 0 if none was given any. There the lab takes its share of the box and none of its own ("nlviz-boxed"); where the
 * box shares nothing out, as a tab does, what of the box lies below the lab's top.
 * @param {HTMLElement} root
 * @returns {number}
 */
function boxedHeight(root) {
  const view = /** @type {HTMLElement} */ (root.parentElement);
  view.classList.remove("nlviz-boxed");
  /** @type {HTMLElement | null | undefined} */
  let box = view;
  while (box && !heightGiven(box)) box = box.parentElement?.closest(".jupyter-widgets");
  if (!box) return 0;
  view.classList.add("nlviz-boxed");
  if (view.clientHeight >= LEAST_SEEN) return view.clientHeight;
  view.classList.remove("nlviz-boxed");
  const above = view.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
  return Math.max(LEAST_SEEN, heightGiven(box) - Math.max(0, above));
}

/**
 * The height or greatest height that somebody gave a widget, in pixels; 0 if nobody did, or only a share of what is round it.
 * @param {HTMLElement} box
 * @returns {number}
 */
function heightGiven(box) {
  const { height, maxHeight } = getComputedStyle(box);
  const given = [[box.style.height, height], [box.style.maxHeight, maxHeight]].filter(([said]) => /^[\d.]+[a-z]+$/.test(said));
  return given.length ? Math.min(...given.map(([, pixels]) => parseFloat(pixels))) : 0;
}

/** @param {HTMLElement} root */
function pageOf(root) {
  const panel = root.closest(".jp-WindowedPanel-outer, .jp-LinkedOutputView")?.clientHeight ?? 0;
  const framed = window.parent !== window;
  return { panel, inner: innerHeight, framed, content: document.documentElement.scrollHeight, screen: screen.availHeight };
}
