"""How the parts of each wiring are put together, as boxes and arrows in a square of 10 × 10. No drawing."""

from __future__ import annotations

from typing import NamedTuple

from nlviz.views.pictures.boxes import Arrow, Box

__all__ = ["PLANS", "Plan"]


class Plan(NamedTuple):
    """The parts of a wiring and what goes from one to the other; what to see in it."""

    boxes: dict[str, Box]
    arrows: tuple[Arrow, ...]
    said: str


def _input(x: float, y: float) -> Box:
    return Box(x, y, 2.6, 0.8, "x  [T × {width}]", outlined=False)


def _output(x: float, y: float, words: str = "o  [T × {width}]") -> Box:
    return Box(x, y, 3.6, 0.8, words, outlined=False)


def _persistent(x: float, y: float) -> Box:
    return Box(x, y, 3.0, 1.0, "p  [{persistent} × {width}]")


PLANS = {
    "MAC": Plan(
        {
            "x": _input(4.6, 0.4),
            "p": _persistent(8.3, 2.4),
            "attention": Box(7.4, 5.2, 5.1, 1.5, "attention in segments<br>of {window}, over p ‖ h ‖ x"),
            "memory": Box(
                1.9, 5.0, 3.7, 6.4, "written from y<br>read: M(y)<br><br><b>memory</b><br><br>read: h = M(q)", True
            ),
            "o": _output(5.4, 9.6, "o = y ⊗ M(y)"),
        },
        (Arrow("x", "memory"), Arrow("x", "attention"), Arrow("p", "attention"),
         Arrow("memory", "attention", "h", (3.6, 4.75)), Arrow("attention", "memory", "y", (5.6, 6.8)),
         Arrow("attention", "o"), Arrow("memory", "o")),
        "MAC: the memory's answers stand in the context; attention decides what is written",
    ),
    "MAG": Plan(
        {
            "x": _input(2.6, 0.6),
            "p": _persistent(7.7, 0.7),
            "attention": Box(7.2, 4.8, 4.9, 1.5, "attention over p ‖ x<br>window {window}"),
            "memory": Box(2.1, 4.8, 3.2, 1.5, "<b>memory</b><br>M(p ‖ x)", True),
            "o": _output(4.8, 9.2, "o = y ⊗ M(p ‖ x)"),
        },
        (Arrow("x", "attention"), Arrow("x", "memory"), Arrow("p", "attention"), Arrow("p", "memory"),
         Arrow("attention", "o", "y"), Arrow("memory", "o")),
        "MAG: attention and memory read the same text side by side, and one gates the other",
    ),
    "MAL": Plan(
        {
            "x": _input(3.0, 0.5),
            "p": _persistent(7.2, 0.6),
            "memory": Box(5, 3.5, 3.4, 1.5, "<b>memory</b><br>y = M(p ‖ x)", True),
            "attention": Box(5, 6.6, 4.4, 1.5, "attention over y<br>window {window}"),
            "o": _output(5, 9.5),
        },
        (Arrow("x", "memory"), Arrow("p", "memory"), Arrow("memory", "attention", "y"), Arrow("attention", "o")),
        "MAL: attention sees nothing but what the memory has made of the text",
    ),
    "LMM": Plan(
        {
            "x": _input(5, 0.8),
            "memory": Box(5, 4.8, 3.0, 1.5, "<b>memory</b><br>M(q)", True),
            "o": _output(5, 9.0),
        },
        (Arrow("x", "memory"), Arrow("memory", "o")),
        "LMM: the memory alone; there is nothing to attend to",
    ),
}  # fmt: skip
