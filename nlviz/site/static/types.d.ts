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

/** A part of a page, as searching.py tells it; `place` is the id of what a link leads to. */
export interface Section {
  page: number;
  place: string;
  heading: string;
  text: string;
  /** The questions whose results stand above it. */
  waits: { id: string; version: string }[];
}

/** What a search looks through. */
export interface Course {
  pages: { file: string; title: string }[];
  sections: Section[];
}

/** As much of MiniSearch as is used here. */
export interface Engine {
  addAll(documents: (Section & { id: number })[]): void;
  search(text: string, options: Record<string, any>): { id: number; terms: string[] }[];
}

/** Words, and whether they were looked for. */
export interface Piece {
  text: string;
  found: boolean;
}

/** A place that was found. waits: the question to be answered first; its words are then left out. */
export interface Place {
  address: string;
  lesson: string;
  heading: Piece[];
  words: Piece[];
  waits: string;
}

/** What was found, the best first. kind: "all" words, "similar" ones, or "some" of them. */
export interface Found {
  kind: "all" | "similar" | "some";
  count: number;
  places: Place[];
}
