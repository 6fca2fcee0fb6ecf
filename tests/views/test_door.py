"""The door of views: every argument of every public name with every kind of bad input, and fair input in any form."""

# What a type checker would refuse is given on purpose.
# pyright: reportArgumentType=false
from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from nlviz import views
from nlviz.inner import probes, unroll
from nlviz.memory import Delta, Gates
from nlviz.streams import recall_pairs
from nlviz.trace import Signal, Trace

from ..bad_inputs.__main__ import tried
from ..bad_inputs.call import Call
from ..bad_inputs.of_pictures import pictures
from .test_empty import VIEWS
from .traces import code_trace, event_trace, overwriting_trace, pair_trace, tasks_trace, told_trace, wired_trace

CALLS = [call for call in pictures() if call.name.startswith("views.")]
TURNED = views.animate(go.Figure(go.Scatter(x=[0, 1])), [], ["a"], noun="step")


@pytest.mark.parametrize("call", CALLS, ids=[call.name for call in CALLS])
def test_bad_input_is_refused_in_words_and_fair_input_taken(call: Call) -> None:
    found = tried(call)
    assert len(found) > 3
    assert not [one for one in found if one[2] not in ("refused", "fair")]


def test_every_public_function_is_tried() -> None:
    public = {name for name in views.__all__ if inspect.isfunction(getattr(views, name))}
    assert public - {call.name.removeprefix("views.") for call in CALLS} <= {"handle"}


def test_a_run_is_no_trace_and_says_where_it_is() -> None:
    stream = recall_pairs(3, 4, generator=torch.Generator().manual_seed(0))
    run = unroll(Delta(4, 4), stream.pairs, Gates.constant(stream.pairs), probes=[probes.weights()])
    for view, _, _ in VIEWS.values():
        with pytest.raises(
            ValueError, match=r"trace is .*; expected a Trace; that is a run, give its trace: run\.trace"
        ):
            view(run)
    assert views.heat_map(run.trace).data


@pytest.mark.parametrize("name", VIEWS)
def test_a_missing_signal_is_a_key_error_with_a_remedy(name: str) -> None:
    view, trace, about = VIEWS[name]
    without = Trace({key: one for key, one in trace.items() if key != about}, trace.tokens)
    with pytest.raises(KeyError, match=f"'{about}' was not recorded; this trace holds .*; "):
        view(without)


@pytest.mark.parametrize("name", VIEWS)
def test_another_number_of_axes_is_named(name: str) -> None:
    view, trace, about = VIEWS[name]
    one = trace[about]
    deeper = trace.merge({about: one._replace(values=one.values[..., None], names=())})
    with pytest.raises(ValueError, match=rf"signal '{about}' has shape .*; expected \["):
        view(deeper)


def narrower(trace: Trace, name: str, axis: int) -> Trace:
    one = trace[name]
    values = one.values.take(range(one.values.shape[axis] - 1), axis)
    return trace.merge({name: one._replace(values=values, times=one.times[: len(values)])})


