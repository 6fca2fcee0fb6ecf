// What passes between the files, for whoever reads or checks them; no page ever gets this file.

/** A model as anywidget gives it: traits by name, who listens, messages to and from Python. */
export interface Model {
  get(name: string): any;
  set(name: string, value: any): void;
  save_changes(): void;
  on(names: string, listener: (...news: any[]) => void): void;
  off(names: string, listener: (...news: any[]) => void): void;
  send(content: object): void;
  /** JupyterLab's own, where there is one. */
  widget_manager?: any;
}

/** What anywidget calls `render` with. */
export interface Place {
  model: Model;
  el: HTMLElement;
  signal: AbortSignal;
}

/** Numbers in a row; a gap is NaN in a typed array, null in a list. */
export type Numbers = ArrayLike<number | null>;

/** A trace, a layout or a template as Plotly takes them: open trees of attributes. */
export type Tree = Record<string, any>;

/** One attribute of a trace (or of the layout: −1) with its values over the frames. */
export interface Track {
  trace: number;
  path: string;
  values: ArrayLike<any>;
  /** Which value a frame shows, where it is not the one of its own number. */
  index?: ArrayLike<number>;
}

/** Which frames the points of a trace stand for, or the places on a time axis. */
export interface Link {
  trace?: number;
  frames?: any;
  index?: ArrayLike<number>;
  axis?: string;
  times?: ArrayLike<number>;
}

export interface Frames {
  labels: string[];
  noun: string;
  start: number;
  parts?: string[];
  /** What acts in each frame: parts of a loop ("inner read error"), a whole loop ("outer"), or "". */
  acts?: string[] | null;
  alts?: string[];
  tracks: Track[];
  links?: Link[];
}

/** A line that turns a knob when it is dragged. */
export interface Handle {
  shape: number;
  knob: string;
  low: number;
  high: number;
}

/** A handle whose knob is in sight. */
export interface Grip extends Handle {
  control: { label?: string; low: number; step?: number | null };
}

/** A figure as Python sends it, its buffers unpacked. */
export interface Picture {
  data: Tree[];
  layout: Tree;
  frames?: Frames | null;
  handles?: Handle[] | null;
  alt?: string;
}

/** A buffer in a tree that Python packed. */
export interface Packed {
  packed: DataView<ArrayBuffer>;
  dtype: string;
  shape: number[];
  key?: string;
  low?: number;
  step?: number;
  gap?: number;
}

/** An attribute that a new frame or picture changes; −1 stands for the layout. */
export interface Change {
  trace: number;
  path: string;
}

/** Plotly's axis, of which we use d2p, p2d, c2p, l2p, _offset, _length, range and what it is made of. */
export type Axis = any;

/** Plotly's layout with all defaults filled in. */
export type FullLayout = any;

/** Where a reference lies in the figure, in pixels from `start`. */
export interface Band {
  start: number;
  length: number;
  axis?: Axis;
  at(value: any): number;
}

/** Plotly's node. The names with an underscore are its own: a new Plotly may change them. */
export interface Graph extends HTMLElement {
  _fullLayout?: FullLayout;
  _fullData?: any[];
  layout?: any;
  calcdata?: any[];
  on?(event: string, hear: (event: any) => void): void;
  removeAllListeners?(): void;
  nlvizHeard?: boolean;
  nlvizOriginals?: Map<string, () => void>;
  /** Which of Plotly's traces each trace of the picture is, −1 for a new one; missing where it has drawn this picture. */
  nlvizTraces?: number[];
}

/** What Plotly drew of one trace, and the numbers that are to be seen instead. */
export interface Drawn {
  full: FullLayout;
  /** The trace with its defaults. */
  trace: Tree;
  /** Plotly's reckoned points; the first knows the node that holds them all. */
  points: any[];
  group: SVGGElement;
  data: Tree;
}

/** Where an axis has a tick, and what is written there. */
export interface Tick {
  value: number;
  words: string;
}

/** Words of one look in a line. */
export interface Run {
  text: string;
  bold?: boolean;
  italic?: boolean;
  color?: string;
  script?: "sub" | "sup";
}

/** The letters of an annotation. */
export interface Look {
  family: string;
  size: number;
  color: string;
}

/** Two axes and the shares of the figure that they take. */
export interface Panel {
  xkey: string;
  ykey: string;
  x: number[];
  y: number[];
}

/** Where a panel is put, and what a share of a gap beside it has become. */
export interface Seat extends Panel {
  gaps: { x: number; y: number };
}

/** The pixels that a panel needs above it, and how far legend and colour bar are lifted over its heading. */
export interface Head {
  room: number;
  lift: number;
}

/** A legend, its length in one line in pixels, and the lines it takes. */
export interface Legend {
  legend: Tree;
  length: number;
  lines: number;
}

/** Where a share of the figure lies now, and what a share of a gap has become. */
export interface Squeeze {
  at(share: number): number;
  gap: number;
}

export type Knobs = Record<string, any>;

/** Another range of a number, while another knob stands at one of its options. */
export interface Scale {
  high: number;
  step: number;
  unit?: string;
}

export interface Control extends Scale {
  name: string;
  label: string;
  kind: "number" | "choice" | "switch" | "line";
  low: number;
  complement?: string;
  options: any[];
  /** Of a line: how many letters it may have at most. */
  most?: number;
  scales?: { by: string; options: Record<string, Scale> };
}

export interface Form {
  title: string;
  controls: Control[];
  /** What every knob is set to, by the preset's name; and where they all started. */
  presets: Record<string, Knobs>;
  start: Knobs;
  /** The names of the knobs in sight, null for all. */
  only?: string[] | null;
}
