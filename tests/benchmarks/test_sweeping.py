"""A sweep gives the same numbers by one process and by two, and goes on where it was stopped."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from .sweeping import Sweep, standing

ROOT, LAST = Path(__file__).parents[2], 4


def toy(seed: int, door: str = "") -> list[float]:
    """The last waits until somebody has opened the door."""
    while door and seed == LAST and not Path(door).exists():
        time.sleep(0.01)
    return [seed / 7, math.inf] if seed % 2 else [math.sin(seed)]


def swept(notes: str, door: str, jobs: int) -> None:
    Sweep(Path(notes), jobs=jobs)({f"seed {seed}": partial(toy, seed, door) for seed in range(LAST + 1)})


def started(notes: Path, jobs: int) -> subprocess.Popen[str]:
    """A sweep that somebody sits before, with a group of processes of its own: an interruption is told to all of it."""
    door = str(notes.with_name("door"))
    command = [sys.executable, "-c", f"from {__name__} import swept; swept({str(notes)!r}, {door!r}, {jobs})"]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )


def test_two_processes_give_what_one_gives_in_the_same_order(tmp_path: Path) -> None:
    pieces = {f"seed {seed}": partial(toy, seed) for seed in (3, 1, 4, 0)}
    one, two = (Sweep(tmp_path / str(jobs), jobs=jobs)(pieces) for jobs in (1, 2))
    assert one == two
    assert list(one) == list(two) == list(pieces)
    lines = [sorted((tmp_path / jobs).read_text("utf-8").splitlines()) for jobs in "12"]
    assert lines[0] == lines[1]


@pytest.mark.skipif(os.name == "nt", reason="an interruption is told to a group otherwise there")
def test_a_sweep_that_was_interrupted_goes_on(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    run = started(notes, jobs=2)
    while len(standing(notes)) < LAST and run.poll() is None:
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGINT)
    said = run.communicate()
    assert run.returncode, said
    assert sorted(standing(notes)) == [f"seed {seed}" for seed in range(LAST)], said
    (tmp_path / "door").touch()
    again = started(notes, jobs=1)
    said = again.communicate()
    assert again.returncode == 0, said
    assert said[0] == f"seed {LAST}: {toy(LAST)}\n"
    assert len(standing(notes)) == LAST + 1


def test_a_line_that_was_not_written_to_its_end_is_run_again(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.write_text('["seed 1", [5.0]]\n["seed 2", [0.90', encoding="utf-8")
    assert Sweep(notes)({f"seed {seed}": partial(toy, seed) for seed in (1, 2)}) == {"seed 1": [5.0], "seed 2": toy(2)}
    assert [json.loads(line) for line in notes.read_text("utf-8").splitlines()] == [
        ["seed 1", [5.0]],
        ["seed 2", toy(2)],
    ]
    assert Sweep(notes, noted=True)({"seed 1": partial(toy, 1), "seed 3": partial(toy, 3)}) == {"seed 1": [5.0]}
