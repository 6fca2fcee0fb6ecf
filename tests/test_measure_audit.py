"""The audit: every leak planted in a small reader that counts, each found and named; honest readers cleared."""

# What a type checker would refuse is given on purpose.
# pyright: reportArgumentType=false
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz import measure, outer
from nlviz.measure import audit
from nlviz.streams import Source

TEXT = b"def read(self):\n    return self.text\n\ndef write(self, text):\n    self.text = text\n"
STATE, BATCH, FUTURE, OVER, FIRST = (
    "state across texts",
    "batch mixing",
    "future byte",
    "over time",
    "score after write",
)


class Counting:
    """p(byte) = (how often it was written + 1) / (all written + 256), in every row: score, then write.

    A leak is one step taken at another time or place.
    """

    def __init__(self, leak: str = "", chunk: int = 1) -> None:
        self.leak, self.chunk = leak, chunk
        self.kept = np.ones(256)

    def __call__(self, text: Tensor) -> Tensor:
        rows = text.numpy()
        if self.leak == "mixed":
            return torch.tensor(self.mixed(rows))
        if self.leak == "from row to row":
            self.kept = np.ones(256)
        return torch.tensor(np.stack([self.row(row) for row in rows]) if len(rows) else np.zeros(rows.shape))

    def row(self, row: np.ndarray) -> np.ndarray:
        counts = self.kept if self.leak in ("kept", "from row to row") else np.ones(256)
        if self.leak == "fit":
            np.add.at(counts, row, 1)
        bits = np.zeros(len(row))
        for start in range(0, len(row), self.chunk):
            some = row[start : start + self.chunk]
            if self.leak == "first":
                np.add.at(counts, some, 1)
            for place, byte in enumerate(some, start):
                bits[place] = -np.log2(self.told(counts / counts.sum(), row[place + 1 :])[byte])
            if self.leak not in ("first", "fit"):
                np.add.at(counts, some, 1)
        if self.leak == "mean":
            bits = bits * 8 / bits.mean() if len(bits) else bits
        return bits * len(row) / 100 if self.leak == "length" else bits

    def told(self, p: np.ndarray, later: np.ndarray) -> np.ndarray:
        """Half of the probability to the byte that comes next after this one."""
        if self.leak != "future" or not len(later):
            return p
        p = p / 2
        p[later[0]] += 0.5
        return p

    def mixed(self, rows: np.ndarray) -> np.ndarray:
        counts, bits = np.ones(256), np.zeros(rows.shape)
        for time in range(rows.shape[1]):
            bits[:, time] = -np.log2((counts / counts.sum())[rows[:, time]])
            np.add.at(counts, rows[:, time], 1)
        return bits


PLANTED: list[tuple[Callable[[Tensor], Any], set[str]]] = [
    (Counting("future"), {FUTURE}),
    (Counting("first"), {FIRST}),
    # later bytes of the chunk count for earlier ones too: both are true of it
    (Counting("first", 16), {FIRST, FUTURE}),
    (Counting("mixed"), {BATCH}),
    (Counting("kept"), {STATE}),
    (Counting("from row to row"), {STATE}),
    (Counting("mean"), {OVER}),
    (Counting("length"), {OVER}),
    (Counting("fit"), {OVER}),
    (lambda text: 8 + torch.rand(text.shape, generator=CHANCE), {STATE}),
]
CHANCE = torch.Generator().manual_seed(0)
NAMES = ["future", "first", "chunk", "mixed", "kept", "row to row", "mean", "length", "fit", "dropout"]


@pytest.mark.parametrize(("reader", "named"), PLANTED, ids=NAMES)
def test_a_planted_leak_is_found_and_named(reader: Callable[[Tensor], Any], named: set[str]) -> None:
    found = audit(reader, TEXT)
    assert set(found.leaks) == named
    assert not found.clean
    for check in found.checks:
        assert check.name in (STATE, BATCH, FUTURE, OVER, FIRST)
        if check.found:
            assert check.position is not None
            assert check.size > 1e-3


@pytest.mark.parametrize("chunk", [1, 16])
def test_a_reader_that_scores_first_is_cleared(chunk: int) -> None:
    found = audit(Counting(chunk=chunk), TEXT)
    assert found.clean
    assert [check.name for check in found.checks] == [STATE, BATCH, FUTURE, OVER, FIRST]
    assert all(check.size < 1e-9 for check in found.checks)
    assert str(found).count("✓") == 5


