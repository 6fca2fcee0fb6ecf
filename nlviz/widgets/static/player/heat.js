// @ts-check
// A heat map painted on a canvas: one pixel per cell, blown up to where Plotly's axes put the cells.

import { same } from "./changes.js";
import { cellWords, labelsIn } from "./heat_words.js";
import { band, svg } from "./shapes.js";
import { replace } from "./stand_ins.js";

/** @import { Drawn, FullLayout, Numbers, Tree } from "../types.d.ts" */

// Zoomed in far, the whole map would be an enormous canvas.
const MOST_PIXELS = 4e6;

/**
 * A number from 0 to 1 as bytes of red, green, blue and opacity, by a Plotly colour scale. The browser mixes the
 * colours: it reads every way to write one, and mixes as Plotly does.
 * @param {[number, string][]} scale
 * @returns {Uint32Array}
 */
function colorTable(scale) {
  const pen = penOf(Object.assign(document.createElement("canvas"), { width: 256, height: 1 }));
  const ramp = pen.createLinearGradient(0.5, 0, 255.5, 0);
  for (const [share, color] of scale) ramp.addColorStop(share, color);
  pen.fillStyle = ramp;
  pen.fillRect(0, 0, 256, 1);
  return new Uint32Array(pen.getImageData(0, 0, 256, 1).data.buffer);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
const penOf = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

/**
 * Range and colours of a heat map, or undefined if they depend on its numbers: then new numbers have other colours,
 * and the bar beside them other ticks.
 * @param {FullLayout} full
 * @param {Tree} trace
 * @returns {{ low: number, high: number, scale: [number, string][] } | undefined}
 */
export function colorsOf(full, trace) {
  const shared = trace.coloraxis && full[trace.coloraxis];
  if (shared ? shared.cauto : trace.zauto) return undefined;
  const [low, high] = shared ? [shared.cmin, shared.cmax] : [trace.zmin, trace.zmax];
  const { colorscale, reversescale } = shared || trace;
  const turned = (/** @type {[number, string]} */ [share, color]) => [1 - share, color];
  return { low, high, scale: reversescale ? colorscale.map(turned).reverse() : colorscale };
}

/**
 * The matrix as pixels, row by row, its first row on top unless flipped; a gap is clear.
 * @param {Numbers[]} z
 * @param {{ low: number, high: number }} range numbers beyond it have the colour of its end
 * @param {ArrayLike<number>} table 256 colours
 * @param {boolean[]} flips left to right, upside down
 * @returns {Uint32Array<ArrayBuffer>}
 */
export function pixelsOf(z, { low, high }, table, [flipX, flipY]) {
  const [rows, columns] = [z.length, z[0].length];
  const pixels = new Uint32Array(rows * columns);
  const scale = 255 / (high - low);
  // A plain loop with nothing made in it: 256 × 256 cells, at every frame of a scrub.
  for (let row = 0; row < rows; row++) {
    const values = z[row];
    const start = (flipY ? rows - 1 - row : row) * columns;
    for (let column = 0; column < columns; column++) {
      const value = values[column];
      if (value === null || value !== value) continue;
      pixels[start + (flipX ? columns - 1 - column : column)] = table[Math.max(0, Math.min(255, Math.round((value - low) * scale)))];
    }
  }
  return pixels;
}

/**
 * Whether the edges of the cells are evenly spaced: a stretched picture has no other. Plotly rounds its pixels to
 * hundredths, and half a pixel is not seen.
 * @param {number[]} edges
 * @returns {boolean}
 */
export function evenly(edges) {
  const pitch = (edges[edges.length - 1] - edges[0]) / (edges.length - 1);
  return edges.every((edge, at) => Math.abs(edges[0] + at * pitch - edge) < 0.5);
}

/**
 * The edges of `count` cells on an axis, from what the view says of them: edges, middles, or nothing; null where they
 * are not evenly spaced numbers.
 * @param {Numbers | undefined} said
 * @param {number} count
 * @param {number} [start] the first middle where nothing is said, and from one to the next
 * @param {number} [pitch]
 * @returns {number[] | null}
 */
export function edgesOf(said, count, start = 0, pitch = 1) {
  const whole = (/** @type {number} */ first, /** @type {number} */ step) => Array.from({ length: count + 1 }, (_, at) => first + at * step);
  if (!said) return whole(start - pitch / 2, pitch);
  const values = Array.from(said, Number);
  if (!values.every(Number.isFinite) || values.length < 2 || (values.length !== count && values.length !== count + 1)) return null;
  const step = (values[values.length - 1] - values[0]) / (values.length - 1);
  if (values.some((value, at) => Math.abs(values[0] + at * step - value) > 1e-6 * Math.abs(step))) return null;
  return whole(values.length === count ? values[0] - step / 2 : values[0], step);
}

/**
 * Where the cells lie, in pixels from left to right and from top to bottom, and whether the matrix runs the other way;
 * null if a stretched picture would not do. Plotly's first row lies at the bottom of an upright axis. Where there are
 * as many cells as Plotly drew, and where it drew them, its own edges count; others only on axes of a fixed range.
 * @param {Pick<Drawn, "full" | "trace" | "data">} drawn
 * @param {{ x: Numbers, y: Numbers }} edges Plotly's own, on its axes
 * @returns {{ xs: number[], ys: number[], flips: boolean[] } | null}
 */
export function cellsOf({ full, trace, data }, edges) {
  const along = (/** @type {"x" | "y"} */ letter, /** @type {number} */ count) => {
    const { axis } = band(full, letter, trace[`${letter}axis`]);
    const stay = count + 1 === edges[letter].length && same(trace[letter], data[letter]);
    const places = stay ? edges[letter] : axis.autorange ? null : edgesOf(data[letter], count, trace[`${letter}0`], trace[`d${letter}`]);
    return places && Array.from(places, (edge) => axis.c2p(edge));
  };
  const [xs, ys] = [along("x", data.z[0].length), along("y", data.z.length)];
  if (!xs || !ys || !evenly(xs) || !evenly(ys)) return null;
  const flips = [xs[xs.length - 1] < xs[0], ys[ys.length - 1] < ys[0]];
  if (flips[0]) xs.reverse();
  if (flips[1]) ys.reverse();
  return { xs, ys, flips };
}

/**
 * Pixels as a canvas of their own size.
 * @param {Uint32Array<ArrayBuffer>} pixels
 * @param {number} width
 * @param {number} height
 * @returns {HTMLCanvasElement}
 */
function small(pixels, width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  penOf(canvas).putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width, height), 0, 0);
  return canvas;
}

