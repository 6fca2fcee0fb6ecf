// @ts-check
// A lab that has come by Shift+Enter: the notebook went on to the next cell, and would show the lower part of the lab.

// JupyterLab lays its cells out again when an output has grown, and scrolls then.
const SETTLED_MS = 300;

/**
 * Whether whoever looks at the notebook has just run this cell: it is the active one, or the one before that.
 * @param {Pick<Element, "nextElementSibling">} cell
 * @param {unknown} active
 * @returns {boolean}
 */
export const justRun = (cell, active) => Boolean(active) && (active === cell || active === cell.nextElementSibling);

/**
 * How far to scroll so that the top of a lab is seen; nothing if all of it is.
 * @param {{ top: number, bottom: number }} lab
 * @param {{ top: number, bottom: number }} view
 * @returns {number}
 */
export const scrollFor = (lab, view) => (lab.top >= view.top && lab.bottom <= view.bottom ? 0 : lab.top - view.top - 4);

/**
 * Brings the top of `root` into view when its cell was just run. Returns `again()`, to be called when it has been
 * drawn; a hand that does anything meanwhile has the last word. `data-arrived` says that it is over.
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 * @returns {() => void}
 */
export function comeIntoView(root, signal) {
  let free = false;
  const leave = new AbortController();
  for (const name of ["wheel", "pointerdown", "keydown"]) {
    addEventListener(name, () => { free = true; leave.abort(); }, { signal: AbortSignal.any([signal, leave.signal]), capture: true, passive: true });
  }
  function look() {
    const [cell, panel] = [root.closest(".jp-CodeCell"), root.closest(".jp-WindowedPanel-outer")];
    if (free || signal.aborted || !cell || !panel || !justRun(cell, panel.querySelector(".jp-Cell.jp-mod-active"))) return;
    panel.scrollTop += scrollFor(root.getBoundingClientRect(), panel.getBoundingClientRect());
  }
  requestAnimationFrame(look);
  return () => {
    look();
    setTimeout(() => {
      look();
      free = true;
      leave.abort();
      root.dataset.arrived = "";
    }, SETTLED_MS);
  };
}
