"""What the prose says of reading real source code with fast weights. Run with -s to see the figures."""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.experiments import known, read
from nlviz.inner import unroll
from nlviz.labs.surprise import _Rereader
from nlviz.memory import DeepMemory, Gates, Pairs, SurpriseGate, bits
from nlviz.outer import ByteModel
from nlviz.outer.tasks.source_code import NOT_TRAINED_ON
from nlviz.streams import Source, code
from nlviz.trace import Trace

from .holding import Claims
from .seeds import SEEDS

pytestmark = pytest.mark.claim

LENGTH = 60_000
SHORT, THRESHOLDS = 20_000, (1.0, 4.0)
"""Bytes, and bits, for gates beside dice."""
PERIOD = 16
"""Bytes that see the same fast weights, as `read` has it."""
INSTALLED = ("nbformat", "anywidget")  # by pip; no setting was chosen by looking at them
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\w+) \| ([\d.]+) \| \*\*([\d.]+)\*\* \(([\d.]+).*?\) \| ([\d.]+), (\d+) %", re.MULTILINE)
same_python = pytest.mark.skipif(
    platform.python_version() != ByteModel.note()["python"],
    reason="another Python has another text of email, and so other second digits; the bounds above hold for any",
)


@lru_cache(maxsize=1)
def reader_of(package: str) -> tuple[ByteModel, Source]:
    """A text and who reads it, keys remembered: behind a gate the same text is read again."""
    reader = _Rereader.load()
    reader.remembered = 2**28  # the whole text, which takes 60 MB
    return reader, code(package, limit=LENGTH)


@cache
def trace_of(package: str, threshold: float | None = None) -> Trace:
    """One reading, for all that is said of it: its first 4,000 bytes are asked for again and again on the way."""
    model, text = reader_of(package)
    return read(model, text, threshold=threshold, probes=[known(model, text.bytes[:4_000], every=250)]).trace


def mean(trace: Trace, name: str, part: slice = slice(None)) -> float:
    return float(trace[name].values[part, 0].mean())


def report(package: str, trace: Trace) -> None:
    fast, frozen, written = (mean(trace, name) for name in ("bits", "frozen_bits", "written"))
    print(f"\n{package}: frozen {frozen:.3f}, fast weights {fast:.3f} ({fast / frozen:.3f}), {written:.1%} written")


def test_email_was_never_trained_on_and_is_long_enough() -> None:
    assert "email" in NOT_TRAINED_ON
    assert "email" in ByteModel.note()["not_trained_on"].split()
    assert len(trace_of("email")["bits"].values) == LENGTH


def test_fast_weights_read_email_in_at_most_85_percent_of_the_bits() -> None:
    trace = trace_of("email")
    report("email", trace)
    # measured here: 1.49 against 2.04
    assert mean(trace, "bits") <= 0.85 * mean(trace, "frozen_bits")


def test_the_advantage_grows_from_the_first_third_to_the_last() -> None:
    trace = trace_of("email")
    third = LENGTH // 3
    first, last = (
        mean(trace, "frozen_bits", part) - mean(trace, "bits", part) for part in (slice(third), slice(-third, None))
    )
    print(f"\nbits per byte gained: first third {first:.3f}, last third {last:.3f}")
    # measured here: 0.31 and 0.85
    assert last > 1.3 * first > 0


def test_writing_only_surprising_bytes_keeps_most_of_the_advantage_for_a_third_of_the_writes() -> None:
    every, gated = trace_of("email"), trace_of("email", threshold=2.0)
    report("email, bytes above 2 bits", gated)
    frozen = mean(every, "frozen_bits")
    kept = (frozen - mean(gated, "bits")) / (frozen - mean(every, "bits"))
    print(f"share of the advantage kept: {kept:.2f}")
    # measured here: 28 % written, 70 % kept
    assert mean(gated, "written") < 0.35
    assert kept > 0.6
    assert mean(gated, "bits") <= 0.87 * frozen


@pytest.mark.parametrize("package", INSTALLED)
def test_the_same_settings_serve_packages_installed_by_pip(package: str) -> None:
    trace, gated = trace_of(package), trace_of(package, threshold=2.0)
    report(package, trace)
    report(f"{package}, bytes above 2 bits", gated)
    # measured here: 0.77 and 0.81, gated 0.84 and 0.87
    assert mean(trace, "bits") <= 0.85 * mean(trace, "frozen_bits")
    assert mean(gated, "bits") <= 0.92 * mean(trace, "frozen_bits")


@cache
@torch.no_grad()
def told(package: str, length: int) -> tuple[Tensor, Tensor]:
    """The bytes of a text [1, time] and their keys, for all who read it."""
    text = torch.tensor(code(package, limit=length).bytes)[None]
    return text, ByteModel.load().keys(text)


@torch.no_grad()
def beside(package: str, rates: np.ndarray, memory: DeepMemory | SurpriseGate) -> tuple[np.ndarray, Any]:
    """Read with these rates [readers, time], all readers beside each other: bits per byte [readers], and the state."""
    (text, keys), readers = told(package, rates.shape[1]), len(rates)
    at, lost = None, []
    for piece in torch.arange(len(text[0])).split(64 * PERIOD):
        values = F.one_hot(text[:, piece].long(), 256).float().expand(readers, -1, -1)
        pairs = Pairs(keys[:, piece].expand(readers, -1, -1), values)
        gates = Gates.constant(pairs)._replace(inner_lr=torch.tensor(rates[:, piece]).float())
        at, logits, _ = unroll(memory, pairs, gates, state=at, period=PERIOD, read_first=True)
        lost.append(-(logits.log_softmax(-1) * values).sum(-1))
    return torch.cat(lost, 1).mean(1).numpy() / np.log(2), at


