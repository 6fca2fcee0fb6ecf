// @ts-check
// The words on a figure. Plotly lays them out once; where only their place is another they are shifted, and other words
// are written here, as Plotly writes them, until it draws again.

import { same } from "./changes.js";
import { band, svg } from "./shapes.js";

/** @import { FullLayout, Graph, Look, Run, Tree } from "../types.d.ts" */

/** @type {Record<string, number>} */
const ACROSS = { left: 0, center: 0.5, right: 1 };
/** @type {Record<string, number>} */
const DOWN = { top: 0, middle: 0.5, bottom: 1 };
/** @type {Record<string, string>} */
const HUNG = { left: "start", center: "middle", right: "end" };
// Plotly's own: from line to line, round the words (an edge, and a pixel inside it), and how a letter above or below the
// line stands.
const LINE = 1.3, PADDING = 2;
/** @type {Record<string, { by: string, back: string }>} */
const SCRIPTS = { sub: { by: "0.3em", back: "-0.21em" }, sup: { by: "-0.6em", back: "0.42em" } };
/** @type {Record<string, string>} */
const ENTITIES = { amp: "&", lt: "<", gt: ">", nbsp: " ", quot: "\"" };

/**
 * Words with Plotly's mark-up as runs of one look, line by line; null where there is mark-up that is not known here.
 * @param {string} text
 * @returns {Run[][] | null}
 */
export function runsOf(text) {
  /** @type {Run[][]} */
  const lines = [[]];
  /** @type {{ tag: string, look: Omit<Run, "text"> }[]} */
  const open = [];
  for (const [, tag, word] of text.matchAll(/<([^>]*)>|([^<]+)/g)) {
    if (word !== undefined) {
      const plain = plainOf(word);
      if (plain === null) return null;
      lines[lines.length - 1].push(Object.assign({ text: plain }, ...open.map(({ look }) => look)));
      continue;
    }
    const [, closing, name, rest] = tag.match(/^(\/?)\s*(\w+)\s*(.*?)\/?$/) ?? [];
    if (name === "br") lines.push([]);
    else if (closing) {
      if (open.pop()?.tag !== name) return null;
    } else {
      const look = lookOf(name, rest);
      if (!look) return null;
      open.push({ tag: name, look });
    }
  }
  return lines;
}

/**
 * @param {string} tag
 * @param {string} rest
 * @returns {Omit<Run, "text"> | null}
 */
function lookOf(tag, rest) {
  if (tag === "b") return { bold: true };
  if (tag === "i") return { italic: true };
  if (tag in SCRIPTS) return { script: /** @type {"sub" | "sup"} */ (tag) };
  const style = tag === "span" ? rest.match(/^style=["']\s*color:\s*([^;"']+);?\s*["']$/) : null;
  return style && { color: style[1].trim() };
}

/**
 * @param {string} words
 * @returns {string | null} null for an entity that is not known here
 */
function plainOf(words) {
  let known = true;
  const plain = words.replace(/&(#x?[\da-f]+|\w+);/gi, (whole, name) => {
    if (name in ENTITIES) return ENTITIES[name];
    if (name[0] === "#") return String.fromCodePoint(Number(name[1] === "x" ? `0${name.slice(1)}` : name.slice(1)));
    known = false;
    return whole;
  });
  return known ? plain : null;
}

/**
 * The ends by which an annotation is held where it says none: its middle on an axis, the nearer edge on paper and panel.
 * @param {Tree} annotation
 * @returns {Tree}
 */
export function held(annotation) {
  const nearer = (/** @type {string} */ ref, /** @type {number} */ share, /** @type {string[]} */ ends) =>
    ends[!/paper|domain/.test(ref) || (share >= 1 / 3 && share <= 2 / 3) ? 1 : share < 1 / 3 ? 0 : 2];
  const { xanchor = "auto", yanchor = "auto", xref = "x", yref = "y", x, y } = annotation;
  return {
    ...annotation,
    xanchor: xanchor === "auto" ? nearer(xref, x, Object.keys(ACROSS)) : xanchor,
    yanchor: yanchor === "auto" ? nearer(yref, 1 - y, Object.keys(DOWN)) : yanchor,
  };
}

