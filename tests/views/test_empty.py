"""Empty is a legal length: every view draws what was never recorded in words, and nothing crashes on its way there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from nlviz import views
from nlviz.trace import Mark, Signal, Trace
from nlviz.views.drawing import theme

from .budgets import kept_trace, raced_trace, slid_trace
from .influences import influence_trace
from .inspected import inspected_trace
from .monthly import months_trace
from .nights import nights_trace
from .prefixed import prefixed_trace
from .traces import (
    batches_trace,
    clocked_trace,
    code_trace,
    event_trace,
    fading_trace,
    hoped_trace,
    layout,
    learned_trace,
    nested_trace,
    overwriting_trace,
    pair_trace,
    rolled_trace,
    tasks_trace,
    told_trace,
    wired_trace,
)

View = Callable[..., go.Figure]

# Every view that draws a trace, a good one for it, and the signal it is about.
VIEWS: dict[str, tuple[View, Trace, str]] = {
    "clockwork": (views.clockwork, clocked_trace(), "recall of A"),
    "erasing": (views.erasing, overwriting_trace(), "keys"),
    "forgetting": (views.forgetting, fading_trace(), "recall"),
    "gradient_memory": (views.gradient_memory, rolled_trace(), "way"),
    "heat_map": (views.heat_map, pair_trace(), "weights"),
    "hope": (views.hope, hoped_trace(), "write_norm"),
    "influence": (views.influence, influence_trace(), "influence"),
    "inspector": (views.inspector, inspected_trace(), "influence"),
    "keeping": (views.keeping, kept_trace(), "write"),
    "learning": (views.learning, learned_trace(), "recall_error"),
    "mini_batches": (views.mini_batches, batches_trace(), "error"),
    "nesting": (views.nesting, nested_trace(), "level_writes"),
    "prefixes": (views.prefixes, prefixed_trace(), "right"),
    "race": (views.race, raced_trace(), "recall"),
    "reading": (lambda trace: views.reading(trace, 2.0), code_trace(400), "bits"),
    "recall_matrix": (views.recall_matrix, pair_trace(), "recall"),
    "remembering": (views.remembering, told_trace(), "bits"),
    "segments": (views.segments, slid_trace(), "recall"),
    "series": (lambda trace: views.series(trace, ("bits", "write")), code_trace(400), "bits"),
    "sleep": (views.sleep, nights_trace(), "known"),
    "surprise_on_tokens": (views.surprise_on_tokens, code_trace(400), "bits"),
    "tasks": (views.tasks, tasks_trace(), "R"),
    "timeline": (views.timeline, months_trace(), "paid"),
    "titans": (views.titans, event_trace(), "recall"),
    "wiring": (views.wiring, wired_trace(), "kept"),
    "writing": (views.writing, pair_trace(), "weights"),
}
each = pytest.mark.parametrize("name", VIEWS)
EACH_SIGNAL = [(name, signal) for name, (_, trace, _) in VIEWS.items() for signal in trace]
each_signal = pytest.mark.parametrize(("name", "signal"), EACH_SIGNAL)


def changed(trace: Trace, change: Callable[[Signal], Signal], only: str = "") -> Trace:
    now = {name: fitting(change(one)) if only in ("", name) else one for name, one in trace.items()}
    return Trace(now, trace.tokens)


def fitting(one: Signal) -> Signal:
    """Without the names of parts that are gone."""
    return one if len(one.names) in (0, one.values.shape[-1]) else one._replace(names=())


def rows(count: int) -> Callable[[Signal], Signal]:
    return lambda one: one._replace(values=one.values[:count], times=one.times[:count])


def streamless(one: Signal) -> Signal:
    return one._replace(values=one.values[:, :0])


def lost(one: Signal) -> Signal:
    return one._replace(values=np.full(one.values.shape, np.nan))


def says_nothing(figure: go.Figure) -> bool:
    words = [annotation.text for annotation in layout(figure).annotations]
    return not figure.data and "Nothing was recorded" in layout(figure).title.text and len(words[0].split()) > 4


@each
def test_without_a_row(name: str) -> None:
    view, trace, about = VIEWS[name]
    figure = view(changed(trace, rows(0)))
    assert says_nothing(figure)
    assert f"signal {about!r} is empty, of shape [0, " in views.alt_text(figure)


@each
def test_without_a_stream(name: str) -> None:
    view, trace, about = VIEWS[name]
    figure = view(changed(trace, streamless))
    assert says_nothing(figure)
    assert f"signal {about!r} is empty" in views.alt_text(figure)


@each
def test_rows_that_lost_their_axes(name: str) -> None:
    """What a probe that was never due leaves where nobody knew its axes."""
    view, trace, _ = VIEWS[name]
    assert says_nothing(view(changed(trace, lambda one: one._replace(values=np.zeros((0, 1)), times=np.zeros(0, int)))))


@each
def test_nothing_finite(name: str) -> None:
    view, trace, about = VIEWS[name]
    figure = view(changed(trace, lost))
    assert says_nothing(figure)
    assert f"signal {about!r} holds no finite number" in views.alt_text(figure)


@each
def test_a_run_that_diverged_at_once_says_so_first(name: str) -> None:
    view, trace, _ = VIEWS[name]
    figure = view(changed(trace, lost).merge(marks=[Mark(0, "diverged", "diverged at write 0: θ is 9")]))
    assert layout(figure).title.text.startswith("Diverged at write 0: θ is 9. Nothing was recorded")


@each_signal
def test_one_signal_without_a_row_is_left_out_or_said(name: str, signal: str) -> None:
    view, trace, _ = VIEWS[name]
    figure = view(changed(trace, rows(0), signal))
    assert figure.data or f"signal {signal!r} is empty" in views.alt_text(figure)


@each_signal
def test_one_signal_without_a_finite_number(name: str, signal: str) -> None:
    view, trace, about = VIEWS[name]
    if signal == "bytes" and name != "series":
        with pytest.raises(ValueError, match="signal 'bytes' is nan; expected whole numbers from 0 to 255"):
            view(changed(trace, lost, signal))
        return
    figure = view(changed(trace, lost, signal))
    assert says_nothing(figure) == (signal == about)
    assert len(views.alt_text(figure).split()) > 4


@each
def test_one_row(name: str) -> None:
    view, trace, _ = VIEWS[name]
    fixed = {"period", "inner_lr", "at", "limit", "yours", "map", "map_momentum", "standing", "path", "knobs", "level"}
    one = {key: held if key in fixed else rows(1)(held) for key, held in trace.items()}
    tokens = trace.tokens if name in ("tasks", "forgetting") else trace.tokens[:1]
    figure = view(Trace(one, tokens, trace.marks))
    assert figure.data
    moving = views.frames(figure)
    assert moving is not None
    assert 0 <= moving["start"] < len(moving["labels"])


@each
def test_without_tokens_or_marks(name: str) -> None:
    view, trace, _ = VIEWS[name]
    bare = Trace({key: one for key, one in trace.items() if name != "forgetting" or key != "standing"})
    if name == "forgetting":
        bare = bare.merge({"standing": Signal(np.zeros((0, 1, 3, 2)), np.zeros(0, int))})
    figure = view(bare)
    needs_tokens = name in ("reading", "remembering", "surprise_on_tokens", "tasks", "forgetting")
    assert says_nothing(figure) == needs_tokens


@pytest.mark.parametrize("name", ["reading", "remembering", "surprise_on_tokens"])
@pytest.mark.parametrize("token", [("", 0, 1), ("  ", 0, 2), ("x", 1, 1)])
def test_tokens_that_show_nothing(name: str, token: Any) -> None:
    view, trace, _ = VIEWS[name]
    figure = view(Trace(trace.signals, (token,)))
    assert says_nothing(figure)
    assert "no text to colour" in views.alt_text(figure)


@pytest.mark.parametrize("kind", ["task", "chosen"])
def test_tasks_without_names(kind: str) -> None:
    _, trace, _ = VIEWS["tasks"]
    named = [token._replace(kind="arm") if token.kind == kind == "chosen" else token for token in trace.tokens]
    figure = views.tasks(Trace(trace.signals, tuple(token for token in named if token.kind != kind)))
    assert says_nothing(figure)
    assert f"no token of kind {kind!r}" in views.alt_text(figure)


@each
@pytest.mark.parametrize("look", ["dark", "projector"])
def test_an_empty_picture_wears_its_theme(name: str, look: str) -> None:
    view, trace, _ = VIEWS[name]
    if name in ("reading", "series"):
        # their own defaults will do
        view = getattr(views, name)
    figure = view(changed(trace, rows(0)), theme=look)
    assert layout(figure).template == theme.template(look)


def test_no_learners_are_no_standings() -> None:
    assert views.standings(Trace({"standing": Signal(np.zeros((0, 1, 3, 2)), np.zeros(0, int))})) == []
    assert views.standings(Trace({"standing": Signal(np.zeros((0, 1)), np.zeros(0, int))})) == []
