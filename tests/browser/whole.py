"""Whether words are seen whole: those of the figure within its edges, those of the page in the boxes that show them."""

from __future__ import annotations

from .boxes import Words, box
from .tab import Lab

# The words of the page whose letters go beyond what shows them: their own box, one round it that hides what is outside,
# the lab. A row that scrolls on a small page, and the figure, are gone through by the hand. The label in some sixty of
# its frames has one height: the widest of them are laid out, and the narrowest, for a page takes its time over each.
# What is said is asked for in the larger letters of a projector too; where knobs stand is made for the theme that is
# shown.
_CUT_SHORT = """(root, most) => {
  const said = ".nlviz-title, .nlviz-label, .nlviz-summary, .nlviz-problem, .nlviz-held";
  const hands = "label, button, summary, .nlviz-unit, .nlviz-why, .nlviz-status, .nlviz-parts li";
  const [rows, apart] = [".nlviz-low :is(.nlviz-side, ol)", ".nlviz-figure, .nlviz-spoken, .nlviz-words"];
  const seen = (node) => node.checkVisibility({ visibilityProperty: true }) && node.textContent.trim();
  const hides = (node) => node === root || getComputedStyle(node).overflow !== "visible";
  const holders = (node, all = [node]) => {
    for (let up = node; up !== root && !up.matches(rows); up = up.parentElement) {
      if (hides(up.parentElement)) all.push(up.parentElement);
    }
    return all.filter((one) => !one.matches(rows));
  };
  const beyond = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const letters = range.getBoundingClientRect();
    return holders(node).some((holder) => {
      const { left, top, right, bottom } = holder.getBoundingClientRect();
      const across = Math.max(left - letters.left, letters.right - right);
      return Math.max(across, top - letters.top, letters.bottom - bottom) > most;
    });
  };
  const [slider, label] = [root.querySelector(".nlviz-frames"), root.querySelector(".nlviz-label")];
  const [theme, frame, step] = [root.dataset.theme, slider.value, Math.max(1, Math.floor(slider.max / 60))];
  const go = (to) => {
    slider.value = to;
    slider.dispatchEvent(new Event("input"));
  };
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = getComputedStyle(label).font;
  const widths = new Map();
  for (let at = 0; at <= Number(slider.max); at += step) {
    go(at);
    widths.set(label.textContent, [pen.measureText(label.textContent).width, at]);
  }
  const frames = [...widths.values()].sort(([one], [other]) => other - one).map(([, at]) => at);
  const extreme = frames.filter((_, place) => place < 8 || place === frames.length - 1);
  const cutIn = (shown, words) => {
    root.dataset.theme = shown;
    const cut = [...root.querySelectorAll(words)].filter((node) => !node.closest(apart) && seen(node) && beyond(node));
    const [found, heights] = [cut.map((node) => node.textContent.trim()), new Set()];
    for (const at of extreme) {
      go(at);
      heights.add(label.offsetHeight);
      if (beyond(label)) found.push(label.textContent);
    }
    return [...found, ...(heights.size > 1 ? [`a label of ${[...heights]} pixels`] : [])];
  };
  const found = [...cutIn(theme, `${said}, ${hands}`), ...cutIn("projector", said)];
  root.dataset.theme = theme;
  go(frame);
  return found;
}"""


def cut_off(lab: Lab, seen: list[Words], most: float = 3.0) -> list[str]:
    """The words of the figure that go over its edge, seen at once or not; those of the page that are not seen whole.

    Of a title, and of words in the figure, "…" is refused too: these were cut before they came to the page.
    """
    edges = box(lab.graph)
    title = lab.root.locator(".nlviz-title").inner_text()
    drawn = [one for one in seen if one.drawn]
    return [
        *(f"{one.words!r} goes over the edge" for one in drawn if _beyond(one.box, edges) > most),
        *(f"{words!r} is not seen whole" for words in lab.root.evaluate(_CUT_SHORT, most)),
        *(f"{words!r} is shortened" for words in (title, *(one.words for one in drawn)) if "…" in words),
    ]


def _beyond(inner: tuple[float, float, float, float], outer: list[float]) -> float:
    """By how much a box goes over the edges of another."""
    return max(outer[0] - inner[0], outer[1] - inner[1], inner[2] - outer[2], inner[3] - outer[3])
