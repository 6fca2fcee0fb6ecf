// From what Python packed to what Plotly draws: typed arrays for buffers, paths into trees.

const ARRAYS = {
  float32: Float32Array, float64: Float64Array,
  int8: Int8Array, int16: Int16Array, int32: Int32Array,
  uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array,
};

const opened = new WeakMap();

/** The tree as Python packed it, with typed arrays for its buffers. */
export function unpack(node) {
  if (Array.isArray(node)) return node.map(unpack);
  if (node === null || typeof node !== "object") return node;
  // Once for each buffer: what a picture shares with the last one is the same object, and so seen to be the same.
  if (node.packed) return opened.get(node) ?? opened.set(node, open(node)).get(node);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, unpack(value)]));
}

function open({ packed: { buffer, byteOffset, byteLength }, dtype, shape, ...steps }) {
  // A typed array must start at a multiple of its item size; a message's buffers need not. So: a copy.
  const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
  if (dtype === "json") return JSON.parse(new TextDecoder().decode(bytes));
  const numbers = new ARRAYS[dtype](bytes);
  return nest("step" in steps ? fromSteps(numbers, steps) : numbers, shape);
}

/** Numbers that came as whole steps from the least of them. */
function fromSteps(codes, { low, step, gap }) {
  const numbers = new Float32Array(codes.length);
  for (let at = 0; at < codes.length; at++) numbers[at] = codes[at] === gap ? NaN : low + codes[at] * step;
  return numbers;
}

/** Puts the buffers that `tree` names but has not got, {kept: key}, in from `last`; says whether all were there. */
export function refill(tree, last) {
  const had = new Map();
  const collect = (node) => {
    if (node === null || typeof node !== "object" || ArrayBuffer.isView(node)) return;
    if (node.packed) had.set(node.key, node);
    else if (!isWords(node)) Object.values(node).forEach(collect);
  };
  const fill = (node) => node === null || typeof node !== "object" || ArrayBuffer.isView(node) || isWords(node) ||
    Object.entries(node).every(([key, value]) => {
      if (!value?.kept) return fill(value);
      node[key] = had.get(value.kept);
      return node[key] !== undefined;
    });
  collect(last);
  return fill(tree);
}

/** A list of words or numbers holds no buffers: it need not be walked through. */
const isWords = (node) => Array.isArray(node) && typeof node[0] !== "object";

/** Outer axes as arrays, the last one as a view on the numbers. */
function nest(flat, shape) {
  if (shape.length < 2) return flat;
  const [rows, ...inner] = shape;
  const size = flat.length / rows;
  return Array.from({ length: rows }, (_, row) => nest(flat.subarray(row * size, (row + 1) * size), inner));
}

/** Sets `target.marker.color` or `target.shapes[0].x0` by its path. */
export function assign(target, path, value) {
  const keys = path.replace(/\[(\d+)\]/g, ".$1").split(".");
  const last = keys.pop();
  for (const key of keys) target = target[key] ??= {};
  target[last] = value;
}

/** Which state of a track or link a frame shows. A single state serves all frames. */
export function stateAt(moving, frame, states) {
  return moving.index ? moving.index[frame] : states.length === 1 ? 0 : frame;
}
