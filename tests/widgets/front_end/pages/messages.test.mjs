import assert from "node:assert/strict";
import test from "node:test";

import { parse, withBuffers } from "../../../../nlviz/widgets/static/pages/messages.js";

/** A message as wire.py frames it. */
function framed(content, ...buffers) {
  const head = new TextEncoder().encode(JSON.stringify({ ...content, sizes: buffers.map(({ length }) => length) }));
  const length = new Uint8Array(Uint32Array.of(head.length).buffer);
  return Uint8Array.from([length, head, ...buffers].flatMap((part) => [...part])).buffer;
}

test("a message is its JSON and the buffers after it, each with its own bytes", () => {
  const { method, buffers } = parse(framed({ method: "updäte" }, [1, 2, 3], [], [4]));
  assert.equal(method, "updäte");
  assert.deepEqual(buffers.map((view) => [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)]), [[1, 2, 3], [], [4]]);
});

test("buffers go back to the places that they were taken from", () => {
  const [one, two] = parse(framed({}, [1], [2])).buffers;
  const traits = withBuffers({ picture: { data: [{ y: { dtype: "int8" } }] } }, [["picture", "data", 0, "y", "packed"], ["raw"]], [one, two]);
  assert.equal(traits.picture.data[0].y.packed, one);
  assert.equal(traits.raw, two);
});
