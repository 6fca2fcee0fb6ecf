"""Trace: what goes in comes out, from memory and from a file, and a missing name says what to do."""

# What a type checker would refuse is given on purpose.
# pyright: reportArgumentType=false
from __future__ import annotations

import contextlib
import inspect
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nlviz.inner import probes
from nlviz.trace import PROBES, Mark, Signal, Token, Trace


def _trace() -> Trace:
    rng = np.random.default_rng(0)
    return Trace(
        {
            "surprise": Signal(rng.normal(size=(5, 2)).astype(np.float32), np.arange(5), "‖∇ℓ‖"),
            "weights": Signal(rng.normal(size=(2, 2, 3, 4)), np.array([2, 4]), "weight"),
            "written": Signal(np.array([[1], [0], [1], [1], [0]]), np.arange(5)),
            "open": Signal(np.array([[True], [False]]), np.arange(2), "µ/π ²"),
            "nothing yet": Signal(np.zeros((0, 2), np.float16), np.zeros(0, int)),
        },
        (Token("déjà", 0, 4, "NAME"), Token("\n\t\"'\\\x00", 4, 5), Token("記憶 🧠 \ud800", 5, 9, "STRING")),
        (Mark(1, "switch", "α → 1"), Mark(3, "diverged", "diverged at write 3")),
    )


def test_a_saved_trace_comes_back_as_it_was(tmp_path: Path) -> None:
    trace = _trace()
    trace.save(tmp_path / "run.npz")
    loaded = Trace.load(tmp_path / "run.npz")
    assert list(loaded) == list(trace)
    for name, signal in trace.items():
        for found, expected in zip(loaded[name][:2], signal[:2], strict=True):
            np.testing.assert_array_equal(found, expected)
            assert found.dtype == expected.dtype
        assert loaded[name].unit == signal.unit
    assert (loaded.tokens, loaded.marks) == (trace.tokens, trace.marks)
    assert all(isinstance(token, Token) for token in loaded.tokens)
    assert all(isinstance(mark, Mark) for mark in loaded.marks)


def test_numbers_from_numpy_may_stand_in_tokens_and_marks(tmp_path: Path) -> None:
    """`np.nonzero` is where marks come from."""
    trace = Trace({}, (Token("x", np.int64(1), np.int64(2)),), (Mark(np.int64(3), "written"),))
    trace.save(tmp_path / "run.npz")
    loaded = Trace.load(tmp_path / "run.npz")
    assert (loaded.tokens, loaded.marks) == ((Token("x", 1, 2),), (Mark(3, "written"),))


def test_an_empty_trace_can_be_saved_to_a_name_as_text(tmp_path: Path) -> None:
    Trace({}).save(str(tmp_path / "run.trace"))
    loaded = Trace.load(str(tmp_path / "run.trace"))
    assert (len(loaded), loaded.tokens, loaded.marks) == (0, (), ())
    assert [path.name for path in tmp_path.iterdir()] == ["run.trace"]


def test_the_file_holds_no_pickle(tmp_path: Path) -> None:
    _trace().save(tmp_path / "run.npz")
    with zipfile.ZipFile(tmp_path / "run.npz") as archive:
        headers = [archive.read(name)[:200] for name in archive.namelist()]
    assert len(headers) == 11
    assert not any(b"|O" in header or b"'O'" in header for header in headers)


