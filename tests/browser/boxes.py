"""What is drawn where: boxes of a lab's parts, words that lie on one another or beyond an edge, a hand on a slider."""

from __future__ import annotations

from itertools import combinations
from math import ceil
from typing import NamedTuple

import numpy as np
from playwright.sync_api import Locator

from .tab import Lab

PARTS = {"title": ".nlviz-title", "knobs": ".nlviz-side", "picture": ".nlviz-figure", "slider": ".nlviz-frames"}
_VIEW = ".jp-WindowedPanel-outer"
_BOX = "(node) => { const { x, y, right, bottom } = node.getBoundingClientRect(); return [x, y, right, bottom]; }"
# All words of a lab with their boxes on the page, but for letters of code and numbers in cells: those have columns.
# Words that stand aslant have boxes much larger than they are. Marks are words at a place of the data.
_WORDS = """(root, marks) => {
  const isMark = (node) => {
    const annotation = node.closest(".annotation");
    const { layout } = root.querySelector(".nlviz-graph");
    return annotation && layout.annotations[annotation.dataset.index].xref !== "paper";
  };
  const seen = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const aslant = (node) => /rotate\\((?!-?90\\b|0\\b)/.test(node.getAttribute("transform") ?? "");
  const page = "label, button, p, output, summary, .nlviz-unit, .nlviz-parts li";
  const [figure, apart] = [".nlviz-graph text", ".textpoint, .heatmaplayer, .nlviz-spoken, [hidden], .nlviz-words"];
  return [...root.querySelectorAll(`${page}, ${figure}`)]
    .filter((node) => !node.closest(apart) && !aslant(node) && (marks || !isMark(node)))
    .filter((node) => seen(node) && node.textContent.trim())
    .map((node) => {
      const { x, y, right, bottom } = node.getBoundingClientRect();
      // rows that scroll on a small page show a part of what they hold
      const row = node.closest(".nlviz-low :is(.nlviz-side, ol)")?.getBoundingClientRect() ?? { left: x, right };
      const box = [Math.max(x, row.left), y, Math.min(right, row.right), bottom];
      return { words: node.textContent.trim(), box, drawn: node.matches(figure) };
    })
    .filter(({ box: [x, y, right, bottom] }) => right > x && bottom > y);
}"""
# Where something stands in a figure, as shares of it: panels, colour bars and words. A panel whose cells are square is
# as large as it is drawn.
_STANDS = """(graph) => {
  const { _plots } = graph._fullLayout;
  const { left, top, width, height } = graph.getBoundingClientRect();
  const panels = Object.values(_plots).map(({ xaxis, yaxis }) =>
    [xaxis._offset, yaxis._offset, xaxis._offset + xaxis._length, yaxis._offset + yaxis._length]);
  const words = [...graph.querySelectorAll("text, .cbfills, .cbbg")].map((node) => {
    const box = node.getBoundingClientRect();
    return [box.left - left, box.top - top, box.right - left, box.bottom - top];
  });
  return [...panels, ...words].map((box) => box.map((end, at) => end / (at % 2 ? height : width)));
}"""
_FIELDS = 40
# Words in panels, and numbers in cells, through which a curve goes, by more than `most` pixels from their edge; words
# that lean are left out.
_CROSSED = """(root, most) => {
  const graph = root.querySelector(".nlviz-graph");
  const curves = [...graph.querySelectorAll(".scatterlayer .js-line")].map((path) => {
    const { a, d, e, f } = path.getScreenCTM();
    const numbers = (path.getAttribute("d") ?? "").match(/-?[\\d.]+(e-?\\d+)?/g) ?? [];
    return numbers.flatMap((x, at) => (at % 2 ? [] : [[a * x + e, d * numbers[at + 1] + f]]));
  });
  const goesThrough = ({ left, right, top, bottom }) => ([x, y], at, curve) => {
    const [nextX, nextY] = curve[at + 1] ?? [x, y];
    const steps = Math.max(1, Math.ceil(Math.hypot(nextX - x, nextY - y) / 2));
    return [...Array(steps + 1).keys()].some((step) => {
      const [px, py] = [x + ((nextX - x) * step) / steps, y + ((nextY - y) * step) / steps];
      return px > left + most && px < right - most && py > top + most && py < bottom - most;
    });
  };
  const notes = [...graph.querySelectorAll(".annotation")]
    .filter(({ dataset }) => !graph.layout.annotations[dataset.index].textangle)
    .map((node) => node.querySelector("text"));
  return [...notes, ...graph.querySelectorAll(".heatmap-label text")]
    .filter((text) => text?.textContent.trim())
    .filter((text) => curves.some((curve) => curve.some(goesThrough(text.getBoundingClientRect()))))
    .map((text) => text.textContent.trim());
}"""
# Selects whose longest option is wider than they.
_NARROW = """(root) => [...root.querySelectorAll(".nlviz-knobs select")].filter((knob) => {
  const free = knob.cloneNode(true);
  Object.assign(free.style, { position: "absolute", maxWidth: "none", width: "max-content", visibility: "hidden" });
  knob.after(free);
  const wide = free.offsetWidth;
  free.remove();
  return wide > knob.offsetWidth + 1;
}).map((knob) => `${knob.value} is in ${knob.offsetWidth} pixels, which are too few for some option`)"""
_HIDES = "(figure) => figure.scrollHeight > figure.clientHeight + 80"
_SIZES_OVER_ALL_FRAMES = """(root) => {
  const slider = root.querySelector(".nlviz-frames");
  const parts = [root, slider, ...root.querySelectorAll(".nlviz-figure, .nlviz-label, .nlviz-parts, .nlviz-title")];
  const sizes = new Set();
  const step = Math.max(1, Math.floor(slider.max / 60));
  for (let frame = 0; frame <= Number(slider.max); frame += step) {
    slider.value = frame;
    slider.dispatchEvent(new Event("input"));
    sizes.add(JSON.stringify(parts.map((part) => [part.offsetWidth, part.offsetHeight])));
  }
  return [...sizes];
}"""


