"""The exercises of notebook 02: a check says what a stub lacks, names the usual slips, passes the printed solution."""

from __future__ import annotations

import pytest

from .exercises import Exercises

BOOK = Exercises("02_fast_weights.ipynb")


def test_every_stub_is_told_what_it_lacks() -> None:
    said = BOOK.said()
    assert len(said) == 4
    assert all(line.startswith("✗") and "usual slips" not in line for line in said)


def test_the_printed_solutions_pass() -> None:
    said = BOOK.said(BOOK.solutions)
    assert [line.split()[:2] for line in said] == [["✓", name] for name in ("write", "read", "crosstalk", "attend")]


@pytest.mark.parametrize(
    ("slip", "diagnosis"),
    [
        ("write = lambda M, k, v, lr: lr * torch.outer(v, k)", "write drops the old M"),
        ("write = lambda M, k, v, lr: M + lr * torch.outer(k, v)", "write adds k vᵀ"),
        ("write = lambda M, k, v, lr: M + torch.outer(v, k)", "write ignores inner_lr"),
        ("read = lambda M, k: k @ M", "read asks Mᵀ"),
        ("crosstalk = lambda keys: (keys @ keys.T).square().sum(-1)", "crosstalk counts j = i"),
        ("crosstalk = lambda keys: (keys @ keys.T).sum(-1) - 1", "crosstalk forgets to square"),
        ("attend = lambda queries, keys, values: queries @ keys.T @ values", "attend looks into the future"),
        ("write = lambda M, k, v, lr: 2 * M", "none of the usual slips"),
    ],
)
def test_a_usual_slip_gets_one_diagnosis(slip: str, diagnosis: str) -> None:
    wrong = [line for line in BOOK.said(f"{BOOK.solutions}\n{slip}") if line.startswith("✗")]
    assert len(wrong) == 1
    assert diagnosis in wrong[0]