def test_position_and_size_of_a_byte_seen_too_early() -> None:
    reader = Counting("future")
    found = audit(reader, TEXT, positions=[30], sums=[5])
    future = found.checks[2]
    # byte 29 was scored with half of the probability given to byte 30, which is another now
    whole, other = reader.row(np.frombuffer(TEXT, np.uint8)), bytearray(TEXT)
    other[30] ^= 0x95
    moved = abs(reader.row(np.frombuffer(bytes(other), np.uint8))[29] - whole[29])
    # cutting the text off at 30 tells byte 29 nothing of what comes, which may be more
    cut = abs(reader.row(np.frombuffer(TEXT[:30], np.uint8))[29] - whole[29])
    assert future.position == 29
    assert future.size == pytest.approx(max(moved, cut))
    assert "byte 29" in future.said


def test_position_and_size_of_a_byte_written_first() -> None:
    # p(b) = (count + 1 + 1)/(n + 257): of 256 values Σ = (n + 256 + 256)/(n + 257)
    found = audit(Counting("first"), TEXT, sums=[20]).checks[4]
    assert found.position == 20
    assert found.size == pytest.approx((20 + 512) / (20 + 257) - 1)


def test_a_leak_elsewhere_needs_its_place_tried() -> None:
    def once(text: Tensor) -> Tensor:
        bits = torch.full(text.shape, 8.0)
        bits[:, 40:41] -= text[:, 50:51] / 256.0 if text.shape[1] > 50 else 0.0
        return bits

    assert audit(once, TEXT, positions=range(1, len(TEXT))).leaks == (FUTURE,)
    assert audit(once, TEXT, positions=[20, 60]).clean


def test_what_is_no_distribution_is_said() -> None:
    found = audit(lambda text: torch.full(text.shape, 9.0), TEXT).checks[4]
    assert found.found
    assert found.size == pytest.approx(0.5)
    assert "no probabilities" in found.said


def test_the_reader_may_spoil_what_it_is_handed() -> None:
    def spoils(text: Tensor) -> Tensor:
        text.zero_()
        return torch.full(text.shape, 8.0)

    assert audit(spoils, TEXT).clean


def test_the_text_may_be_a_source_bytes_or_numbers() -> None:
    text = TEXT[:12]
    numbers = np.frombuffer(text, np.uint8)
    every = [text, bytearray(text), numbers, numbers.tolist(), torch.tensor(numbers), Source(numbers, (), ())]
    found = [audit(Counting(), one, sums=[4]) for one in every]
    assert all(one == found[0] for one in found)


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        (lambda text: None, "what the reader gave is 'no numbers'; expected −log₂ p of every byte"),
        (lambda text: torch.zeros(len(text)), r"the shape of what the reader gave is \[1\]; expected \[1, 82\]"),
        (
            lambda text: torch.full(text.shape, torch.nan),
            "the score of byte 0 in row 0 is nan; expected a finite number",
        ),
        (lambda text: torch.full(text.shape, torch.inf), "is inf; .* give every byte some probability"),
        (lambda text: torch.full(text.shape, -8.0), "is -8.0; expected at least 0 bits; give −log₂ p, not log₂ p"),
    ],
)
def test_what_are_no_scores_is_refused(reader: Callable[[Tensor], Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        audit(reader, TEXT)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"text": b"short"}, "the length of the text is 5; expected at least 8 bytes"),
        ({"text": "a text"}, "use text.encode()"),
        ({"positions": [0]}, r"positions\[0\] is 0; expected a whole number of bytes before it, at least 1"),
        ({"sums": [100]}, r"sums\[0\] is 100; expected .* at most 81"),
        ({"tolerance": 0}, "tolerance is 0; expected a finite number above 0"),
        ({"reader": "mine"}, "reader is 'mine'; expected a function"),
    ],
)
def test_bad_input_is_refused(how: dict[str, Any], said: str) -> None:
    given = {"reader": Counting(), "text": TEXT} | how
    with pytest.raises(ValueError, match=said):
        audit(**given)


@torch.no_grad()
def test_keys_normalised_over_time_are_found_in_the_shipped_reader() -> None:
    model = outer.ByteModel.load()

    def bits(text: Tensor, normalised: bool) -> Tensor:
        keys = model.keys(text)
        if normalised and text.shape[1]:
            keys = keys - keys.mean(1, keepdim=True)
        logits = keys @ model.head_weights().mT
        return -logits.log_softmax(-1).gather(-1, text.long()[..., None])[..., 0] / np.log(2)

    assert audit(lambda text: bits(text, True), TEXT[:40], sums=[9]).leaks == (OVER,)
    assert audit(lambda text: bits(text, False), TEXT[:40], sums=[9]).clean


def test_the_leaks_have_these_names() -> None:
    assert measure.audit(Counting(), TEXT).leaks == ()
