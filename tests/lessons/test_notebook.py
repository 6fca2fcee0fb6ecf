"""A lesson run by nobody, as CI does: the same text every time, nothing recorded, nothing given away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

CELLS = (
    "from nlviz.lessons import check, glossary, hint, predict, solution",
    "predict('02.1')",
    "def write(M, k, v, inner_lr):\n    return M",
    "check('02.1', write)",
    "hint('02.1')",
    "solution('02.1')",
    "predict('02.1').reveal(52)",
    "predict('02.2').reveal(([0, 199], [0.9, 0.1]))",
    "glossary('fast weights')",
)


def _run() -> list[list[Any]]:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    NotebookClient(book, timeout=120, kernel_name="python3", store_widget_state=False).execute()
    return [[_text(output) for output in cell.outputs] for cell in book.cells]


def _text(output: Any) -> Any:
    """What nbval compares: all but the live widget."""
    data = output.get("data", {})
    return output.get("text") or {kind: data[kind] for kind in data if "widget" not in kind}


def test_a_lesson_run_twice_says_the_same_and_keeps_nothing(own_answers: Path) -> None:
    first = _run()
    assert first == _run()
    said = [str(outputs) for outputs in first]
    assert "Predict 02.1: A 32 × 32 matrix" in said[1]
    assert "✗ write: it leaves M as it was" in said[3]
    assert "Run hint(" in said[4]
    assert "torch.outer" not in said[4] + said[5]
    assert "Measured: 52. You did not predict." in said[6]
    assert "Measured: from 0.90 at age 0 to 0.10 at 199. You did not predict." in said[7]
    for (revealed,) in first[6:8]:
        assert "Measured, and kept out of sight" in revealed["text/html"]
        assert not any(number in revealed["text/html"] for number in ("52", "0.9"))
    assert "Weights that the stream itself rewrites" in said[8]
    assert not own_answers.exists()