class TestSaving:
    @pytest.mark.any_shape
    def test_a_failed_save_leaves_what_was_there(self, tmp_path: Path) -> None:
        _trace().save(tmp_path / "run.npz")
        # what a later hand may have done to it
        broken = Trace({"a": Signal(np.zeros((1, 1)), np.arange(1))})
        object.__setattr__(broken, "signals", {"a": Signal(np.array([{}], object), np.arange(1))})
        with pytest.raises(ValueError, match="allow_pickle"):
            broken.save(tmp_path / "run.npz")
        assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]
        assert list(Trace.load(tmp_path / "run.npz")) == list(_trace())

    @pytest.mark.parametrize("path", ["none/run.npz", "", ".", None, 3])
    def test_a_path_that_cannot_be_written_is_named(self, path: Any) -> None:
        with pytest.raises(ValueError, match="path is"):
            _trace().save(path)

    @pytest.mark.any_shape
    def test_objects_never_come_in(self) -> None:
        with pytest.raises(
            ValueError, match=r"values of signal 'odd' is ndarray .* of object; expected an array of num"
        ):
            Trace({"odd": Signal(np.array([{"a": 1}, None]), np.arange(2))})


def _saved(path: Path, **changed: Any) -> Path:
    """A saved trace with some of its arrays replaced; None takes one out."""
    _trace().save(path)
    with np.load(path) as file:
        held = {name: file[name] for name in file}
    np.savez(path, **{name: one for name, one in (held | changed).items() if one is not None})
    return path


class TestWhatIsNoTrace:
    def test_another_archive(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "other.npz", weights=np.zeros(3))
        with pytest.raises(ValueError, match=r"other.npz is no saved trace \(it holds weights\); give a file made by"):
            Trace.load(tmp_path / "other.npz")

    def test_a_bare_array(self, tmp_path: Path) -> None:
        np.save(tmp_path / "other.npy", np.zeros(3))
        with pytest.raises(ValueError, match=r"other.npy is no saved trace .*no .npz archive"):
            Trace.load(tmp_path / "other.npy")

    @pytest.mark.parametrize("content", [b"", b"import os", b"PK\x03\x04 cut short", b"\x93NUMPY\x01\x00"])
    def test_anything_else(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(ValueError, match=r"other is no saved trace"):
            Trace.load(tmp_path / "other")

    def test_cut_short_or_damaged_anywhere(self, tmp_path: Path) -> None:
        _trace().save(tmp_path / "run.npz")
        whole, bad = (tmp_path / "run.npz").read_bytes(), tmp_path / "bad.npz"
        for stop in range(0, len(whole), 97):
            bad.write_bytes(whole[:stop])
            with pytest.raises(ValueError, match=r"bad.npz is no saved trace"):
                Trace.load(bad)
        for at in range(0, len(whole), 61):
            bad.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
            # a byte nobody reads may be any
            with contextlib.suppress(ValueError):
                Trace.load(bad)

    @pytest.mark.any_shape
    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"values_1": None}, "the values of signal 'weights' are missing"),
            ({"times_0": None, "values_0": None}, "the values and times of signal 'surprise' are missing"),
            ({"times_0": np.arange(4)}, "has 5 rows and 4 times"),
            ({"values_0": np.array(["a"] * 5)}, "expected an array of numbers"),
            ({"times_0": np.arange(5)[::-1]}, "fall: 4 then 3"),
            ({"about": np.array("{")}, "damaged"),
            ({"about": np.array("[]")}, "there are no marks, signals, tokens"),
            ({"about": np.array("3")}, "damaged"),
            ({"about": np.zeros(3)}, "damaged"),
            ({"about": np.array('{"signals": 3, "tokens": [], "marks": []}')}, "damaged"),
            ({"about": np.array('{"signals": [], "tokens": [["a"]], "marks": []}')}, r"tokens\[0\] is \('a',\)"),
            ({"about": np.array('{"signals": [], "tokens": [], "marks": [[1, 2]]}')}, r"kind of marks\[0\] is 2"),
            ({"about": np.array('{"signals": [[3, ""]], "tokens": [], "marks": []}')}, "name of a signal is 3"),
            ({"values_0": np.array([{}], object)}, "allow_pickle"),
        ],
    )
    def test_a_part_that_is_not_as_it_was_saved(self, tmp_path: Path, changed: dict[str, Any], said: str) -> None:
        with pytest.raises(ValueError, match=f"run.npz is no saved trace .*{said}"):
            Trace.load(_saved(tmp_path / "run.npz", **changed))

    def test_a_missing_file_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"none.npz'; there is no such file; save one first"):
            Trace.load(tmp_path / "none.npz")

    @pytest.mark.parametrize("path", [None, 3, "", Path("/")])
    def test_no_path_at_all(self, path: Any) -> None:
        with pytest.raises(ValueError, match="path is"):
            Trace.load(path)


