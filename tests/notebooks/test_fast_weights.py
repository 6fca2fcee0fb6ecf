"""The exercises of notebook 02: a check says what a stub lacks, names the usual slips, passes the printed solution."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02_fast_weights.ipynb"
SOLUTION = re.compile(r"<summary>Solution</summary>\s*```python\n(.*?)```", re.DOTALL)


@pytest.fixture(autouse=True)
def denormals() -> Iterator[None]:
    """`setup` flushes them for the whole process, and hypothesis refuses to draw numbers after that."""
    yield
    torch.set_flush_denormal(False)


@pytest.fixture(scope="module")
def cells() -> list[Any]:
    book: Any = nbformat.read(NOTEBOOK, as_version=4)
    return book.cells


@pytest.fixture(scope="module")
def solutions(cells: list[Any]) -> str:
    return "\n".join(SOLUTION.findall("\n".join(cell.source for cell in cells)))


def checked(cells: list[Any], answers: str) -> list[str]:
    """What the checks print where the student has written these answers over the stubs."""
    space: dict[str, Any] = {}
    first = next(cell for cell in cells if cell.cell_type == "code")
    with contextlib.redirect_stdout(io.StringIO()):
        exec(first.source, space)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for cell in cells:
            if "exercise" in cell.metadata.get("tags", []):
                exec(f"{cell.source}\n{answers}", space)
            elif "check" in cell.metadata.get("tags", []):
                exec(cell.source, space)
    return printed.getvalue().splitlines()


def test_every_stub_is_told_what_it_lacks(cells: list[Any]) -> None:
    said = checked(cells, "")
    assert len(said) == 4
    assert all(line.startswith("✗") and "usual slips" not in line for line in said)


def test_the_printed_solutions_pass(cells: list[Any], solutions: str) -> None:
    said = checked(cells, solutions)
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
def test_a_usual_slip_gets_one_diagnosis(cells: list[Any], solutions: str, slip: str, diagnosis: str) -> None:
    wrong = [line for line in checked(cells, f"{solutions}\n{slip}") if line.startswith("✗")]
    assert len(wrong) == 1
    assert diagnosis in wrong[0]
