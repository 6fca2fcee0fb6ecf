// @ts-check
// The version of the script that a widget waits for. Python puts it here: see page.py.

/** @type {string} */
export const VERSION = "";
