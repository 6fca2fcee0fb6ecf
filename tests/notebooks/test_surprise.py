"""The exercises of notebook 04: a check says what a stub lacks, names the usual slips, passes the printed solution."""

from __future__ import annotations

import pytest

from .exercises import Exercises

BOOK = Exercises("04_surprise.ipynb")
SUM = "return -(logits.softmax(-1) * logits.log_softmax(-1)).sum()"


def test_every_stub_is_told_what_it_lacks() -> None:
    said = BOOK.said()
    assert [line[0] for line in said] == ["✗"] * 5
    assert "noise stays above 0.95" in said[-1]


def test_the_printed_solutions_pass() -> None:
    said = BOOK.said(BOOK.solutions)
    assert [line[0] for line in said] == ["✓"] * 5


MOMENTARY = [
    ("momentary = lambda M, k, v: (M @ k - v).norm()", "the length of k counts too"),
    ("momentary = lambda M, k, v: (M @ k - v).square().sum() * k.norm()", "a norm, not a square"),
    ("momentary = lambda M, k, v: 2 * (M @ k - v).norm() * k.norm()", "the ½ takes the 2 away"),
]
BITS = [
    ("bits_of = lambda logits, byte: -logits.log_softmax(-1)[byte]", "that is in nats"),
    ("bits_of = lambda logits, byte: logits.softmax(-1)[byte].log2()", "surprise is positive"),
    ("bits_of = lambda logits, byte: -logits[byte].abs().log2()", "logits are no probabilities"),
]
ENTROPY = [
    ("entropy = lambda logits: -(logits.softmax(-1) * logits.softmax(-1).log2()).mean()", "a sum weighted by p"),
    (f"def entropy(logits):\n    {SUM}", "that is in nats"),
    ("entropy = lambda logits: -logits.softmax(-1).log2().sum()", "weighted by p"),
]
BUDGET = [
    ("threshold_for = lambda bits, budget: np.quantile(bits, budget)", "the budget is the share *above*"),
    ("threshold_for = lambda bits, budget: budget", "a quantile of them"),
    ("threshold_for = lambda bits, budget: budget * bits.max()", "sort the bits"),
]
GATE = [
    ("my_gate = lambda surprise: torch.full_like(surprise, 0.2)", "write in full"),
    ("my_gate = lambda surprise: torch.zeros_like(surprise)", "nothing is written"),
    ("my_gate = lambda surprise: (surprise < 0.95).float()", "nothing is written"),
]


ROUNDS = list(zip(MOMENTARY, BITS, ENTROPY, BUDGET, GATE, strict=True))


@pytest.mark.parametrize("slips", ROUNDS, ids=["first", "second", "third"])
def test_a_usual_slip_gets_its_diagnosis(slips: tuple[tuple[str, str], ...]) -> None:
    """One slip of every exercise at a time: a run reads code, and costs seconds."""
    said = BOOK.said("\n".join(code for code, _ in slips))
    assert len(said) == len(slips)
    for line, (_, diagnosis) in zip(said, slips, strict=True):
        assert line.startswith("✗")
        assert diagnosis in line
