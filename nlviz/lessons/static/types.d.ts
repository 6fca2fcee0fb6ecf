// What passes between the files of a question; no page ever gets this file.

export type { Place } from "../../widgets/static/types.d.ts";

export interface Axis {
  title: string;
  low: number;
  high: number;
}

/** A question as Python describes it: what each kind needs besides its text. */
export interface Form {
  kind: "options" | "number" | "sketch";
  label: string;
  text: string;
  options: [string, string][];
  low: number;
  high: number;
  step: number;
  unit: string;
  x: Axis;
  y: Axis;
  places: number[];
}

/** The catalog's sentences, by name. */
export type Words = Record<string, string>;

/** What one answers a question with; `read` gives null as long as there is no answer. */
export interface Input {
  node: Element;
  read(): any;
  write(answer: any): void;
  lock(locked: boolean): void;
}

export type CreateInput = (form: Form, words: Words, touched: () => void, signal: AbortSignal) => Input;