/**
 * Whether an annotation can be written here as Plotly would: in a box that fits its words, without an arrow.
 * @param {Tree} annotation
 * @param {Tree} [template]
 * @returns {boolean}
 */
export function writable(annotation, template) {
  const { showarrow, bordercolor, width, height, visible, text } = { ...template?.layout?.annotationdefaults, ...annotation };
  if (visible === false) return true;
  return showarrow === false && !bordercolor && width === undefined && height === undefined && runsOf(text ?? "") !== null;
}

/**
 * Where an annotation's point lies, in pixels of the figure; null where it has left its axis, where Plotly draws none.
 * @param {FullLayout} full
 * @param {Tree} annotation
 * @returns {[number, number] | null}
 */
export function pointOf(full, annotation) {
  let inside = true;
  const along = (/** @type {"x" | "y"} */ letter) => {
    const { axis, start, length, at } = band(full, letter, annotation[`${letter}ref`]);
    const onAxis = axis && !annotation[`${letter}ref`]?.includes("domain");
    // On a logarithmic axis words stand by the exponent, where shapes stand by the value.
    const pixel = onAxis && axis.type === "log" ? start + axis.l2p(annotation[letter]) : at(annotation[letter]);
    if (onAxis && !(pixel >= start - 0.01 && pixel <= start + length + 0.01)) inside = false;
    return pixel;
  };
  const [x, y] = [along("x"), along("y")];
  return inside ? [x, y] : null;
}

/**
 * The middle of an annotation's box and its upper left corner before it is turned, in pixels.
 * @param {[number, number]} point
 * @param {Tree} annotation
 * @param {{ width: number, height: number }} box of its words
 * @returns {{ middle: [number, number], corner: [number, number] }}
 */
export function boxOf([x, y], { xanchor, yanchor, xshift = 0, yshift = 0, textangle = 0 }, { width, height }) {
  const [wide, high] = [width + 2 * PADDING, height + 2 * PADDING];
  const turn = (Number(textangle) * Math.PI) / 180;
  const [cos, sin] = [Math.abs(Math.cos(turn)), Math.abs(Math.sin(turn))];
  const [across, down] = [wide * cos + high * sin, wide * sin + high * cos];
  /** @type {[number, number]} */
  const middle = [x + xshift + (0.5 - ACROSS[xanchor]) * across, y - yshift + (0.5 - DOWN[yanchor]) * down];
  return { middle, corner: [Math.round(middle[0] - wide / 2) + PADDING, Math.round(middle[1] - high / 2) + PADDING] };
}

/**
 * The letters of an annotation: what the template says of all, and it of its own.
 * @param {Tree} annotation
 * @param {FullLayout} full
 * @param {Tree} [template]
 * @returns {Look}
 */
export function letterOf(annotation, full, template) {
  const { family, size, color } = { ...full.font, ...template?.layout?.annotationdefaults?.font, ...annotation.font };
  return { family, size, color };
}

/**
 * Words as SVG, line by line, not yet at their place.
 * @param {Run[][]} lines
 * @param {Look} letter
 * @param {string} align
 * @returns {SVGTextElement}
 */
function textOf(lines, { family, size, color }, align) {
  const text = svg("text", { "text-anchor": HUNG[align] ?? "middle" });
  text.style.cssText = `font-family: ${family}; font-size: ${size}px; white-space: pre`;
  text.style.fill = color;
  lines.forEach((runs, at) => {
    const line = text.appendChild(svg("tspan", { x: 0, dy: `${at ? LINE : 0}em` }));
    for (const { text: words, bold, italic, color: own, script } of runs) {
      const run = line.appendChild(svg("tspan"));
      run.textContent = words;
      if (bold) run.style.fontWeight = "bold";
      if (italic) run.style.fontStyle = "italic";
      if (own) run.style.fill = own;
      if (!script) continue;
      run.setAttribute("dy", SCRIPTS[script].by);
      run.style.fontSize = "70%";
      // a letter without width brings the next back to the line
      line.appendChild(svg("tspan", { dy: SCRIPTS[script].back, style: "font-size: 70%" })).textContent = "\u200b";
    }
  });
  return text;
}

