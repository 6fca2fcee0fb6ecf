// @ts-check
// The themes that a page may choose from. Python puts them here when it joins these files: see page.py.

/** @import { Tree } from "./types.d.ts" */

/**
 * Plotly templates by name, packed.
 * @type {Record<string, Tree>}
 */
export const TEMPLATES = {};
