"""The benchmarks that train run in their smallest corner, and go on from their notes; their results are their own."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from runpy import run_module

import pytest

from .training import Figure, figure, mean_and_spread, put_table, tables

ROOT = Path(__file__).parents[2]


# a head and a line for each model; the ablation has a second table, without its first row, the optimizers one a task
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("needle", 1 + 23),
        ("ablation", 1 + 11 + 1 + 10),
        ("ladder", 1 + 6),
        ("optimizers", 3 * (1 + 9)),
        ("budget", 5 + 3 * 6),
        ("prefixes", 13 + 21 + 3 + 3),
        ("languages", 1 + 16),
        ("hope", 1 + 11),
        ("trained_budget", 1 + 2 + 1 + 1),
        ("equal_prediction", 8 + 1 + 1),
    ],
)
@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
def test_the_smallest_corner_runs(
    name: str, rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked, module = ["--quick", "--notes", str(tmp_path / "notes")], f"tests.benchmarks.{name}"
    monkeypatch.setattr(sys, "argv", [name, *asked])
    # as `python -m` does it, here, where torch is loaded already
    run_module(module, run_name="__main__", alter_sys=True)
    said = capsys.readouterr().out
    assert len(re.findall(r"^\| .*\|$", said, re.MULTILINE)) == rows, said
    import_module(module).main()
    again = capsys.readouterr().out
    # everything stood in the notes: only the table is printed, and it is the same
    assert again
    assert said.endswith(again)
    assert ", seed " not in again
    if name == "ladder":
        climbed = re.findall(r"^\| (?:no TTT|TTT equivalence[^|]*|\+ [^|]*) \| ([\d.]+) \|", said, re.MULTILINE)
        assert len(climbed) == 6, said
        # three steps teach the bytes' bare frequencies at best; logits drawn at random cost about a bit above 8
        assert all(4 < float(bits) < 9.5 for bits in climbed)


def test_a_benchmark_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    """As the contributors' page says it."""
    command = [sys.executable, "-m", "tests.benchmarks.trained_budget", "--quick", "--notes", str(tmp_path / "notes")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.rstrip().endswith("|")


def test_a_table_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- table -->\nold\n<!-- end -->\nafter\n", encoding="utf-8")
    put_table(page, "new")
    assert page.read_text(encoding="utf-8") == "before\n<!-- table -->\nnew\n<!-- end -->\nafter\n"


def test_what_stands_between_the_marks_is_read_again(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- table -->\n<!-- end -->\n\n| old |\n|---|\n| 3 |\n", encoding="utf-8")
    put_table(page, "Once:\n\n| a | b |\n|---|---|\n| *x* | 1 |\n| y |  |\n\n| c |\n|---|\n| 2 |")
    assert tables(page) == [[{"a": "*x*", "b": "1"}, {"a": "y", "b": ""}], [{"c": "2"}]]


def test_mean_and_spread() -> None:
    assert mean_and_spread([1.0, 2.0, 3.0]) == "2.00 ± 1.00"
    assert mean_and_spread([0.5], 1) == "0.5"
    assert mean_and_spread([-1.0, 2.0], 1, sign="+") == "+0.5 ± 2.1"
    assert figure("+0.50 ± 2.12, 1 diverged") == Figure(0.5, 2.12)
