// @ts-check
// From what Python packed to what Plotly draws: typed arrays for buffers, paths into trees.

/** @import { Link, Packed, Track, Tree } from "../types.d.ts" */

/** @type {Record<string, new (bytes: ArrayBuffer) => any>} */
const ARRAYS = {
  float32: Float32Array, float64: Float64Array,
  int8: Int8Array, int16: Int16Array, int32: Int32Array,
  uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array,
};

// Weak: when the page lets a picture go, the numbers opened for it go too.
const opened = new WeakMap();

/**
 * The tree as Python packed it, with typed arrays for its buffers.
 * @param {any} node
 * @returns {any}
 */
export function unpack(node) {
  if (Array.isArray(node)) return node.map(unpack);
  if (node === null || typeof node !== "object") return node;
  // Once for each buffer: what a picture shares with the last one is the same object, and so seen to be the same.
  if (node.packed) return opened.get(node) ?? opened.set(node, open(node)).get(node);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, unpack(value)]));
}

/**
 * One buffer's numbers, or its words.
 * @param {Packed} packed
 * @returns {any}
 */
function open({ packed: { buffer, byteOffset, byteLength }, dtype, shape, low, step, gap }) {
  // A typed array must start at a multiple of its item size; a message's buffers need not. So: a copy.
  const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
  if (dtype === "json") return JSON.parse(new TextDecoder().decode(bytes));
  const numbers = new ARRAYS[dtype](bytes);
  return nest(step === undefined ? numbers : fromSteps(numbers, low ?? 0, step, gap), shape);
}

/**
 * Numbers that came as whole steps from the least of them: packing.py sends large arrays so, in half the bytes and far
 * below a pixel. They are opened to float32 once, not while a frame is drawn: Plotly takes nothing else.
 * @param {ArrayLike<number>} codes
 * @param {number} low
 * @param {number} step
 * @param {number} [gap] the code that stands for no number
 * @returns {Float32Array}
 */
function fromSteps(codes, low, step, gap) {
  const numbers = new Float32Array(codes.length);
  for (let at = 0; at < codes.length; at++) numbers[at] = codes[at] === gap ? NaN : low + codes[at] * step;
  return numbers;
}

/**
 * Puts the buffers that `tree` names but has not got, {kept: key}, in from `last`; says whether all were there. They
 * are put in as the objects they were, so that `unpack` knows them again.
 * @param {any} tree changed in its place
 * @param {any} last
 * @returns {boolean}
 */
export function refill(tree, last) {
  const had = new Map();
  const collect = (/** @type {any} */ node) => {
    if (isLeaf(node)) return;
    if (node.packed) had.set(node.key, node);
    else Object.values(node).forEach(collect);
  };
  /** @type {(node: any) => boolean} */
  const fill = (node) => isLeaf(node) || Object.entries(node).every(([key, value]) => {
    if (!value?.kept) return fill(value);
    node[key] = had.get(value.kept);
    return node[key] !== undefined;
  });
  collect(last);
  return fill(tree);
}

/**
 * What holds no buffers and need not be walked through: a value, the bytes of a buffer, a list of words or numbers.
 * @param {any} node
 * @returns {boolean}
 */
function isLeaf(node) {
  return node === null || typeof node !== "object" || ArrayBuffer.isView(node) ||
    (Array.isArray(node) && typeof node[0] !== "object");
}

/**
 * Outer axes as arrays, the last one as a view on the numbers: no number is copied.
 * @param {any} flat
 * @param {number[]} shape
 * @returns {any}
 */
function nest(flat, shape) {
  if (shape.length < 2) return flat;
  const [rows, ...inner] = shape;
  const size = flat.length / rows;
  return Array.from({ length: rows }, (_, row) => nest(flat.subarray(row * size, (row + 1) * size), inner));
}

/**
 * Sets `target.marker.color` or `target.shapes[0].x0` by its path.
 * @param {Tree} target
 * @param {string} path
 * @param {any} value
 * @returns {void}
 */
export function assign(target, path, value) {
  const keys = path.replace(/\[(\d+)\]/g, ".$1").split(".");
  const last = /** @type {string} */ (keys.pop());
  for (const key of keys) target = target[key] ??= {};
  target[last] = value;
}

/**
 * Which state of a track or link a frame shows. A single state serves all frames.
 * @param {Pick<Track | Link, "index">} moving
 * @param {number} frame
 * @param {ArrayLike<any>} states
 * @returns {number}
 */
export function stateAt(moving, frame, states) {
  return moving.index ? moving.index[frame] : states.length === 1 ? 0 : frame;
}
