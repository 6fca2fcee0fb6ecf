"""Names of a last axis, notes of a run: what goes in comes out, and runs saved before there were any are read."""

# What a type checker would refuse is given on purpose.
# pyright: reportArgumentType=false
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlviz import labs, views
from nlviz.trace import Mark, Signal, Trace

OLD = Path(__file__).parent / "old_runs"
"""Runs as labs saved them before there were names and notes: titans(pulsed) and wiring(LMM, window 9), seed 0."""


def _trace() -> Trace:
    sizes = Signal(np.array([[[16.0, 6.0]]]), np.array([0]), "numbers", ("cache", "memory"))
    return Trace({"sizes": sizes}, notes={"wiring": "MAC", "areas": ("below", "above"), "none": ()})


def test_names_and_notes_are_saved(tmp_path: Path) -> None:
    trace = _trace()
    trace.save(tmp_path / "run.npz")
    loaded = Trace.load(tmp_path / "run.npz")
    assert loaded["sizes"].names == ("cache", "memory")
    assert loaded["sizes"].unit == "numbers"
    assert loaded.notes == trace.notes
    assert all(isinstance(said, str | tuple) for said in loaded.notes.values())


def test_a_note_is_said_text_by_text() -> None:
    trace = _trace()
    assert trace.noted("wiring") == ("MAC",)
    assert trace.noted("areas") == ("below", "above")
    assert trace.noted("none") == trace.noted("unheard of") == ()


def test_notes_are_added_or_replaced_and_the_old_trace_stays() -> None:
    trace = _trace()
    merged = trace.merge(notes={"wiring": "MAG", "remarks": ["one"]})
    assert merged.notes == {**trace.notes, "wiring": "MAG", "remarks": ("one",)}
    assert trace.noted("wiring") == ("MAC",)
    assert merged.merge(marks=[Mark(1, "written")]).notes == merged.notes


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"notes": ["MAC"]}, r"notes is \['MAC'\]; .*give a table"),
        ({"notes": {3: "MAC"}}, "name of a note is 3"),
        ({"notes": {"wiring": 3}}, "note 'wiring' is 3"),
        ({"notes": {"areas": ["below", 3]}}, r"note 'areas'\[1\] is 3"),
        ({"signals": {"a": Signal(np.ones((2, 1, 2)), [0, 1], "", ("one",))}}, "has 1 names and 2 parts"),
        ({"signals": {"a": Signal(np.ones((2, 1, 2)), [0, 1], "", ("one", 2))}}, r"names of signal 'a'\[1\] is 2"),
        ({"signals": {"a": Signal(np.ones((2, 1, 1)), [0, 1], "", "one")}}, "names of signal 'a' is 'one'"),
    ],
)
def test_the_rest_is_refused_in_words(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Trace(**({"signals": {}} | given))


def _like(old: Trace, new: Trace) -> None:
    assert list(old) == list(new)
    for name, signal in new.items():
        np.testing.assert_allclose(old[name].values, signal.values, rtol=1e-5, atol=1e-6)
        assert (old[name].unit, old[name].names) == (signal.unit, signal.names), name
    assert old.marks == new.marks
    # a lab says of itself, and not in its run, that a knob does nothing
    assert {**old.notes, "remarks": ()} == {**new.notes, "remarks": ()}


def test_an_old_run_is_the_run_of_today() -> None:
    titans, wiring = (Trace.load(OLD / f"{name}.npz") for name in ("titans", "wiring"))
    ours = labs.titans(knobs={"pulsed": True}), labs.wiring(knobs={"kind": "LMM", "window": 9})
    for old, lab in zip((titans, wiring), ours, strict=True):
        assert lab.trace is not None
        _like(old, lab.trace)
    assert titans.noted("remarks") == ("forget only at ◆ does nothing here: forget is 0",)
    assert views.wiring(wiring, *wiring.noted("wiring")).to_json() == str(ours[1].figure and ours[1].figure.to_json())
    assert "What became of the event?" in str(views.titans(titans).layout["title"]["text"])


def test_an_old_run_of_another_keeps_its_units(tmp_path: Path) -> None:
    """A signal called "level" in decibels has no name, and one called "map" no lines."""
    about = '{"signals": [["level", "dB"], ["map", "m"]], "tokens": [], "marks": [[2, "written", ""]]}'
    rows = {
        f"{part}_{at}": values for at in (0, 1) for part, values in (("values", np.ones((3, 1))), ("times", [0, 1, 2]))
    }
    np.savez(tmp_path / "own.npz", about=np.array(about), **rows)
    loaded = Trace.load(tmp_path / "own.npz")
    assert [(signal.unit, signal.names) for signal in loaded.values()] == [("dB", ()), ("m", ())]
    assert loaded.marks == (Mark(2, "written"),)


@pytest.mark.parametrize("names", [np.array(["a", "b"]), [np.str_("a"), "b"], (np.str_("a"), np.str_("b")), ["a", "b"]])
def test_names_as_numpy_has_them_become_plain_texts(names: Any) -> None:
    values, times = np.ones((1, 1, 2)), np.array([0])
    trace = Trace({"x": Signal(values, times, "", names)}, notes={"said": names, "one": np.str_("word")})
    for found in (trace["x"].names, trace.noted("said")):
        assert found == ("a", "b")
        assert {type(one) for one in found} == {str}
    assert type(trace.notes["one"]) is str


def test_a_signal_that_is_right_already_stays_itself() -> None:
    signal = Signal(np.ones((1, 1, 2)), np.array([0]), "", ("a", "b"))
    assert Trace({"x": signal})["x"] is signal
