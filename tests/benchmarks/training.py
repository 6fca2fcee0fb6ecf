"""What the trained benchmarks share: one way to train, and figures read from a page; more is in `sweeping`."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from nlviz.outer import Task, train

from .sweeping import MARKS, put_table, standing

__all__ = ["Figure", "figure", "learn", "mean_and_spread", "put_table", "standing", "tables"]


def learn(model: nn.Module, task: Task, *, steps: int, batch: int, lr: float, seed: int) -> list[float]:
    """Train by AdamW with clip 1: twenty steps up to `lr`, then straight down to zero. The loss before every step."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 20) * (1 - step / steps))
    losses = []
    for report in train(model, task, steps=steps, optimizer=optimizer, batch=batch, seed=seed, clip=1.0):
        schedule.step()
        losses.append(report.loss)
    return losses


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
