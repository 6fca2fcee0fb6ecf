// From what Python packed to what Plotly draws: typed arrays for buffers, paths into trees.

const ARRAYS = {
  float32: Float32Array, float64: Float64Array,
  int8: Int8Array, int16: Int16Array, int32: Int32Array,
  uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array,
};

/** The tree as Python packed it, with typed arrays for its buffers. */
function unpack(node) {
  if (Array.isArray(node)) return node.map(unpack);
  if (node === null || typeof node !== "object") return node;
  if (node.packed) {
    const { buffer, byteOffset, byteLength } = node.packed;
    // A typed array must start at a multiple of its item size; a message's buffers need not. So: a copy.
    const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
    return nest(new ARRAYS[node.dtype](bytes), node.shape);
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, unpack(value)]));
}

/** Outer axes as arrays, the last one as a view on the numbers. */
function nest(flat, shape) {
  if (shape.length < 2) return flat;
  const [rows, ...inner] = shape;
  const size = flat.length / rows;
  return Array.from({ length: rows }, (_, row) => nest(flat.subarray(row * size, (row + 1) * size), inner));
}

/** Sets `target.marker.color` or `target.shapes[0].x0` by its path. */
function assign(target, path, value) {
  const keys = path.replace(/\[(\d+)\]/g, ".$1").split(".");
  const last = keys.pop();
  for (const key of keys) target = target[key] ??= {};
  target[last] = value;
}

/** Which state of a track or link a frame shows. A single state serves all frames. */
function stateAt(moving, frame, states) {
  return moving.index ? moving.index[frame] : states.length === 1 ? 0 : frame;
}
