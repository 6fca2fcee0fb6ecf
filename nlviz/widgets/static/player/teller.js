// @ts-check
// The frame in sight on its way to the kernel, which says again whatever it is told.

/** @import { Model } from "../types.d.ts" */

const REST_MS = 150;

/**
 * `tell(frame)` tells the model which frame is in sight: at once whoever is linked to it on the page, and the kernel when
 * the hand rests, for a scrub passes hundreds.
 *
 * The kernel repeats each frame it is told, late where it is busy. By then the hand may be elsewhere, or the frames play:
 * `isEcho(frame)` whether this is such a word, which must not take them back. Jupyter drops an echo once a newer frame was
 * sent, so there is none but that of the last, and only while one that it was not told yet is in sight.
 * @param {Pick<Model, "get" | "set" | "save_changes">} model
 * @param {AbortSignal} signal
 * @returns {{ tell(frame: number): void, isEcho(frame: number): boolean }}
 */
export function createTeller(model, signal) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {number | undefined} */
  let saved;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return {
    tell(frame) {
      if (model.get("frame") === frame) return;
      model.set("frame", frame);
      clearTimeout(timer);
      timer = setTimeout(() => {
        timer = undefined;
        saved = frame;
        model.save_changes();
      }, REST_MS);
    },
    isEcho: (frame) => timer !== undefined && frame === saved,
  };
}
