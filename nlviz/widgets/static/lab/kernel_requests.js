// @ts-check
// Turns of the knobs on their way to the kernel and back: one at a time, the newest wins, and never a lie about a wait.

import { kernelGone } from "../page.js";

/** @import { Knobs, Model } from "../types.d.ts" */

const SLOW_MS = 150;
const UNHEARD_MS = 1000;
const SILENT_MS = 5000;
// "starting" is all that is said of a restart ordered from elsewhere.
const ENDED = ["starting", "dead", "terminating", "restarting", "autorestarting"];
const ASIDE = /subshell|debug|interrupt|usage/;
export const WORDS = {
  computing: "computing…",
  busy: "The kernel is busy with another cell: your turn waits until it is done.",
  silent: "No answer from the kernel: it is busy elsewhere, or gone. The frames still play.",
  gone: "The kernel is gone: the frames still play. To turn the knobs again, run this cell again.",
};

/**
 * The kernel as JupyterLab knows it, undefined elsewhere; `ended()` is called when it dies or restarts.
 * @param {Model} model
 * @param {() => void} ended
 * @param {AbortSignal} signal
 * @returns {{ isBusy(): boolean, isIdle(): boolean, ask(): Promise<unknown> | undefined, leave(): void } | undefined}
 */
function watchKernel(model, ended, signal) {
  const kernel = model.widget_manager?.kernel;
  if (!kernel?.statusChanged?.connect || !kernel.iopubMessage?.connect) return undefined;
  // A restarted kernel is a live one, but it knows nothing of this lab.
  const look = (/** @type {unknown} */ _, /** @type {string} */ status) => {
    if (ENDED.includes(status)) ended();
  };
  // The one word of a restart can be lost on its way. Whatever the new process says next comes in a session of its own.
  /** @type {string | undefined} */
  let first;
  let busy = kernel.status === "busy";
  const compare = (/** @type {unknown} */ _, /** @type {any} */ { header, parent_header: asked, content }) => {
    // A kernel that is told to go answers that before it goes, also where the word of its restart is lost.
    if (header.msg_type === "shutdown_reply") return ended();
    if (header.msg_type !== "status") return;
    // Beside a cell that keeps the kernel busy, subshells and the control channel come to rest: that is not the kernel.
    if (!asked.subshell_id && !ASIDE.test(asked.msg_type)) busy = content.execution_state === "busy";
    if (header.session !== (first ??= header.session)) ended();
  };
  kernel.statusChanged.connect(look);
  kernel.iopubMessage.connect(compare);
  const leave = () => {
    kernel.statusChanged.disconnect(look);
    kernel.iopubMessage.disconnect(compare);
  };
  signal.addEventListener("abort", leave);
  return { isBusy: () => busy, isIdle: () => !busy && kernel.status === "idle", ask: () => kernel.requestKernelInfo?.(), leave };
}

/**
 * Sends knob states, the newest when the last is answered, or heard where a newer can overtake it.
 * `tell(words, gone)` says where it stands, "" when all is answered; `busy(yes)` whether a turn is under way.
 *
 * A kernel runs one thing at a time: while a turn is under way a hundred more may come, and only the last of them is
 * worth a run. Where the run is a task of the kernel's loop (`live`), a newer turn cuts it short, and need not wait.
 * @param {Model} model
 * @param {(words: string, gone?: boolean) => void} tell
 * @param {AbortSignal} signal
 * @param {(yes: boolean) => void} [busy]
 * @returns {{ ask(knobs: Knobs): void, settled(): boolean }}
 */
export function createExchange(model, tell, signal, busy = () => {}) {
  // Another page may show the same lab: its turns have other names.
  const mine = crypto.getRandomValues(new Uint32Array(1))[0].toString(36);
  let count = 0;
  /** @type {string | undefined} */
  let sent; // the turn that is under way
  let [heard, live, gone] = [false, false, false];
  let [sentAt, askAt] = [0, 0];
  /** @type {Knobs | undefined} */
  let newest; // the knobs that wait for it
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {Knobs} knobs */
  function send(knobs) {
    newest = undefined;
    if (gone) return tell(WORDS.gone, true);
    sent = `${mine}:${++count}`;
    [heard, live, sentAt, askAt] = [false, false, Date.now(), UNHEARD_MS];
    busy(true);
    wait(SLOW_MS);
    try {
      model.send({ kind: "knobs", knobs, turn: sent });
    } catch {
      end();
    }
  }

  /** @param {number} ms */
  function wait(ms) {
    clearTimeout(timer);
    timer = setTimeout(look, ms);
  }

  /** Says what is known of a turn that is not answered yet. */
  function look() {
    const waited = Date.now() - sentAt;
    if (kernelGone(model)) return end();
    if (waited >= askAt) askWhoIsThere(2 * waited);
    if (heard || waited < UNHEARD_MS) tell(WORDS.computing);
    else if (kernel?.isBusy()) tell(WORDS.busy);
    // An idle kernel that does not hear us is another one than that which made this lab.
    else if (waited >= SILENT_MS && kernel?.isIdle()) return end();
    else if (waited >= SILENT_MS) tell(WORDS.silent);
    wait(500);
  }

  /**
   * A kernel that was restarted says nothing of itself: a question makes it speak, in its new session.
   * @param {number} next
   */
  function askWhoIsThere(next) {
    askAt = next; // ever more seldom: a busy kernel answers them all in the end
    kernel?.ask()?.catch(() => {});
  }

  function done() {
    clearTimeout(timer);
    sent = undefined;
    busy(false);
    if (!gone) tell("");
  }

  function end() {
    if (gone) return;
    gone = true;
    // a restarted kernel goes on to speak, of other things
    kernel?.leave();
    newest = undefined;
    done();
    tell(WORDS.gone, true);
  }

  const kernel = watchKernel(model, end, signal);
  const hear = (/** @type {any} */ message) => {
    if (message.kind === "gone") return end();
    if (message.kind !== "heard" || message.turn !== sent) return;
    [heard, live] = [true, message.live];
    if (live && newest) send(newest);
  };
  model.on("msg:custom", hear);
  model.on("change:answers", () => {
    if (model.get("answered") !== sent) return;
    if (newest) send(newest);
    else done();
  });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    model.off("msg:custom", hear);
  });
  return {
    ask(knobs) {
      newest = knobs;
      if (sent === undefined || live) send(knobs);
    },
    settled: () => sent === undefined,
  };
}
