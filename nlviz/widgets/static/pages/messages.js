// @ts-check
// A player's traits as Python sends them where no Jupyter carries them: JSON here, binary buffers there.

/** @import { Tree } from "../types.d.ts" */

/**
 * What came over the socket: the length of the JSON in four bytes, the JSON with the sizes of the buffers, the buffers.
 * @param {ArrayBuffer} message
 * @returns {Tree & { buffers: DataView<ArrayBuffer>[] }}
 */
export function parse(message) {
  const length = new DataView(message).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(message, 4, length)));
  let end = 4 + length;
  const buffers = head.sizes.map((/** @type {number} */ size) => new DataView(message, (end += size) - size, size));
  return { ...head, buffers };
}

/**
 * The traits with their binary buffers put back where `paths` say they were.
 * @param {Tree} traits changed in their place
 * @param {(string | number)[][]} paths
 * @param {DataView<ArrayBuffer>[]} buffers
 * @returns {Tree}
 */
export function withBuffers(traits, paths, buffers) {
  paths.forEach((path, number) => {
    const owner = path.slice(0, -1).reduce((node, key) => node[key], traits);
    owner[path[path.length - 1]] = buffers[number];
  });
  return traits;
}

/**
 * Text in base64 as the bytes that it stands for.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function bytesOf(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  // A function for each of some millions of letters would take a phone a second.
  for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at);
  return bytes;
}

/**
 * What a page holds, unpacked.
 * @param {string} text
 * @returns {Promise<Tree & { buffers: DataView<ArrayBuffer>[] }>}
 */
export async function unzipped(text) {
  return parse(await new Response(new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}

/**
 * The traits of one player or run, with those of `buffers` that it names by number.
 * @param {Tree} held
 * @param {DataView<ArrayBuffer>[]} buffers
 * @returns {Tree}
 */
export const whole = ({ state, paths, buffers: numbers }, buffers) =>
  withBuffers(state, paths, numbers.map((/** @type {number} */ number) => buffers[number]));
