"""Trace: what goes in comes out, from memory and from a file, and a missing name says what to do."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from nlviz.trace import Mark, Signal, Token, Trace


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
    trace = Trace({}, (Token("x", np.int64(1), np.int64(2)),), (Mark(np.int64(3), "written"),))  # pyright: ignore[reportArgumentType]
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


def test_objects_are_not_saved_by_pickle_on_the_way(tmp_path: Path) -> None:
    odd = Trace({"odd": Signal(np.array([{"a": 1}, None]), np.arange(2))})
    with pytest.raises(ValueError, match="allow_pickle"):
        odd.save(tmp_path / "run.npz")


class TestWhatIsNoTrace:
    def test_another_archive(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "other.npz", weights=np.zeros(3))
        with pytest.raises(ValueError, match=r"other.npz is no saved trace \(it holds weights\); use Trace.save"):
            Trace.load(tmp_path / "other.npz")

    def test_a_bare_array(self, tmp_path: Path) -> None:
        np.save(tmp_path / "other.npy", np.zeros(3))
        with pytest.raises(ValueError, match=r"other.npy is no saved trace"):
            Trace.load(tmp_path / "other.npy")

    @pytest.mark.parametrize("content", [b"", b"import os", b"PK\x03\x04 cut short"])
    def test_anything_else(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(ValueError, match=r"other is no saved trace"):
            Trace.load(tmp_path / "other")

    def test_a_missing_file_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            Trace.load(tmp_path / "none.npz")


def test_a_missing_name_says_what_was_recorded_and_what_to_ask_for() -> None:
    with pytest.raises(KeyError) as caught:
        _trace()["recall"]
    message = str(caught.value)
    assert "'recall' was not recorded" in message
    assert "nothing yet, open, surprise, weights, written" in message
    assert "probes=[probes.recall" in message
    with pytest.raises(KeyError, match="holds nothing"):
        Trace({})["surprise"]
    assert "recall" not in _trace()
    assert _trace().get("recall") is None


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
