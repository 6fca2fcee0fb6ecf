"""A lab as one line of text and back; how any lab can be shown; what is said of a function of one's own."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from showing import never_run
from torch import Tensor

from nlviz import labs, streams
from nlviz.labs.entrance import MADE
from nlviz.widgets import Lab
from nlviz.widgets.sharing import OWN, parsed, written

every_lab = pytest.mark.parametrize("name", labs.__all__)
SOURCE = streams.code("email", limit=700)
SMALL: dict[str, dict[str, Any]] = {"surprise": {"stream": SOURCE}, "digits": {"beside": ()}}
QUICK: dict[str, dict[str, Any]] = {
    "architect": {"size": 4_000},
    "digits": {"seeds": 1},
    "learning": {"steps": 2},
    "prefixes": {"of": "code: which name was read"},
    "sleep": {"updates": 4, "length": 2048, "texts": "email, then json"},
}
"""Knobs of labs that train or read much: what is asked of them here does not depend on how long."""


def make(name: str, **options: Any) -> Lab:
    return getattr(labs, name)(**{**SMALL.get(name, {}), "knobs": QUICK.get(name, {}), **options})


def still(name: str, **options: Any) -> Lab:
    """The same, for what its form and its start say: they wait for no run."""
    with never_run():
        return make(name, **options)


@cache
def opened(name: str) -> Lab:
    """A lab as it opens, made once for all that is asked of it."""
    return still(name)


def same(one: Lab, other: Lab) -> bool:
    assert one.trace is not None
    assert other.trace is not None
    assert one.trace.keys() == other.trace.keys()
    return one.knobs == other.knobs and all(
        np.array_equal(one.trace[name].values, other.trace[name].values, equal_nan=True) for name in one.trace
    )


def another(name: str, control: dict[str, Any], now: Any) -> Any:
    """Another value that a knob of a lab may have."""
    if control["name"] in QUICK.get(name, {}):
        return now  # it is another than the presets' already
    if control["kind"] == "number":
        value = control["low"] + 0.3 * (control["high"] - control["low"])
        return value if isinstance(control["step"], float) else int(value)
    if control["kind"] == "line":
        return "another line, 7"
    if control["kind"] == "choice":
        return next(option for option in control["options"] if option != now)
    return not now


def test_a_state_string_is_answered_by_every_lab_of_the_room_and_by_no_other() -> None:
    here = {name: maker for name, maker in MADE.items() if maker.__module__.startswith("nlviz.")}
    assert here == {name: getattr(labs, name) for name in labs.__all__}


@every_lab
def test_every_lab_takes_a_preset_a_theme_and_the_knobs_to_show(name: str) -> None:
    plain = opened(name)
    chosen = plain.form["controls"][-1]["name"]
    for preset in plain.presets:
        shown = still(name, preset=preset, theme="projector", only=[chosen])
        assert shown.theme == "projector"
        assert shown.form["only"] == [chosen]
        expected = {**plain.presets[preset], **QUICK.get(name, {})}
        assert {one: shown.knobs[one] for one in expected} == expected
        assert len(shown.form["controls"]) == len(plain.form["controls"]), "hidden knobs can be shown again"
    with pytest.raises(ValueError, match="no knob 'volume'; its knobs are"):
        make(name, only=["volume"])
    with pytest.raises(ValueError, match=r"is 'theem'; expected one of .*; did you mean 'theme'\?"):
        make(name, theem="projector")


@every_lab
def test_every_lab_is_made_again_from_its_state_to_the_bit(name: str) -> None:
    shown = make(name, preset=list(opened(name).presets)[-1], seed=3)
    turned = {one["name"]: another(name, one, shown.knobs[one["name"]]) for one in shown.form["controls"]}
    shown.set(**turned)
    again = labs.from_state(shown.state(), **SMALL.get(name, {}))
    assert same(shown, again)
    assert again.state() == shown.state() == shown.share
    assert shown.state().startswith(f"{name}?preset=")


def test_the_string_is_short_and_can_be_read() -> None:
    shown = labs.surprise(preset="noisy", seed=3)
    assert shown.state() == "surprise?preset=noisy&seed=3"
    shown.set(threshold=2.4)
    assert shown.share == "surprise?preset=noisy&threshold=2.4&seed=3"
    assert labs.write_head(rule="Delta").state() == "write_head?preset=clean&rule=Delta&seed=0"
    assert labs.write_head(preset="full", knobs={"items": 16}).state() == "write_head?preset=clean&seed=0"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("surprise??", "is no state of a lab; expected NAME.knob=value"),
        ("surprise?threshold", "is no state of a lab"),
        ("", "is no state of a lab"),
        ("memory?preset=clean", f"lab is 'memory'; expected one of {', '.join(map(repr, labs.__all__))}"),
        ("from_state?x=1", "lab is 'from_state'; expected one of"),
        ("write_head?itmes=3", "no knob 'itmes'; its knobs are"),
        ("write_head?items=900", "items is 900; expected a whole number, at least 1 and at most 96"),
        ("write_head?items=many", "items is 'many'; expected a whole number"),
        ("write_head?preset=loud", "no preset 'loud'; its presets are"),
        ("write_head?seed=abc", "seed='abc' in .* expected a whole number, as in seed=0"),
        ("write_head?items=3&items=4", "gives 'items' twice"),
        ("write_head?step=mine", "only your own can be given"),
    ],
)
def test_a_string_that_is_no_state_is_refused_in_words(state: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        labs.from_state(state)


def hebbian(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
    return M + inner_lr * torch.outer(v, k)


def test_a_function_of_ones_own_is_named_and_must_be_given_again() -> None:
    mine = labs.write_head(step=hebbian, seed=2)
    assert mine.state() == "write_head?preset=clean&step=own&seed=2"
    with pytest.raises(ValueError, match=r"your own step, .* labs.from_state\(.*, step=my_step\)"):
        labs.from_state(mine.state())
    assert same(mine, labs.from_state(mine.state(), step=hebbian))
    assert "stream=own" in labs.surprise(SOURCE).state()


def test_a_lab_without_a_name_has_no_state() -> None:
    from tests.widgets.test_lab import lab  # the toy of the widgets' own tests

    shown = lab()
    assert shown.share == ""
    with pytest.raises(ValueError, match="this lab has no name"):
        shown.state()


plain = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(min_size=1)


@given(st.dictionaries(st.text(st.characters(categories=["L"]), min_size=1), plain))
def test_whatever_a_knob_holds_is_read_as_it_was_written(values: dict[str, object]) -> None:
    name, read = parsed(written("lab", values))
    assert name == "lab"
    assert read == values
    assert [type(value) for value in read.values()] == [type(value) for value in values.values()]


def test_what_cannot_be_written_reads_as_own() -> None:
    assert parsed(written("lab", {"step": OWN, "stream": None, "name": "own"}))[1] == {"step": OWN, "name": "own"}


def fragile(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
    if M.any():
        return M + 1 / len([])  # the student's own line
    return M + torch.outer(v, k)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (fragile, "at token 1 (item 1) your step(M, k, v, inner_lr) raised ZeroDivisionError: "),
        (lambda M, k, v, inner_lr: M @ k, "at token 0 (item 0) your step returned shape [32], expected [32, 32]"),
        (lambda M, k, v, inner_lr: M + 1j, "at token 0 (item 0) your step returned complex numbers"),
        (lambda M, k, v, inner_lr: (M - 1).log(), "at token 0 (item 0) your step returned nan in M"),
        (lambda M, k, v, inner_lr: M + torch.inf, "at token 0 (item 0) your step returned inf in M"),
    ],
    ids=["raises", "shape", "complex", "nan", "inf"],
)
def test_a_wrong_rule_is_told_at_which_token_and_what_was_expected(step: Callable[..., Any], said: str) -> None:
    assert said in labs.write_head(step=step).error


def test_the_traceback_ends_in_the_student_s_own_line() -> None:
    problem = labs.write_head(step=fragile).problem
    assert isinstance(problem, ValueError)
    assert traceback.extract_tb(problem.__traceback__)[-1].line == "return M + 1 / len([])  # the student's own line"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda surprise: 5 * surprise, "at byte 0 (surprise "),
        (lambda surprise: torch.where(surprise > 6, torch.nan, 1.0), "your step returned a share of nan"),
        (lambda surprise: surprise[:1], "at bytes 0 to 15 your step returned shape [1], expected [16]"),
    ],
)
def test_a_wrong_gate_is_told_at_which_byte(step: Callable[..., Any], said: str) -> None:
    assert said in labs.surprise(SOURCE, step=step).error


def test_a_gate_knows_where_it_is_however_far_it_has_read() -> None:
    calls = []

    def step(surprise: Tensor) -> Tensor:
        calls.append(len(surprise))
        return surprise[1:] if len(set(calls)) and sum(calls) > 2 * 600 else torch.ones_like(surprise)

    error = labs.surprise(SOURCE, step=step).error
    # it is asked twice of each chunk: once to write, once by the probe that says what was written
    assert "at bytes 592 to 607 your step" in error or "at bytes 600" in error


def test_functions_that_print_change_their_arguments_or_return_them_work(capsys: pytest.CaptureFixture[str]) -> None:
    kept = torch.zeros(32, 32)

    def step(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
        print("written")
        M += inner_lr * torch.outer(v, k)
        k.zero_()
        return kept.copy_(M)

    mine = labs.write_head(step=step)
    assert capsys.readouterr().out == 16 * "written\n"
    assert mine.error == ""
    assert mine.summary == labs.write_head(step=hebbian).summary


def test_whole_numbers_and_booleans_become_real_ones() -> None:
    assert labs.write_head(step=lambda M, k, v, inner_lr: (M + 1).int()).error == ""
    soft, hard = (labs.surprise(SOURCE, step=step) for step in (lambda s: s > 2, lambda s: (s > 2).float()))
    assert same(soft, hard)


def test_every_lab_documents_how_it_is_shown() -> None:
    for name in labs.__all__:
        assert "widgets.Shown" in (inspect.getdoc(getattr(labs, name)) or "")