class Words(NamedTuple):
    """Some words of a lab, their box (left, top, right, bottom) on the page, and whether the figure has them."""

    words: str
    box: tuple[float, float, float, float]
    drawn: bool


def box(part: Locator) -> list[float]:
    """Left, top, right and bottom on the page."""
    return part.evaluate(_BOX)


def to_the_top(lab: Lab) -> list[float]:
    """Scroll a lab to the top of its notebook; the box in which the notebook is seen."""
    lab.root.evaluate(f"(root) => {{ root.scrollIntoView(); root.closest('{_VIEW}').scrollTop -= 2; }}")
    return box(lab.root.page.locator(_VIEW))


def out_of_sight(lab: Lab) -> list[str]:
    """The parts of a lab that are not seen whole together with its top, each with its box and the notebook's."""
    left, top, right, bottom = to_the_top(lab)
    boxes = {name: box(lab.root.locator(selector)) for name, selector in PARTS.items()}
    inside = {n: b[0] >= left and b[1] >= top and b[2] <= right and b[3] <= bottom for n, b in boxes.items()}
    return [f"{name} {boxes[name]} is not within {[left, top, right, bottom]}" for name in PARTS if not inside[name]]


def kept_in_sight(lab: Lab) -> list[str]:
    """What the keyboard does not bring into the sight of a lab: the last knob, and the foot of its picture."""
    # what has the focus already is not scrolled to
    lab.root.evaluate("document.activeElement.blur()")
    knob = lab.root.locator(".nlviz-knobs").locator("input, select").filter(visible=True).last
    lab.press(knob)
    (left, _, right, _), (first, _, last, _) = box(lab.root), box(knob)
    found = [] if left <= first and last <= right + 1 else [f"the last knob {first, last} is not within {left, right}"]
    if lab.figure.evaluate(_HIDES):
        lab.press(lab.figure, *["ArrowDown"] * 3)
        lab.root.page.wait_for_function("(figure) => figure.scrollTop > 40", arg=lab.figure.element_handle())
        lab.figure.evaluate("(figure) => { figure.scrollTop = 0; }")
    return found


def narrow(lab: Lab) -> list[str]:
    """The knobs that are not as wide as the longest of their options."""
    return lab.root.evaluate(_NARROW)


def words(lab: Lab, *, marks: bool = True) -> list[Words]:
    """All words of a lab that are seen, but for code and numbers in cells; marks: those at a place of the data too."""
    return [Words(one["words"], tuple(one["box"]), one["drawn"]) for one in lab.root.evaluate(_WORDS, marks)]


def overlaps(seen: list[Words], least: float = 3.0) -> list[str]:
    """The words that lie on others, by more than `least` pixels both ways: a box is larger than its letters.

    A figure is scrolled in its box on a small page: its words below that do not lie on the page's.
    """
    return [
        f"{one.words!r} lies on {other.words!r}"
        for number, one in enumerate(seen)
        for other in seen[:number]
        if one.drawn == other.drawn
        and min(one.box[2], other.box[2]) - max(one.box[0], other.box[0]) > least
        and min(one.box[3], other.box[3]) - max(one.box[1], other.box[1]) > least
    ]


def crossed(lab: Lab, most: float = 3.0) -> list[str]:
    """The words and the numbers of cells in the panels of a lab through which a curve goes."""
    return [f"a curve goes through {one!r}" for one in lab.root.evaluate(_CROSSED, most)]


def blank(lab: Lab, most: float = 0.15) -> list[str]:
    """The largest rectangle of the figure in which nothing stands, if it takes more than this share of it."""
    free = np.ones((_FIELDS, _FIELDS), bool)
    for x0, y0, x1, y1 in np.clip(np.multiply(lab.graph.evaluate(_STANDS), _FIELDS), 0, _FIELDS).tolist():
        free[int(y0) : ceil(y1), int(x0) : ceil(x1)] = False
    # how far down from here all fields of a row stay free: the rectangle's height is the least of its columns
    down, found = np.zeros(_FIELDS, int), (0.0, 0, 0, 0, 0)
    for row in range(_FIELDS):
        down = (down + 1) * free[row]
        for left, right in combinations(range(_FIELDS + 1), 2):
            high = int(down[left:right].min())
            found = max(found, (high * (right - left) / _FIELDS**2, left, row + 1 - high, right, row + 1))
    share, *place = found
    return [f"nothing in {[field / _FIELDS for field in place]}, {share:.0%} of the figure"] if share > most else []


def sizes_over_all_frames(lab: Lab) -> list[str]:
    """The sizes that the parts of a lab have while it goes through some sixty of its frames: one, if nothing moves."""
    return lab.root.evaluate(_SIZES_OVER_ALL_FRAMES)


def dragged(lab: Lab, moves: int, *, back: bool = False) -> list[int]:
    """The frames that a slow, straight drag along the slider with the mouse goes through, from end to end."""
    left, top, right, bottom = box(lab.frames)
    ends = (right - 8, left + 8) if back else (left + 8, right - 8)
    mouse, height = lab.root.page.mouse, (top + bottom) / 2
    lab.frames.evaluate(
        "(slider) => { window.went = []; slider.addEventListener('input', () => went.push(Number(slider.value))); }"
    )
    mouse.move(ends[0], height)
    mouse.down()
    for number in range(1, moves + 1):
        mouse.move(ends[0] + (ends[1] - ends[0]) * number / moves, height)
    mouse.up()
    return lab.root.page.evaluate("window.went")
