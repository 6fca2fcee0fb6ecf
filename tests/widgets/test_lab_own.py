"""A lab of one's own that goes wrong says so in words, in its own place, and goes on when the knob is turned back."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, cast

import numpy as np
import plotly.graph_objects as go
import pytest
from ipywidgets import Layout
from ipywidgets.widgets.widget import _instances

from nlviz.trace import Signal, Trace
from nlviz.widgets import Lab, Player, Progress, Whole

GOOD, BAD = 0, 1


class Carrier:
    """What has a trace and is none."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace


class Mute(Exception):
    """An exception that cannot even say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def trace() -> Trace:
    return Trace({"value": Signal(np.ones((3, 1)), np.arange(3), "m")})


def view(_: Trace) -> go.Figure:
    return go.Figure(go.Scatter(y=[0, 1]))


def fails(problem: BaseException) -> Callable[..., Any]:
    def run(*_: Any) -> Any:
        raise problem

    return run


def yields(*pieces: Any, end: Any = None) -> Callable[[], Generator[Any, None, Any]]:
    def run() -> Generator[Any, None, Any]:
        yield from pieces
        return end

    return run


async def later() -> Trace:
    return trace()


RUNS = {
    "nothing": (lambda: None, "what the run returned is None; expected a Trace; end it with `return trace`"),
    "number": (lambda: 3, "what the run returned is 3; expected a Trace"),
    "array": (lambda: np.ones((3, 2)), "what the run returned is ndarray [3, 2] of float64; expected a Trace"),
    "table": (lambda: dict(trace()), "expected a Trace; return Trace(…) of it"),
    "carrier": (lambda: Carrier(trace()), "expected a Trace; return its .trace"),
    "class": (lambda: Trace, "what the run returned is the class Trace; expected a Trace"),
    "raises": (fails(KeyError("no such fact")), "KeyError: no such fact"),
    "mute": (fails(Mute()), "Mute"),
    "leaves": (fails(SystemExit(3)), "SystemExit: 3"),
    "long": (fails(ValueError("x" * 5000)), "…"),
    "async": (later, "the run is `async def`, and nobody awaits it"),
    "yields no trace": (yields(Progress(1, 2)), "what the run returned is None; expected a Trace"),
    "yields numbers": (yields(1, 2, end=trace()), "what the run yielded is 1; expected a Progress"),
    "yields traces": (yields(trace()), "expected a Progress; yield Progress(done, total), and return the Trace"),
    "yields words": (yields(Progress(cast(Any, "one"), 2)), "done of Progress is 'one'; expected a whole number"),
}
VIEWS = {
    "nothing": (lambda _: None, "what the view returned is None; expected a Figure; end it with `return figure`"),
    "list": (lambda _: [go.Figure()], "expected a Figure; give one go.Figure(…) of plotly"),
    "raises": (fails(ValueError("no panel")), "ValueError: no panel"),
    "unsendable": (
        lambda _: go.Figure(go.Scatter(y=[1], customdata=[object()])),
        "a value in the figure is a object; ",
    ),
}
SUMMARIES = {
    "number": (lambda _: 3, "what the summary returned is 3; expected a text"),
    "nothing": (lambda _: None, "what the summary returned is None; expected a text"),
    "raises": (fails(IndexError("no row")), "IndexError: no row"),
}

DEAD = {
    "nothing": (lambda: None, 'what dead returned is None; expected a table of reasons; return {"knob": "why"}, or {}'),
    "words": (lambda: "how", "what dead returned is 'how'; expected a table of reasons"),
    "number": (lambda: {"how": 3}, "why how is dead is 3; expected a text"),
    "raises": (fails(KeyError("no knob")), "KeyError: no knob"),
}


def judge(shown: Lab, said: str) -> None:
    """The good picture first, then the fault in words over it, then the good one again."""
    assert (shown.error, shown.problem) == ("", None)
    good = shown.picture
    answers = shown.answers
    shown._hear(None, {"kind": "knobs", "knobs": {"how": BAD}, "turn": "page:1"}, [])
    assert said in shown.error
    assert len(shown.error) < 1100
    assert shown.problem is not None
    assert shown.picture == good
    assert (shown.answered, shown.answers) == ("page:1", answers + 1)
    assert said in repr(shown)
    shown.set(how=GOOD)
    assert (shown.error, shown.problem) == ("", None)


@pytest.mark.parametrize(("wrong", "said"), RUNS.values(), ids=RUNS)
def test_a_run_that_gives_no_trace(wrong: Callable[[], Any], said: str) -> None:
    judge(Lab(lambda how: wrong() if how else trace(), view, how=Whole(GOOD, GOOD, BAD)), said)


@pytest.mark.parametrize(("wrong", "said"), VIEWS.values(), ids=VIEWS)
def test_a_view_that_gives_no_figure(wrong: Callable[[Trace], Any], said: str) -> None:
    turned = []

    def run(how: int) -> Trace:
        turned[:] = [how]
        return trace()

    judge(Lab(run, lambda one: wrong(one) if turned[0] else view(one), how=Whole(GOOD, GOOD, BAD)), said)


@pytest.mark.parametrize(("wrong", "said"), SUMMARIES.values(), ids=SUMMARIES)
def test_a_summary_that_gives_no_line(wrong: Callable[[Trace], Any], said: str) -> None:
    turned = []

    def run(how: int) -> Trace:
        turned[:] = [how]
        return trace()

    knob = Whole(GOOD, GOOD, BAD)
    judge(Lab(run, view, summary=lambda one: wrong(one) if turned[0] else "fine", how=knob), said)


@pytest.mark.parametrize(("wrong", "said"), DEAD.values(), ids=DEAD)
def test_a_dead_that_gives_no_reasons(wrong: Callable[[], Any], said: str) -> None:
    knob = Whole(GOOD, GOOD, BAD)
    judge(Lab(lambda how: trace(), view, dead=lambda how: wrong() if how else {}, how=knob), said)


def test_the_first_run_may_fail_too() -> None:
    shown = Lab(lambda: cast(Any, None), view)
    assert "what the run returned is None" in repr(shown)
    assert shown.figure is None


def test_what_is_no_partial_result_is_said_when_it_is_asked_for() -> None:
    stopped: list[Lab] = []

    def run() -> Generator[Progress, None, Trace]:
        yield Progress(cast(Any, np.int64(1)), 2, partial=cast(Any, lambda: 3))
        if stopped:
            stopped[0].stop()
        yield Progress(2, 2, partial=cast(Any, lambda: 3))
        yield Progress(2, 2)
        return trace()

    shown = Lab(run, view)
    stopped.append(shown)
    shown.set()
    assert "what partial returned is 3; expected a Trace" in shown.error
    stopped.clear()
    shown.set()
    assert shown.error == ""


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Lab(cast(Any, 3), view), "run is 3; expected a function of the knobs"),
        (lambda: Lab(trace, cast(Any, None)), "view is None; expected a function of the Trace"),
        (lambda: Lab(trace, view, summary=cast(Any, "line")), "summary is 'line'; expected a function"),
        (lambda: Lab(trace, view, title=cast(Any, 3)), "title is 3; expected a text"),
        (lambda: Lab(trace, view, presets=cast(Any, ["high"])), r"presets is \['high'\]; expected a Mapping"),
        (lambda: Lab(trace, view, presets=cast(Any, {"high": 3})), "knobs is 3; expected a Mapping"),
        (lambda: Lab(trace, view, preset=cast(Any, [1])), r"no preset \[1\]; its presets are none"),
        (lambda: Lab(trace, view, knobs=cast(Any, [1])), r"knobs is \[1\]; expected a Mapping"),
        (lambda: Lab(trace, view, only=cast(Any, 3)), "only is 3; expected a list"),
        (lambda: Lab(trace, view, theme=cast(Any, ["dark"])), r"theme is \['dark'\]; expected one of 'auto'"),
        (lambda: Lab(trace, view, how=Whole(0, 0, 1)), "the run cannot take the knobs how: got an unexpected"),
        (
            lambda: Lab(lambda how: trace(), view, dead=lambda other: {}, how=Whole(0, 0, 1)),
            "dead cannot take the knobs how: .*; give one control for each parameter of dead",
        ),
        (lambda: Lab(lambda how: trace(), view, how=cast(Any, Whole)), "how = .*Whole.* is no control"),
        (lambda: Player(cast(Any, {"data": []})), "figure is {'data': .*expected a Figure"),
        (lambda: Player(view(trace())).show(cast(Any, None)), "figure is None; expected a Figure"),
    ],
)
def test_a_lab_of_the_wrong_things_is_refused_when_made(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()


def test_a_closed_lab_leaves_nothing_alive() -> None:
    before = set(_instances)
    shown, shared = Lab(trace, view), Layout()
    theirs = Player(view(trace()), layout=shared)
    shown.close()
    theirs.close()
    assert set(_instances) - before == {shared.model_id}
    shared.close()


def test_a_figure_widget_is_a_figure() -> None:
    assert type(Player(cast(Any, go.FigureWidget(view(trace())))).figure) is go.Figure


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.float64, np.array])
def test_numbers_of_numpy_s_turn_knobs_and_stand_in_states(kind: Any) -> None:
    seen: list[Any] = []

    def run(how: int, rate: float) -> Trace:
        seen.append((how, rate))
        return trace()

    knobs: dict[str, Any] = {"how": Whole(kind(1), kind(0), kind(9)), "rate": Whole(2, 0, 9)}
    shown = Lab(run, view, name="own", given={"seed": np.int64(3)}, presets={"high": {"how": kind(9)}}, **knobs)
    shown.set(how=kind(8))
    assert seen == [(1, 2), (8, 2)]
    assert [type(one) for one in seen[1]] == [int, int]
    assert shown.state() == "own?preset=high&how=8&seed=3"