/**
 * @typedef {object} Annotations
 * @property {(now: Tree[], template: Tree | undefined) => boolean} able whether all that differ from what Plotly drew can
 *   be shown here
 * @property {(drawn?: Tree[]) => void} drawn Plotly has drawn these; or what it drew before, on other axes
 * @property {(now: Tree[], seated: () => Tree[], template: Tree | undefined) => boolean} place shows these; `seated()`
 *   gives them as `fit` seats and breaks them in this room. Says whether some were written here
 */

const placeless = (/** @type {Tree} */ { x, y, ...rest }) => rest;
// An arrow's head moves, its tail does not: such a pair is not shifted as one.
const onlyMoved = (/** @type {Tree} */ was, /** @type {Tree} */ is) => same(placeless(was), placeless(is)) && !(is.showarrow && !same(was, is));

/**
 * The annotations of the figure in `node`.
 * @param {Graph} node
 * @returns {Annotations}
 */
export function createAnnotations(node) {
  /** @type {{ annotation: Tree, point: [number, number] | null }[]} */
  let theirs = [];
  /** @type {Element | null} */
  let written = null;
  const groupOf = (/** @type {number} */ number) => /** @type {SVGElement | null} */ (node.querySelector(`.annotation[data-index="${number}"]`));

  /**
   * Shifts Plotly's own words; false where they must be written anew.
   * @param {number} number
   * @param {Tree | undefined} now
   */
  function shifted(number, now) {
    const [was, group] = [theirs[number], groupOf(number)];
    const keeps = now && was && onlyMoved(was.annotation, now);
    const to = keeps ? pointOf(node._fullLayout, now) : null;
    const stands = Boolean(keeps && was.point && to && group);
    if (group) group.style.visibility = stands ? "" : "hidden";
    if (stands && was.point && to) group?.setAttribute("transform", `translate(${to[0] - was.point[0]},${to[1] - was.point[1]})`);
    // nothing to be seen before and after is as good as shifted
    return stands || Boolean(keeps && !was.point && !to);
  }

  return {
    able(now, template) {
      return now.every((annotation, number) => (theirs[number] && onlyMoved(theirs[number].annotation, annotation)) || writable(annotation, template));
    },
    drawn(annotations = theirs.map(({ annotation }) => annotation)) {
      theirs = annotations.map((annotation) => ({ annotation: { ...annotation }, point: pointOf(node._fullLayout, annotation) }));
      written?.remove();
      written = null;
    },
    place(now, seated, template) {
      written?.remove();
      written = null;
      const anew = now.flatMap((annotation, number) => (shifted(number, annotation) || annotation.visible === false ? [] : [number]));
      for (let number = now.length; number < theirs.length; number++) shifted(number, undefined);
      if (!anew.length) return false;
      written = svg("g", { class: "nlviz-quick" });
      node.querySelector(".infolayer")?.append(written);
      write(anew, seated(), template);
      return true;
    },
  };

  /**
   * @param {number[]} numbers
   * @param {Tree[]} seated
   * @param {Tree | undefined} template
   */
  function write(numbers, seated, template) {
    const full = node._fullLayout;
    const groups = numbers.flatMap((number) => {
      const annotation = held({ ...template?.layout?.annotationdefaults, ...seated[number] });
      const [point, lines] = [pointOf(full, annotation), runsOf(annotation.text ?? "")];
      if (!point || !lines) return [];
      const group = svg("g", { opacity: annotation.opacity ?? 1 });
      const text = group.appendChild(textOf(lines, letterOf(annotation, full, template), annotation.align));
      return [{ annotation, point, group, text }];
    });
    written?.append(...groups.map(({ group }) => group));
    // All are measured before any is moved: the browser lays out once.
    const boxes = groups.map(({ text }) => text.getBBox());
    groups.forEach(({ annotation, point, group, text }, at) => {
      const { middle, corner } = boxOf(point, annotation, boxes[at]);
      const turn = Number(annotation.textangle ?? 0);
      if (annotation.bgcolor) {
        const ground = svg("rect", { x: corner[0] - PADDING, y: corner[1] - PADDING, width: boxes[at].width + 2 * PADDING, height: boxes[at].height + 2 * PADDING });
        ground.style.fill = annotation.bgcolor;
        group.prepend(ground);
      }
      text.setAttribute("transform", `translate(${corner[0] - boxes[at].x},${corner[1] - boxes[at].y})`);
      if (turn) group.setAttribute("transform", `rotate(${turn},${middle})`);
    });
  }
}