@pytest.mark.parametrize(
    ("view", "trace", "name", "axis"),
    [
        (views.writing, pair_trace(), "keys", 2),
        (views.writing, pair_trace(), "values", 2),
        (views.erasing, overwriting_trace(), "item", 0),
        (views.erasing, overwriting_trace(), "delta_patch", 3),
        (views.titans, event_trace(), "surprise", 0),
        (views.titans, event_trace(), "one", 0),
        (views.titans, event_trace(), "knobs", 2),
        (views.tasks, tasks_trace(), "R", 3),
        (views.tasks, tasks_trace(), "standing", 0),
        (views.wiring, wired_trace(), "kept", 0),
        (views.wiring, wired_trace(), "mask", 2),
        (views.remembering, told_trace(), "seen", 0),
    ],
)
def test_signals_that_do_not_pair_up_are_named(view: Any, trace: Trace, name: str, axis: int) -> None:
    with pytest.raises(ValueError, match=rf"{name}|learners"):
        view(narrower(trace, name, axis))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: views.series(code_trace(200), "bits"), r"names is 'bits'; .*brackets: \['bits'\]"),
        (lambda: views.series(code_trace(200), []), "no signal is named"),
        (lambda: views.series(code_trace(200), limit=1), "limit is 1"),
        (lambda: views.series(code_trace(200), noun=3), "noun is 3"),
        (
            lambda: views.heat_map(pair_trace(), stream=1),
            "stream is 1; .*streams of 'weights', at least 0 and at most 0",
        ),
        (lambda: views.heat_map(pair_trace(), stream=-1), "stream is -1"),
        (lambda: views.heat_map(pair_trace(), "weigths"), "did you mean 'weights'"),
        (lambda: views.heat_map(pair_trace(), theme="darc"), "theme is 'darc'; .*did you mean 'dark'"),
        (lambda: views.heat_map(pair_trace(), theme=["dark"]), r"theme is \['dark'\]"),
        (lambda: views.wiring(wired_trace(), "MAT"), "name is 'MAT'; expected one of 'MAC'"),
        (lambda: views.erasing(overwriting_trace(), ("delta",)), "rules are .*expected two"),
        (lambda: views.erasing(overwriting_trace(), "delta"), "rules is 'delta'"),
        (lambda: views.erasing(overwriting_trace(), ("Hebbian", "Delte")), "did you mean 'delta_before'"),
        (lambda: views.forgetting_curve([]), "no curve to draw"),
        (lambda: views.forgetting_curve(views.Curve("a", [0], [0])), r"curves\[0\] is 'a'; .*in a list"),
        (lambda: views.forgetting_curve([("a", [0], [0, 1])]), r"curves\[0\] has 1 x and 2 y"),
        (lambda: views.forgetting_curve([("a", [0], [0], "fsat")]), "did you mean 'fast'"),
        (lambda: views.forgetting_curve([("a", [0], ["b"])]), r"y of curves\[0\]"),
        (lambda: views.animate(TURNED, [], [], noun="step"), "there are no labels"),
        (lambda: views.animate(TURNED, [3], ["a"], noun="step"), r"tracks\[0\] is 3; expected a Track"),
        (lambda: views.animate(TURNED, [], "ab", noun="step"), "labels is 'ab'"),
        (lambda: views.animate(None, [], ["a"], noun="step"), "figure is None; .*what a view returns"),
        (lambda: views.describe(go.Figure, "a"), "figure is the class Figure"),
        (lambda: views.handle(TURNED, "threshold"), "handle is 'threshold'; expected a Handle"),
        (lambda: views.Track("0", "y", [1]), "trace is '0'"),
        (lambda: views.Track(0, 3, [1]), "path is 3"),
        (lambda: views.Track(0, "y", 3), "values is 3"),
        (lambda: views.Track(0, "y", [1], [0.5]), r"index is \[0.5\]; expected whole numbers"),
        (lambda: views.Link(0, "a"), "frames is 'a'"),
        (lambda: views.Span("x", [0, np.nan]), "times at .*nan"),
        (lambda: views.Handle("a", 0, np.inf, 1), "low is inf"),
        (
            lambda: views.standings(Trace({"standing": Signal(np.zeros((2, 1, 3, 2)), np.arange(2))})),
            "0 tokens .* 2 lea",
        ),
    ],
)
def test_the_words(call: Any, said: str) -> None:
    with pytest.raises((ValueError, KeyError), match=said):
        call()


def test_lists_tuples_and_tensors_draw_what_arrays_draw() -> None:
    trace = pair_trace()
    for form in (list, torch.as_tensor):
        same = Trace(
            {name: one._replace(values=form(one.values), times=form(one.times)) for name, one in trace.items()}
        )
        assert views.writing(same).to_json() == views.writing(trace).to_json()
    ages = np.arange(4.0)
    drawn = [
        views.forgetting_curve([("a", form(ages), form(ages))]) for form in (list, tuple, np.asarray, torch.tensor)
    ]
    assert len({figure.to_json() for figure in drawn}) == 1


def test_numbers_of_any_kind_are_numbers() -> None:
    trace = code_trace(300)
    plain = views.series(trace, ("bits",), 2.0, stream=0, limit=50).to_json()
    for whole in (np.int64, float, torch.tensor):
        other = views.series(trace, ["bits"], np.float64(2), stream=whole(0), limit=whole(50))
        assert other.to_json() == plain