class TestAMissingName:
    def test_it_says_what_was_recorded(self) -> None:
        with pytest.raises(
            KeyError, match="'bits' was not recorded; this trace holds nothing yet, open, surprise, wei"
        ):
            _trace()["bits"]
        with pytest.raises(KeyError, match="holds nothing"):
            Trace({})["surprise"]
        assert "recall" not in _trace()
        assert 3 not in _trace()
        assert [] not in _trace()
        assert _trace().get("recall") is None

    @pytest.mark.parametrize(
        ("name", "remedy"),
        [
            ("recall", r"probes=\[probes.recall\(keys, values\), …\]"),
            ("memory_norm", r"probes=\[probes.memory_norm, …\]"),
            ("suprise", "did you mean 'surprise'"),
            ("bits", r"add it: trace.merge\(\{'bits': Signal\(values, times\)\}\)"),
        ],
    )
    def test_the_remedy_can_be_followed(self, name: str, remedy: str) -> None:
        with pytest.raises(KeyError, match=remedy):
            _trace()[name]

    def test_a_probe_is_advised_where_there_is_one_and_as_it_is_asked_for(self) -> None:
        assert set(PROBES) == set(probes.__all__) - {"Probe"}
        for name, said in PROBES.items():
            probe = getattr(probes, name)
            if not isinstance(probe, probes.Probe):
                needed = [one for one in inspect.signature(probe).parameters.values() if one.default is one.empty]
                assert said == f"probes.{name}({', '.join(one.name for one in needed)})"
                probe = probe(*(torch.ones(2, 3) for _ in needed))
            else:
                assert said == f"probes.{name}"
            assert probe.name == name


