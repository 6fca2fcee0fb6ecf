// @ts-check
// Answers to the questions of a page, in the browser's own memory; nothing is sent anywhere.

/** @import { Asked, Kept, Standing } from "./types.d.ts" */

const key = (/** @type {Asked} */ { id, version }) => `nlviz ${id} ${version}`;

/**
 * Keeps what was answered. A browser that keeps nothing, as for a page from the disk in some, keeps it while the page is
 * open.
 * @param {{ localStorage?: Storage }} page
 * @returns {{ of(asked: Asked): Kept | null, keep(asked: Asked, kept: Kept): void, forget(asked: Asked): void }}
 */
export function createMemory(page) {
  /** @type {Map<string, Kept>} */
  const here = new Map();
  const lasting = (/** @type {(storage: Storage) => any} */ use) => {
    try {
      return page.localStorage && use(page.localStorage);
    } catch {
      return undefined;
    }
  };
  return {
    of: (asked) => here.get(key(asked)) ?? parsed(lasting((storage) => storage.getItem(key(asked)))),
    keep(asked, kept) {
      here.set(key(asked), kept);
      lasting((storage) => storage.setItem(key(asked), JSON.stringify(kept)));
    },
    forget(asked) {
      here.delete(key(asked));
      lasting((storage) => storage.removeItem(key(asked)));
    },
  };
}

/**
 * What was kept; null for nothing, and for what no question can have kept.
 * @param {string | null | undefined} text
 * @returns {Kept | null}
 */
function parsed(text) {
  try {
    const kept = JSON.parse(text ?? "null");
    return kept && typeof kept === "object" && ("answer" in kept || kept.waived === true) ? kept : null;
  } catch {
    return null;
  }
}

/**
 * How a question stands, in what its widget shows; and what was said, for the result.
 * @param {Asked} asked
 * @param {Kept | null} kept
 * @returns {Standing}
 */
export function standing({ form, options, said }, kept) {
  if (kept?.answer === undefined) return { shown: null, status: kept ? said.waived : said.stays, offer: kept ? "" : "waive", said: "" };
  const words = form.kind === "sketch" ? said.sketch : options[kept.answer] ?? `${kept.answer}${form.unit ? ` ${form.unit}` : ""}`;
  return { shown: kept.answer, status: said.kept.replace("{answer}", words), offer: "again", said: said.yours.replace("{answer}", words) };
}
