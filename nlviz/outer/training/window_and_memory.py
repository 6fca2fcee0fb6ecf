"""How the shipped WindowModel and its twin MemoryModel are made, and what they can do with text they never saw."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Generator

from nlviz.door import words as door
from nlviz.outer.models import memory_model, window_model
from nlviz.outer.models.memory_model import MemoryModel
from nlviz.outer.models.window_model import WindowModel
from nlviz.outer.tasks.facts import ManyFacts, answer_probability, asked_at
from nlviz.outer.tasks.source_code import held_out_texts, training_text
from nlviz.outer.training.shipping import follow, kept, noted, training, warm_then_cosine
from nlviz.outer.training.train import Task, train

__all__ = ["held_out_bits", "held_out_text", "recall", "train_memory", "train_window"]

READ_BYTES = 3_000_000
READ = f"{READ_BYTES} bytes: the first of the standard library, without tests and what is named below"
STEPS = 1300
"""Updates of the slow weights, for both models."""
STAGES = ((64, 32, 506 / STEPS), (256, 8, 500 / STEPS), (64, 32, 294 / STEPS))
"""What both are trained on, in turn: bytes of a stretch, stretches at a time, share of the steps.

Short ones first: with one fact in a long stretch MemoryModel never found out, in as many steps, that writing pays. Long
ones, in which most questions lie beyond WindowModel's window, are for the memory to last; then short ones again.
"""


def held_out_text(limit: int = 40_000) -> np.ndarray:
    """The first bytes of every package that no shipped model was trained on, as `ByteModel` is measured on."""
    return np.concatenate(held_out_texts(limit))


def recall(
    model: WindowModel | MemoryModel,
    distances: Sequence[int],
    *,
    window: int | None = None,
    filler: np.ndarray | None = None,
    streams: int = 64,
    seeds: Sequence[int] = range(5),
    restart: bool = False,
    carry: bool = False,
    others: int = 0,
) -> np.ndarray:
    """P(answer) against distance: [seeds, distances], each the mean over `streams` facts told in held-out code.

    distance: bytes from the first byte of the fact to the first one asked for, 13 or more. filler: other code to hide
    the facts in. others: facts told in between that nobody asks for. restart, carry: see `answer_probability`.
    """
    text = held_out_text() if filler is None else filler

    def mean(seed: int, distance: int) -> float:
        told = asked_at(distance, text, streams=streams, generator=Generator().manual_seed(seed), others=others)
        return float(answer_probability(model, told, window=window, restart=restart, carry=carry).mean())

    return np.array([[mean(seed, distance) for distance in distances] for seed in seeds])


@torch.no_grad()
def held_out_bits(model: WindowModel | MemoryModel, length: int = 8192) -> float:
    """Bits per byte of held-out code, read on end by 12 readers."""
    text = torch.tensor(held_out_text()[: 12 * length]).unflatten(0, (12, -1))
    state, nats = None, []
    for piece in text.split(512, 1):
        lost, state = model.loss(piece, state)
        nats.append(lost)
    return float(torch.cat(nats, 1).mean()) / math.log(2)


def train_window(
    out: str | Path = window_model.SHIPPED, *, steps: int = STEPS, seed: int = 0, threads: int = 1
) -> dict[str, str]:
    """Train a WindowModel to read code and to copy facts told within its window; save it, return its note.

    Its facts, bytes and steps are those of `train_memory`.
    Raises ValueError, before any work, for an `out` that cannot be written. What stands there is replaced at the end.
    """
    with kept(out) as beside:
        return _window_trained(beside, steps, door.seed("seed", seed), threads)


def _window_trained(out: Path, steps: int, seed: int, threads: int) -> dict[str, str]:
    model = WindowModel(generator=Generator().manual_seed(seed))
    _taught(model, steps, seed, threads)
    note = noted("train-window", READ, steps=steps, seed=seed, threads=threads)
    model.save(out, note)
    # measured on what is saved, so rounded to float16
    saved = WindowModel.load(out)
    inside, outside = recall(saved, (31, 33), window=32).mean(0)
    note |= {
        "held_out_bits_per_byte": f"{held_out_bits(saved):.4f}",
        "recall_at_31_with_window_32": f"{inside:.4f}",
        "recall_at_33_with_window_32": f"{outside:.4f}",
    }
    model.save(out, note)
    return note


def train_memory(
    out: str | Path = memory_model.SHIPPED, *, steps: int = STEPS, seed: int = 0, threads: int = 1
) -> dict[str, str]:
    """Train a MemoryModel to read code and to keep facts in its fast weights; save it, return its note.

    Its facts, bytes and steps are those of `train_window`. Raises as that does.
    """
    with kept(out) as beside:
        return _memory_trained(beside, steps, door.seed("seed", seed), threads)


def _memory_trained(out: Path, steps: int, seed: int, threads: int) -> dict[str, str]:
    model = MemoryModel(generator=Generator().manual_seed(seed))
    _taught(model, steps, seed, threads)
    note = noted("train-memory", READ, steps=steps, seed=seed, threads=threads)
    model.save(out, note)
    # measured on what is saved, so rounded to float16
    saved = MemoryModel.load(out)
    note["held_out_bits_per_byte"] = f"{held_out_bits(saved):.4f}"
    for distance, chance in zip(FAR, recall(saved, FAR).mean(0), strict=True):
        note[f"recall_at_{distance}"] = f"{chance:.4f}"
    model.save(out, note)
    return note


FAR = (33, 200, 1000)


def _taught(model: WindowModel | MemoryModel, steps: int, seed: int, threads: int) -> None:
    """Train by STAGES: the same facts, the same bytes, the same steps, whichever model it is."""
    with training(steps, threads, shipped=STEPS) as bar:
        text, ends = training_text(READ_BYTES), [0]
        for *_, share in STAGES:
            ends.append(ends[-1] + round(share * steps))
        ends[-1] = steps
        stages = zip(STAGES, ends, ends[1:], strict=False)
        phases = [(ManyFacts(text, time=time), batch, stop - start) for (time, batch, _), start, stop in stages]
        follow(bar, _learned(model, phases, seed), "loss")


def _learned(model: WindowModel | MemoryModel, phases: Sequence[tuple[Task, int, int]], seed: int) -> Iterator[float]:
    """One loss per step of the phases, each (task, batch, steps), under one schedule of the learning rate."""
    total = sum(steps for *_, steps in phases)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, betas=(0.9, 0.95), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warm_then_cosine(step / total, 20))
    for number, (task, batch, steps) in enumerate(phases):
        if not steps:
            continue
        for report in train(model, task, steps=steps, optimizer=optimizer, batch=batch, seed=seed + number, clip=1.0):
            schedule.step()
            yield report.loss
