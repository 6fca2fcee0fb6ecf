// What passes between the files of a page; no page ever gets this file.

import type { Form, Words } from "../../lessons/static/types.d.ts";

/** A question as in_kernel.py tells it. */
export interface Asked {
  id: string;
  version: string;
  form: Form;
  words: Words;
  /** What the page says of an answer, by name. */
  said: Record<string, string>;
  /** The words of each option, by its key. */
  options: Record<string, string>;
}

/** What the browser remembers of a question: an answer, or that its result may be seen without one. */
export interface Kept {
  answer?: any;
  waived?: boolean;
}

/** What the widget of a question shows, and how an answer is said beside its result. */
export interface Standing {
  shown: any;
  status: string;
  offer: string;
  said: string;
}

/** What was measured, and what stands there until it may be seen. */
export interface Measured {
  id: string;
  words: string;
  lines: string[];
  unseen: string;
}
