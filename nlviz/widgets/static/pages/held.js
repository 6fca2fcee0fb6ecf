// @ts-check
// What a block holds. Python puts it here: see block.py.

/** The style of all that it draws. @type {string} */
export const STYLE = "";
/** What is shown at first, as `packed` of export.py gives it. @type {string} */
export const SHOWN = "";
/** The runs from which the knobs answer. @type {string} */
export const RUNS = "";
/** plotly.js, compressed. @type {string} */
export const PLOTLY = "";
