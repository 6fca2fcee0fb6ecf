"""The notebooks are compared by nbval as anybody has it: no plugin, no marker and no setting of this project.

`make notebooks` runs all of them so, and `make test` one; `test_again.py` compares in all of them what nbval compares.
Here one of them runs in a folder that knows nothing of this repository.
"""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from .books import NOTEBOOKS, RULES


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    """A folder with the rules and the first cells of the first notebook, the lab once more with a word that is another:
    one kernel does for both.
    """
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    shutil.copy(RULES, tmp_path)
    book = nbformat.read(NOTEBOOKS[0], 4)
    # its setup and its first lab
    setup, lab = [cell for cell in book.cells if cell.cell_type == "code"][:2]
    other = copy.deepcopy(lab)
    other.id = "other"
    shown = [output for output in other.outputs if "text/html" in output.get("data", {})]
    assert shown
    for output in shown:
        output.data["text/html"] = output.data["text/html"].replace("Two loops", "Three loops")
    book.cells = [setup, lab, other]
    nbformat.write(book, tmp_path / "few.ipynb")
    return tmp_path


def _nbval(folder: Path, *asked: str) -> str:
    """What pytest says at its end."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *asked]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout


def test_strict_finds_a_word_that_is_another_and_nothing_else(fork: Path) -> None:
    said = _nbval(fork, "--nbval", "--nbval-sanitize-with", RULES.name, "few.ipynb")
    assert "mismatch 'text/html'" in said
    assert "few.ipynb::Cell 2" in said, said
    assert "1 failed, 2 passed" in said, said


def test_lax_runs_every_cell(fork: Path) -> None:
    said = _nbval(fork, "--nbval-lax", "few.ipynb")
    assert "3 passed" in said, said