/**
 * Gaps between cells, cut out of what was painted.
 * @param {CanvasRenderingContext2D} pen
 * @param {number[]} xs
 * @param {number[]} ys
 * @param {Tree} trace
 * @returns {void}
 */
function cutGaps(pen, xs, ys, { xgap = 0, ygap = 0 }) {
  const [width, height] = [xs[xs.length - 1] - xs[0], ys[ys.length - 1] - ys[0]];
  for (const x of xgap ? xs : []) pen.clearRect(x - xgap / 2, ys[0], xgap, height);
  for (const y of ygap ? ys : []) pen.clearRect(xs[0], y - ygap / 2, width, ygap);
}

/**
 * Paints the heat map's new `z` over the picture that Plotly drew of the old one, or says false.
 * @param {Drawn} drawn
 * @returns {boolean}
 */
export function paintHeatMap({ full, trace, points, group, data }) {
  const colors = colorsOf(full, trace);
  const words = trace.texttemplate ? cellWords(trace, data) : [];
  if (!colors || trace.zsmooth || !words) return false;
  const cells = cellsOf({ full, trace, data }, points[0]);
  if (!cells) return false;
  const { xs, ys, flips } = cells;
  const [width, height] = [xs[xs.length - 1] - xs[0], ys[ys.length - 1] - ys[0]];
  if (!(width * height < MOST_PIXELS)) return false;
  // As many pixels as the screen has, else cells have soft edges on a fine one.
  const sharp = devicePixelRatio;
  const canvas = Object.assign(document.createElement("canvas"), { width: width * sharp, height: height * sharp });
  canvas.style.cssText = `display: block; width: ${width}px; height: ${height}px`;
  const pen = penOf(canvas);
  pen.imageSmoothingEnabled = false;
  const pixels = pixelsOf(data.z, colors, colorTable(colors.scale), flips);
  pen.drawImage(small(pixels, data.z[0].length, data.z.length), 0, 0, canvas.width, canvas.height);
  pen.setTransform(sharp, 0, 0, sharp, -xs[0] * sharp, -ys[0] * sharp);
  cutGaps(pen, xs, ys, trace);
  const frame = svg("foreignObject", { x: xs[0], y: ys[0], width, height });
  frame.append(canvas);
  return replace(group, words.length ? [frame, labelsIn(words, cells, pixels, trace.textfont)] : [frame]);
}