class TestTheDoor:
    ROWS, TIMES = [[1.0], [2.0]], [0, 1]

    @pytest.mark.parametrize("values", [ROWS, tuple(ROWS), np.array(ROWS), torch.tensor(ROWS, requires_grad=True)])
    @pytest.mark.parametrize("times", [TIMES, range(2), [0.0, 1.0], np.arange(2), torch.arange(2)])
    def test_what_is_unambiguous_is_taken(self, values: Any, times: Any) -> None:
        for signal in (Signal(values, times), (values, times), (values, times, "")):
            found = Trace({"a": signal})["a"]
            np.testing.assert_array_equal(found.values, self.ROWS)
            np.testing.assert_array_equal(found.times, self.TIMES)
            assert (type(found.values), found.times.dtype.kind, found.unit) == (np.ndarray, "i", "")

    def test_tokens_and_marks_may_be_lists_of_plain_tuples(self) -> None:
        trace = Trace({}, [("a", 0, 1)], [(3, "written")])
        assert (trace.tokens, trace.marks) == ((Token("a", 0, 1),), (Mark(3, "written"),))
        assert trace.merge(marks=[Mark(1, "written")]).marks[0].time == 1

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"signals": [1]}, r"signals is \[1\]; .*give a table"),
            ({"signals": None}, "signals is None"),
            ({"signals": {3: Signal(ROWS, TIMES)}}, "name of a signal is 3"),
            ({"signals": {"a": ROWS}}, r"signal 'a' is .*; expected Signal\(values, times\)"),
            ({"signals": {"a": Signal}}, "signal 'a' is the class Signal"),
            ({"signals": {"a": Signal(3.0, TIMES)}}, "values of signal 'a'"),
            ({"signals": {"a": Signal([["x"], ["y"]], TIMES)}}, "values of signal 'a' .*numbers"),
            ({"signals": {"a": Signal([[1], [1, 2]], TIMES)}}, "values of signal 'a'"),
            ({"signals": {"a": Signal(np.ones((2, 1), complex), TIMES)}}, "values of signal 'a'"),
            ({"signals": {"a": Signal(ROWS, [0, 1, 2])}}, "has 2 rows and 3 times; give one time per row"),
            ({"signals": {"a": Signal(ROWS, 0)}}, "times of signal 'a'"),
            ({"signals": {"a": Signal(ROWS, [1, 0])}}, "times of signal 'a' fall: 1 then 0; .*sort the rows"),
            ({"signals": {"a": Signal(ROWS, [0, 0.5])}}, "times of signal 'a' .* whole numbers"),
            ({"signals": {"a": Signal(ROWS, [0, float("nan")])}}, "times of signal 'a'"),
            ({"signals": {"a": Signal(ROWS, [False, True])}}, "times of signal 'a' .* whole numbers"),
            ({"signals": {"a": Signal(ROWS, TIMES, 3)}}, "unit of signal 'a' is 3"),
            ({"tokens": "abc"}, "tokens is 'abc'; .*brackets"),
            ({"tokens": ["abc"]}, r"tokens\[0\] is 'abc'; expected Token"),
            ({"tokens": Token("a", 0, 1)}, r"^tokens is a Token; .*put it in brackets"),
            ({"tokens": [Token("a", 2, 1)]}, r"stop of tokens\[0\] is 1; .*at least 2"),
            ({"tokens": [Token("a", -1, 1)]}, r"start of tokens\[0\] is -1"),
            ({"tokens": [Token(3, 0, 1)]}, r"text of tokens\[0\] is 3"),
            ({"tokens": [Mark(0, "a", "b")]}, r"tokens\[0\] is a Mark"),
            ({"tokens": 3}, "tokens is 3"),
            ({"marks": Mark(0, "a")}, r"^marks is a Mark; .*put it in brackets"),
            ({"marks": [Mark(0.5, "a")]}, r"time of marks\[0\] is 0.5"),
            ({"marks": [Mark(0, 3)]}, r"kind of marks\[0\] is 3"),
            ({"marks": [0]}, r"marks\[0\] is 0"),
        ],
    )
    def test_the_rest_is_refused_in_words(self, given: dict[str, Any], said: str) -> None:
        with pytest.raises(ValueError, match=said):
            Trace(**({"signals": {}} | given))

    def test_a_table_is_copied(self) -> None:
        signals = {"a": Signal(self.ROWS, self.TIMES)}
        trace = Trace(signals)
        signals.clear()
        assert "a" in trace


@pytest.mark.any_shape
def test_rows_and_times_must_pair_up() -> None:
    with pytest.raises(ValueError, match="signal 'surprise' has 3 rows and 2 times; give one time per row"):
        Trace({"surprise": Signal(np.zeros((3, 1)), np.arange(2))})
    with pytest.raises(ValueError, match="has 1 rows and 5 times"):
        _trace().merge({"late": Signal(np.zeros((1, 1)), np.arange(5))})


def test_merge_adds_replaces_and_leaves_the_old_trace_alone() -> None:
    trace = _trace()
    bits, less = Signal(np.ones((5, 1)), np.arange(5), "bits"), Signal(np.zeros((1, 1)), np.arange(1))
    merged = trace.merge({"frozen": bits, "surprise": less}, marks=(Mark(2, "written"), Mark(0, "written")))
    assert list(merged) == [*trace, "frozen"]
    assert merged["frozen"] is bits
    assert merged["surprise"] is less
    assert [mark.time for mark in merged.marks] == [0, 1, 2, 3]
    assert merged.tokens == trace.tokens
    assert len(trace.marks) == 2
    assert len(trace["surprise"].times) == 5
    assert trace.merge(tokens=()).tokens == ()
    assert [mark.time for mark in merged.marked("written")] == [0, 2]
    assert merged.marked("unheard of") == ()
