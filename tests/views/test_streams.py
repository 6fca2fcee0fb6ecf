"""A view of one stream of a batch is the view of that stream alone: no other stream is seen in it."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import plotly.graph_objects as go
import pytest
from influences import influence_trace
from inspected import inspected_trace
from monthly import months_trace
from sketches import differences, sketch
from traces import (
    clocked_trace,
    code_trace,
    event_trace,
    fading_trace,
    hoped_trace,
    overwriting_trace,
    pair_trace,
    read_twice,
    told_trace,
    wired_trace,
)
from variants import decaying, moving_weights, noisy, side_by_side

from nlviz import views
from nlviz.trace import Trace

View = Callable[..., go.Figure]


def scaled(trace: Trace, by: float, *names: str) -> Trace:
    """The same run with other numbers in these signals, in all if none is named."""
    return trace.merge(
        {name: held._replace(values=by * held.values) for name, held in trace.items() if name in names or not names}
    )


def silent(trace: Trace) -> Trace:
    """A run in which nothing was ever written."""
    return scaled(trace, 0.0)


CODE, TOLD = code_trace(500), told_trace()
# a view, the stream to look at, and the one beside it, which must not be seen
VIEWS: dict[str, tuple[View, Trace, Trace]] = {
    "clockwork": (views.clockwork, clocked_trace(), scaled(clocked_trace(), 3.0, "recall of A", "level_writes")),
    "erasing": (views.erasing, overwriting_trace(), scaled(overwriting_trace(seed=1), 3.0)),
    "forgetting": (views.forgetting, fading_trace(), scaled(fading_trace(), -0.5)),
    "heat_map": (views.heat_map, pair_trace(), scaled(pair_trace(seed=1), 3.0)),
    "hope": (views.hope, hoped_trace(), scaled(hoped_trace(), 3.0, "write_norm", "inner_lr")),
    "influence": (views.influence, influence_trace(), scaled(influence_trace(), 3.0)),
    "inspector": (views.inspector, inspected_trace(), scaled(inspected_trace(), 3.0, "influence", "surprise", "error")),
    "landing": (views.landing, pair_trace(), scaled(pair_trace(seed=1), 3.0)),
    "reading": (lambda t, **more: views.reading(t, 2.0, **more), CODE, scaled(CODE, 4.0)),
    "reading, noisy": (
        lambda t, **more: views.reading(t, 2.0, **more),
        noisy(),
        scaled(noisy(), 0.0, "noise", "written"),
    ),
    "recall_matrix": (views.recall_matrix, pair_trace(), scaled(pair_trace(seed=1), -1.5)),
    "remembering": (views.remembering, TOLD, scaled(told_trace(seed=1, window=30), 3.0)),
    "remembering, no fast": (views.remembering, moving_weights(), TOLD),
    "remembering, no slow": (views.remembering, TOLD, moving_weights()),
    "series": (lambda t, **more: views.series(t, ("surprise", "bits"), 1.0, **more), CODE, scaled(CODE, 3.0)),
    "surprise_on_tokens": (views.surprise_on_tokens, CODE, scaled(CODE, 3.0)),
    "timeline": (views.timeline, months_trace(), scaled(months_trace(), 3.0, "paid", "again")),
    "titans": (views.titans, event_trace(), scaled(event_trace(), 3.0, "recall", "one", "expected", "memory_norm")),
    "two_loops": (views.two_loops, read_twice(), scaled(read_twice(), 3.0)),
    "wiring": (views.wiring, wired_trace(), scaled(wired_trace(), 0.0)),
    "writing": (views.writing, pair_trace(), scaled(pair_trace(seed=1), 3.0)),
    "writing, decaying": (views.writing, decaying(), scaled(decaying(), 0.0, "forget", "item")),
    "writing, nothing": (views.writing, silent(decaying()), decaying()),
    "writing, beside nothing": (views.writing, decaying(), silent(decaying())),
}


@pytest.mark.parametrize("name", VIEWS)
def test_only_the_stream_that_is_asked_for_is_drawn(name: str) -> None:
    view, shown, beside = VIEWS[name]
    alone = sketch(view(shown))
    assert differences(alone, sketch(view(side_by_side(beside, shown), stream=1))) == []
    assert differences(alone, sketch(view(side_by_side(beside, shown), stream=0))), "the other one is another"


def test_every_view_that_knows_streams_is_here() -> None:
    every = {name: getattr(views, name) for name in views.__all__}
    asked = {
        name for name, one in every.items() if inspect.isfunction(one) and "stream" in inspect.signature(one).parameters
    }
    assert asked == {name.split(",")[0] for name in VIEWS}