def costs(package: str, rates: np.ndarray) -> np.ndarray:
    """Bits per byte of reading with these rates [readers, time]: [readers]."""
    return beside(package, rates, ByteModel.load().memory())[0]


def behind_gates(package: str, thresholds: Sequence[float], length: int) -> tuple[np.ndarray, np.ndarray]:
    """Bits per byte behind each of these gates, and how many bytes it let through: [thresholds] each."""
    gate = SurpriseGate(ByteModel.load().memory(), torch.tensor(thresholds)[:, None], metric=bits)
    paid, state = beside(package, np.ones((len(thresholds), length)), gate)
    return paid, state.written.numpy()


def test_readers_beside_each_other_read_as_one_alone() -> None:
    rates = np.stack([np.ones(2_000), np.arange(2_000) % 2, np.zeros(2_000)])
    alone = [read(ByteModel.load(), code("email", limit=2_000), inner_lr=rate).trace for rate in rates]
    np.testing.assert_allclose(costs("email", rates), [mean(trace, "bits") for trace in alone], rtol=1e-4)


def test_gates_beside_each_other_read_as_one_alone() -> None:
    alone = [read(ByteModel.load(), code("email", limit=2_000), threshold=level).trace for level in THRESHOLDS]
    paid, written = behind_gates("email", THRESHOLDS, 2_000)
    np.testing.assert_allclose(paid, [mean(trace, "bits") for trace in alone], rtol=1e-4)
    np.testing.assert_array_equal(written, [trace["written"].values.sum() for trace in alone])


@cache
def by_dice(package: str) -> dict[float, tuple[float, tuple[float, ...]]]:
    """By threshold: bits per byte of a gate, and of as many writes at bytes drawn at random, one figure per seed."""
    paid, written = behind_gates(package, THRESHOLDS, SHORT)
    found = {}
    for threshold, own, count in zip(THRESHOLDS, paid, written, strict=True):
        rates = np.zeros((len(SEEDS), SHORT))
        for seed, row in zip(SEEDS, rates, strict=True):
            row[np.random.default_rng(seed).choice(SHORT, int(count), replace=False)] = 1.0
        found[threshold] = float(own), tuple(costs(package, rates))
    return found


@pytest.mark.parametrize("package", ["email", "json", "logging", "plotly"])
def test_choosing_by_surprise_pays_at_a_low_threshold(claims: Claims, package: str) -> None:
    own, drawn = by_dice(package)[1.0]
    claims.more(drawn, own, f"{package}: dice cost more than a gate at 1 bit", share=1)


def test_at_four_bits_it_loses_or_ties(claims: Claims) -> None:
    """email and logging: worse than dice; json and plotly: within a hundredth of a bit or two."""
    # A guess at why, not measured: always skipping what was well predicted teaches the memory that rare bytes are
    # common; the higher the threshold, the more.
    for package in ("email", "logging"):
        own, drawn = by_dice(package)[4.0]
        claims.more(own, drawn, f"{package}: a gate at 4 bits costs more than dice", share=1)
    for package in ("json", "plotly"):
        own, drawn = by_dice(package)[4.0]
        claims.more(0.03, np.abs(np.subtract(own, drawn)), f"{package}: at 4 bits a tie", share=0.8)


def test_what_was_read_first_is_forgotten_and_ends_worse_known_than_frozen() -> None:
    # The price of the advantage: one matrix, no protection. What was read last overwrites what was read first.
    trace = trace_of("email")
    curve, frozen = trace["known"].values[:, 0], mean(trace, "frozen_bits", slice(4_000))
    print(f"\nfirst 4,000 bytes: frozen {frozen:.2f}, just read {curve[0]:.2f}, at the end {curve[-1]:.2f}")
    assert trace["known"].times[0] == 3_999
    # measured here: 2.09 frozen, 1.66 just read, 2.64 after the other 56,000 bytes
    assert curve[0] < 0.85 * frozen
    assert curve[-1] > 1.1 * frozen


@pytest.mark.parametrize(("package", "worse"), [("plotly", True), ("logging", False)])
def test_whether_it_ends_worse_known_than_frozen_depends_on_the_text(package: str, worse: bool) -> None:
    """Bits per byte of the first 4,000, mean of the looks in the last quarter: they differ by .2 from look to look."""
    trace = trace_of(package)
    curve, frozen = trace["known"].values[:, 0], mean(trace, "frozen_bits", slice(4_000))
    late = curve[-len(curve) // 4 :].mean()
    print(f"\n{package}: frozen {frozen:.2f}, just read {curve[0]:.2f}, late {late:.2f}, at the end {curve[-1]:.2f}")
    assert late > curve[0]
    assert (late > frozen + 0.05) == worse


@same_python
def test_the_readme_says_what_is_measured() -> None:
    rows = ROW.findall(README)
    assert [row[0] for row in rows] == ["email", *INSTALLED]
    for package, *figures in rows:
        every, gated = trace_of(package), trace_of(package, threshold=2.0)
        frozen, fast = mean(every, "frozen_bits"), mean(every, "bits")
        measured = [frozen, fast, fast / frozen, mean(gated, "bits"), 100 * mean(gated, "written")]
        np.testing.assert_allclose([float(figure) for figure in figures], measured, rtol=0.01, atol=0.006)
    said = re.search(r"take ([\d.]+) bits each, against ([\d.]+) frozen", README)
    assert said
    trace = trace_of("email")
    measured = [trace["known"].values[-1, 0], mean(trace, "frozen_bits", slice(4_000))]
    np.testing.assert_allclose([float(figure) for figure in said.groups()], measured, atol=0.01)
