// A Plotly figure and the frames it can show. Frames arrive once, as typed arrays; going to one asks nobody.

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

/** The figure in `node`: `show` a picture, go to a `frame`, `paint` it in a template. Drawing is at the display's pace, the latest wins. */
function createFigure(node, signal) {
  let Plotly, picture, template, frame = 0, states = [];
  let pending = false, drawing = false;

  /** Puts the frame's values where the tracks say; only states that differ from those on the screen are touched. */
  function setFrame() {
    (picture.frames?.tracks ?? []).forEach((track, number) => {
      const state = track.index ? track.index[frame] : frame;
      if (states[number] === state) return;
      states[number] = state;
      const value = track.values[state];
      if (track.trace >= 0) assign(picture.data[track.trace], track.path, value);
      // Plotly takes typed arrays for data, not for a range or another pair in the layout.
      else assign(picture.layout, track.path, ArrayBuffer.isView(value) ? Array.from(value) : value);
    });
  }

  async function draw() {
    pending = false;
    drawing = true;
    setFrame();
    // Plotly writes ranges and positions into the layout it is given: it gets a copy. The same uirevision keeps a zoom.
    const layout = { autosize: true, uirevision: "kept", ...structuredClone(picture.layout) };
    if (template) layout.template = template;
    try {
      await Plotly.react(node, picture.data, layout, { displayModeBar: false });
    } finally {
      drawing = false;
    }
    if (pending) request();
  }

  function request() {
    pending = true;
    if (Plotly && picture && !drawing && !signal.aborted) requestAnimationFrame(() => pending && !drawing && draw());
  }

  const resizing = new ResizeObserver(() => node.clientWidth && request());
  signal.addEventListener("abort", () => {
    resizing.disconnect();
    pending = false;
    Plotly?.purge(node);
  });

  return {
    start(library) {
      Plotly = library;
      resizing.observe(node);
      request();
    },
    show(newPicture, newFrame) {
      [picture, frame, states] = [newPicture, newFrame, []];
      request();
    },
    go(newFrame) {
      frame = newFrame;
      request();
    },
    paint(newTemplate) {
      template = newTemplate;
      request();
    },
  };
}
