"""What is compared, as the notebook's kernel makes it: the same figures in our lab and in plotly's FigureWidget."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import ipywidgets
import numpy as np
import plotly.graph_objects as go

from nlviz.trace import Signal, Trace
from nlviz.views import LAYOUT, Track, animate, frames
from nlviz.widgets import Lab, Player, Whole

TOKENS, MATRICES, LARGE = 512, 32, 8


def small(seed: int) -> go.Figure:
    """(a) A run of 512 tokens: a 64 × 64 matrix recorded at every 16th, and three lines with 64 points that move."""
    rng = np.random.default_rng(seed)
    matrices = rng.normal(size=(MATRICES, 64, 64)).astype(np.float32)
    lines = np.cumsum(rng.normal(size=(3, TOKENS, 64)), axis=2).astype(np.float32)
    figure = go.Figure([go.Heatmap(z=matrices[0], zmin=-3, zmax=3, xaxis="x2", yaxis="y2")])
    figure.add_traces([go.Scatter(y=line[0]) for line in lines])
    figure.update_layout(xaxis={"domain": [0, 0.5]}, yaxis={"range": [-25, 25]})
    figure.update_layout(xaxis2={"domain": [0.6, 1]}, yaxis2={"anchor": "x2"})
    shown = np.arange(TOKENS) // (TOKENS // MATRICES)
    tracks = [Track(0, "z", matrices, shown), *(Track(1 + number, "y", line) for number, line in enumerate(lines))]
    return animate(figure, tracks, [f"token {number}" for number in range(TOKENS)], noun="token")


def large(seed: int) -> go.Figure:
    """(b) A 256 × 256 matrix, eight writes."""
    matrices = np.random.default_rng(seed).normal(size=(LARGE, 256, 256)).astype(np.float32)
    figure = go.Figure(go.Heatmap(z=matrices[0], zmin=-3, zmax=3))
    # the eight writes again and again, so that there is something to scrub through
    count = 64
    track = Track(0, "z", matrices, np.arange(count) % LARGE)
    return animate(figure, [track], [f"write {number}" for number in range(count)], noun="write")


@cache
def _read(preset: str) -> go.Figure:
    from nlviz import labs  # seconds of a kernel, and of all figures only this one needs them

    figure = labs.surprise(preset=preset).figure
    assert figure is not None
    return figure


def surprise(seed: int) -> go.Figure:
    """(c) The surprise lab's figure, of one preset or another: computed before, the model is not what is compared."""
    return _read("gated" if seed % 2 else "clean")


FIGURES: dict[str, Callable[[int], go.Figure]] = {"small": small, "large": large, "surprise": surprise}


def ours(name: str) -> Lab:
    """A lab with one knob that makes the figure anew."""

    def run(seed: int) -> Trace:
        return Trace({"seed": Signal(np.array([[float(seed)]]), np.arange(1), "")})

    return Lab(run, lambda trace: FIGURES[name](int(trace["seed"].values[0, 0])), seed=Whole(0, 0, 1000))


def theirs(name: str) -> ipywidgets.VBox:
    """The same with FigureWidget: a slider over the frames, one that makes the figure anew; each turn one batch.

    A turn gives the widget whatever the new figure has different, titles and ranges included: both end in one picture.
    """
    shown = [FIGURES[name](0)]
    widget = go.FigureWidget(_bare(shown[0]))
    scrub = ipywidgets.IntSlider(0, 0, len(_frames(shown[0])["labels"]) - 1, description="frame")
    knob = ipywidgets.IntSlider(0, 0, 1000, description="seed")

    def go_to(change: Any) -> None:
        with widget.batch_update():
            for track in _frames(shown[0])["tracks"]:
                state = scrub.value if track["index"] is None else track["index"][scrub.value]
                before = scrub.value if change["old"] is None else change["old"]
                was = before if track["index"] is None else track["index"][before]
                if state != was or change["owner"] is knob:
                    target = widget.layout if track["trace"] == LAYOUT else widget.data[track["trace"]]
                    target[track["path"]] = track["values"][state]

    def turn(change: Any) -> None:
        shown[0] = FIGURES[name](knob.value)
        with widget.batch_update():
            for old, new in [(widget.layout, shown[0].layout), *zip(widget.data, shown[0].data, strict=True)]:
                _set_different(old, new, without=_moved(shown[0], new))
            go_to({"old": None, "owner": knob})

    scrub.observe(go_to, "value")
    knob.observe(turn, "value")
    return ipywidgets.VBox([scrub, knob, widget])


def _bare(figure: go.Figure) -> go.Figure:
    """The figure without its frames: FigureWidget would send them with every copy of itself."""
    return go.Figure(figure.data, figure.layout.to_plotly_json() | {"meta": None})


def _moved(figure: go.Figure, part: Any) -> set[str]:
    """Which of the part's attributes a frame sets: they are set once, to what the frame shows."""
    number = next((at for at, trace in enumerate(figure.data) if trace is part), LAYOUT)
    return {track["path"] for track in _frames(figure)["tracks"] if track["trace"] == number}


def _set_different(old: Any, new: Any, without: set[str]) -> None:
    """Give `old` the attributes of `new` that differ."""
    was, now = old.to_plotly_json(), new.to_plotly_json()
    for key, value in now.items():
        if key not in {*without, "uid", "template", "meta"} and not _same(was.get(key), value):
            old[key] = value


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(np.asarray(one, dtype=float), np.asarray(other, dtype=float), equal_nan=True)
    return one == other


def _frames(figure: go.Figure) -> dict[str, Any]:
    moving = frames(figure)
    assert moving is not None
    return moving


def alive() -> tuple[int, int]:
    """How many of our players and of plotly's widgets the kernel still holds."""
    gc.collect()
    # by its type: to ask a thing itself would wake all that is imported only when somebody looks at it
    held = Counter(map(type, gc.get_objects()))
    ours, theirs = (sum(held[one] for one in held if issubclass(one, kind)) for kind in (Player, go.FigureWidget))
    return ours, theirs


def open_and_close(kind: str, count: int) -> None:
    """Make some widgets of a kind and close them again."""
    for number in range(count):
        figure = small(number)
        widget = Player(figure) if kind == "ours" else go.FigureWidget(_bare(figure))
        widget.close()
