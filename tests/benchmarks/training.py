"""What the trained benchmarks share: one way to train, notes of what is done, and a table in a page."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from nlviz.outer import Task, train

__all__ = ["Figure", "figure", "learn", "mean_and_spread", "noted", "put_table", "standing", "tables"]

MARKS = ("<!-- table -->\n", "<!-- end -->\n")


def learn(model: nn.Module, task: Task, *, steps: int, batch: int, lr: float, seed: int) -> list[float]:
    """Train by AdamW with clip 1: twenty steps up to `lr`, then straight down to zero. The loss before every step."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 20) * (1 - step / steps))
    losses = []
    for report in train(model, task, steps=steps, optimizer=optimizer, batch=batch, seed=seed, clip=1.0):
        schedule.step()
        losses.append(report.loss)
    return losses


def noted(notes: Path | None, name: str, run: Callable[[], Any]) -> Any:
    """What `run` gives, from `notes` if it stands there: a benchmark that was stopped goes on where it was.

    notes: a file of one JSON line per run; None keeps none. What is given must be plain numbers and lists.
    """
    done = standing(notes)
    if name not in done:
        done[name] = run()
        print(f"{name}: {done[name]}", flush=True)
        if notes:
            with notes.open("a", encoding="utf-8") as file:
                print(json.dumps([name, done[name]], ensure_ascii=False), file=file)
    return done[name]


def standing(notes: Path | None) -> dict[str, Any]:
    """What stands in the notes by now, by name."""
    lines = notes.read_text(encoding="utf-8").splitlines() if notes and notes.exists() else []
    return dict(json.loads(line) for line in lines)


def mean_and_spread(values: Sequence[float], digits: int = 2, *, sign: str = "") -> str:
    """ "0.93 ± 0.04": the mean, and the standard deviation over the seeds. sign: "+" for a difference."""
    spread = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):{sign}.{digits}f}{spread}"


class Figure(NamedTuple):
    """What `mean_and_spread` wrote, read again. spread: nan for a single seed."""

    mean: float
    spread: float


def figure(cell: str) -> Figure:
    """ "0.93 ± 0.04, 1 diverged" -> Figure(0.93, 0.04)."""
    mean, _, spread = cell.partition(",")[0].partition(" ± ")
    return Figure(float(mean), float(spread or "nan"))


def put_table(page: Path, lines: str) -> None:
    """Replace what stands between a Markdown page's marks, its table or tables; what is said around it stays."""
    first, last = MARKS
    before, _, rest = page.read_text(encoding="utf-8").partition(first)
    page.write_text(f"{before}{first}{lines}\n{last}{rest.partition(last)[2]}", encoding="utf-8")


def tables(page: Path) -> list[list[dict[str, str]]]:
    """The tables between a page's marks: of each its rows, the cells by the heads of their columns."""
    first, last = MARKS
    inside = page.read_text(encoding="utf-8").partition(first)[2].partition(last)[0]
    found: list[list[dict[str, str]]] = []
    for block in inside.split("\n\n"):
        lines = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines() if line[:1] == "|"
        ]
        # the second line is the rule below the heads
        found += [[dict(zip(lines[0], cells, strict=True)) for cells in lines[2:]]] if lines else []
    return found
