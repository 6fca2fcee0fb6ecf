"""Two loops: a line of one's own is read again, and what the inner loop was worth is what `read` measures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from showing import of, shown

from nlviz import labs, views
from nlviz.experiments import read
from nlviz.outer import ByteModel

LINE = "Grüße aus Wien."


def test_it_opens_where_the_line_comes_the_second_time_and_writing_pays() -> None:
    lab = labs.two_loops()
    line = len(b"My cat is called Mimi Schmidt.\n")
    assert lab.figure is not None
    moving = views.frames(lab.figure)
    assert moving is not None
    assert moving["labels"][moving["start"]].startswith("reading 2, byte 4")
    gain = of(lab, "frozen_bits") - of(lab, "bits")
    assert gain[:line].mean() < 0.3
    assert gain[line:].mean() > 1.0


def test_the_numbers_are_those_of_reading_the_same_bytes() -> None:
    lab = labs.two_loops(LINE, knobs={"times": 3, "inner_lr": 0.7})
    trace = read(ByteModel.load(), f"{LINE}\n".encode() * 3, inner_lr=0.7, period=1).trace
    for name in ("bits", "frozen_bits", "drift_norm"):
        np.testing.assert_array_equal(shown(lab)[name].values, trace[name].values)


def test_without_an_inner_loop_nothing_moves_and_every_reading_costs_the_same() -> None:
    lab = labs.two_loops(preset="no inner loop")
    np.testing.assert_allclose(of(lab, "bits"), of(lab, "frozen_bits"), atol=1e-5)
    assert not of(lab, "drift_norm").any()
    assert "stands still" in repr(lab)
    assert "fast weights moved by 0.0" in lab.summary


def test_each_reading_is_a_kind_and_every_byte_belongs_to_one_letter() -> None:
    tokens = shown(labs.two_loops(LINE, knobs={"times": 2})).tokens
    assert [token.kind for token in tokens] == ["reading 1"] * 16 + ["reading 2"] * 16
    assert "".join(token.text for token in tokens) == f"{LINE}\n" * 2
    ends = [token.stop for token in tokens]
    assert [token.start for token in tokens] == [0, *ends[:-1]]
    assert ends[-1] == len(f"{LINE}\n".encode()) * 2


def test_what_the_outer_loop_did_stands_in_the_note_of_the_weights() -> None:
    assert shown(labs.two_loops()).noted("trained") == ("4,500 rounds over 9,089,795 bytes of Python",)
    assert "--steps 4500 " in ByteModel.note()["command"]


def test_a_preset_leaves_the_line_that_was_typed() -> None:
    lab = labs.two_loops()
    lab.set(line=LINE)
    assert "".join(token.text for token in shown(lab).tokens) == f"{LINE}\n" * 2
    assert all(set(knobs) == {"times", "inner_lr"} for knobs in lab.form["presets"].values())
    assert lab.form["start"]["line"] == "My cat is called Mimi Schmidt.", "reset brings the first one back"


@pytest.mark.parametrize("line", ["a", "two  blanks\nand a line's end", "漢字", "x" * 200])
def test_any_short_line_is_read(line: str) -> None:
    lab = labs.two_loops(line)
    assert lab.problem is None
    assert labs.from_state(lab.state()).summary == lab.summary


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "line is ''; expected a line of 1 to 200 bytes; this one has 0"),
        (" \n", "this one has 0"),
        ("é" * 101, "this one has 202"),
        (b"bytes", "line is b'bytes'; expected a text"),
        (None, "line is None; expected a text"),
    ],
)
def test_what_is_no_line_is_refused(line: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        labs.two_loops(line)


LINES = (
    "My grandmother Ottilie keeps 17 bees.",
    "Wer reitet so spät durch Nacht und Wind?",
    "for owl in barn: feed(owl, mice=3)",
    "The train to Zagreb leaves at 19:42 from platform 6.",
    "tiger, tiger, burning bright",
)


@pytest.mark.parametrize("line", LINES)
def test_whatever_the_line_each_reading_is_cheaper_and_frozen_none_is(line: str) -> None:
    """What notebook 00 says of the reader's own line."""
    lab = labs.two_loops(line, preset="four times")
    size = len(f"{line}\n".encode())
    bits, frozen = (of(lab, name).reshape(4, size).mean(1) for name in ("bits", "frozen_bits"))
    assert (np.diff(bits) < -0.1).all()
    assert bits[1] < frozen[1] - 0.4
    assert abs(frozen[1] / frozen[0] - 1) < 0.25
