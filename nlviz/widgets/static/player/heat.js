// A heat map painted on a canvas: one pixel per cell, blown up to where Plotly's axes put the cells.

import { band, svg } from "./shapes.js";
import { replace } from "./stand_ins.js";

/** A number from 0 to 1 as bytes of red, green, blue and opacity, by a Plotly colour scale. */
function colorTable(scale) {
  const pen = Object.assign(document.createElement("canvas"), { width: 256, height: 1 }).getContext("2d");
  const ramp = pen.createLinearGradient(0.5, 0, 255.5, 0);
  for (const [share, color] of scale) ramp.addColorStop(share, color);
  pen.fillStyle = ramp;
  pen.fillRect(0, 0, 256, 1);
  return new Uint32Array(pen.getImageData(0, 0, 256, 1).data.buffer);
}

/** Range and colours of a heat map, or undefined if they depend on its numbers. */
function colorsOf(full, trace) {
  const shared = trace.coloraxis && full[trace.coloraxis];
  if (shared ? shared.cauto : trace.zauto) return undefined;
  const [low, high] = shared ? [shared.cmin, shared.cmax] : [trace.zmin, trace.zmax];
  const { colorscale, reversescale } = shared || trace;
  const scale = reversescale ? colorscale.map(([share, color]) => [1 - share, color]).reverse() : colorscale;
  return { low, high, table: colorTable(scale) };
}

/** The matrix as a canvas with one pixel per cell; a gap is clear. */
function cells(z, { low, high, table }, [flipX, flipY]) {
  const [rows, columns] = [z.length, z[0].length];
  const canvas = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const scale = 255 / (high - low);
  for (let row = 0; row < rows; row++) {
    const values = z[row];
    const start = (flipY ? rows - 1 - row : row) * columns;
    for (let column = 0; column < columns; column++) {
      const value = values[column];
      const shade = Math.max(0, Math.min(255, Math.round((value - low) * scale)));
      pixels[start + (flipX ? columns - 1 - column : column)] = value === null || value !== value ? 0 : table[shade];
    }
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

/** Gaps between cells, cut out of what was painted. */
function cutGaps(pen, xs, ys, { xgap = 0, ygap = 0 }) {
  for (const x of xgap ? xs : []) pen.clearRect(x - xgap / 2, ys[0], xgap, ys.at(-1) - ys[0]);
  for (const y of ygap ? ys : []) pen.clearRect(xs[0], y - ygap / 2, xs.at(-1) - xs[0], ygap);
}

/** Plotly rounds its pixels to hundredths. */
const evenly = (edges) => {
  const pitch = (edges.at(-1) - edges[0]) / (edges.length - 1);
  return edges.every((edge, at) => Math.abs(edges[0] + at * pitch - edge) < 0.5);
};

/** Paints the heat map's new `z` over the picture that Plotly drew of the old one. */
export function paintHeatMap({ full, trace, first, group, data }) {
  const colors = colorsOf(full, trace);
  if (!colors || trace.zsmooth || trace.texttemplate) return false;
  if (data.z.length + 1 !== first.y.length || data.z[0].length + 1 !== first.x.length) return false;
  const [x, y] = [band(full, "x", trace.xaxis), band(full, "y", trace.yaxis)];
  const xs = Array.from(first.x, (edge) => x.axis.c2p(edge));
  const ys = Array.from(first.y, (edge) => y.axis.c2p(edge));
  if (!evenly(xs) || !evenly(ys)) return false;
  const flips = [xs.at(-1) < xs[0], ys.at(-1) < ys[0]];
  if (flips[0]) xs.reverse();
  if (flips[1]) ys.reverse();
  const [width, height] = [xs.at(-1) - xs[0], ys.at(-1) - ys[0]];
  // Zoomed in far, the whole map would be an enormous canvas.
  if (!(width * height < 4e6)) return false;
  const sharp = devicePixelRatio;
  const canvas = Object.assign(document.createElement("canvas"), { width: width * sharp, height: height * sharp });
  canvas.style.cssText = `display: block; width: ${width}px; height: ${height}px`;
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(cells(data.z, colors, flips), 0, 0, canvas.width, canvas.height);
  pen.setTransform(sharp, 0, 0, sharp, -xs[0] * sharp, -ys[0] * sharp);
  cutGaps(pen, xs, ys, trace);
  const frame = svg("foreignObject", { x: xs[0], y: ys[0], width, height });
  frame.append(canvas);
  return replace(group, [frame]);
}
