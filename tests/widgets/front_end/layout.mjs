// A figure of 400 × 300 pixels as Plotly knows it: two panels beside each other, the first from 0 to 10 and from 0 to 1.

/** An axis from `low` to `high` over pixels; an upright one grows upwards. */
export function axis(id, [low, high], offset, length) {
  const upright = id[0] === "y";
  const place = (value) => ((upright ? high - value : value - low) / (high - low)) * length;
  const value = (at) => (upright ? high - (at / length) * (high - low) : low + (at / length) * (high - low));
  return { _id: id, _offset: offset, _length: length, type: "linear", range: [low, high], d2p: place, c2p: place, l2p: place, p2d: value };
}

export const layout = () => ({
  width: 400,
  height: 300,
  _size: { l: 40, t: 20, w: 300, h: 200 },
  xaxis: axis("x", [0, 10], 40, 100),
  yaxis: axis("y", [0, 1], 20, 200),
  xaxis2: axis("x2", [-1, 1], 240, 100),
  yaxis2: axis("y2", [0, 4], 20, 200),
});
