"""How the shipped WindowModel is made, and what it then can do with text it never saw."""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Generator
from tqdm import tqdm

from nlviz.outer.facts import Facts, answer_probability, asked_at
from nlviz.outer.language import HELD_OUT, NOT_TRAINED_ON, held_out_digest
from nlviz.outer.train import train
from nlviz.outer.window import SHIPPED, WindowModel
from nlviz.streams.code import code, standard_library

__all__ = ["held_out_text", "recall", "train_window"]

READ_BYTES = 3_000_000


def held_out_text(limit: int = 40_000) -> np.ndarray:
    """The first bytes of every package that no shipped model was trained on, as `ByteModel` is measured on."""
    return np.concatenate([code(package, limit=limit).bytes for package in HELD_OUT])


def recall(
    model: WindowModel,
    distances: Sequence[int],
    *,
    window: int | None = None,
    filler: np.ndarray | None = None,
    streams: int = 64,
    seeds: Sequence[int] = range(5),
    restart: bool = False,
) -> np.ndarray:
    """P(answer) against distance: [seeds, distances], each the mean over `streams` facts told in held-out code.

    distance: bytes from the first byte of the fact to the first one asked for, 13 or more. filler: other code to hide
    the facts in. restart: the model was switched off in between, and the question is all it reads.
    """
    text = held_out_text() if filler is None else filler

    def mean(seed: int, distance: int) -> float:
        told = asked_at(distance, text, streams=streams, generator=Generator().manual_seed(seed))
        return float(answer_probability(model, told, window=window, restart=restart).mean())

    return np.array([[mean(seed, distance) for distance in distances] for seed in seeds])


@torch.no_grad()
def held_out_bits(model: WindowModel, length: int = 8192) -> float:
    """Bits per byte of held-out code, read on end by 12 readers with the model's own window."""
    text = torch.tensor(held_out_text()[: 12 * length]).unflatten(0, (12, -1))
    state, nats = None, []
    for piece in text.split(512, 1):
        lost, state = model.loss(piece, state)
        nats.append(lost)
    return float(torch.cat(nats, 1).mean()) / math.log(2)


def train_window(out: str | Path = SHIPPED, *, steps: int = 800, seed: int = 0, threads: int = 1) -> dict[str, str]:
    """Train a WindowModel to read code and to copy facts told within its window; save it, return its note.

    The budget is in steps, so that the result does not depend on how fast the machine is; a bar shows the time left.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}; use at least 1 (800 make the shipped weights)")
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with tqdm(total=steps, unit="step", desc="reading the standard library") as bar:
            text = code([name for name in standard_library() if name not in NOT_TRAINED_ON], limit=READ_BYTES).bytes
            model = WindowModel(generator=Generator().manual_seed(seed))
            optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, betas=(0.9, 0.95), weight_decay=0.01)
            schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _warm_then_cosine(step / steps))
            bar.set_description("training")
            for report in train(model, Facts(text), steps=steps, optimizer=optimizer, batch=32, seed=seed, clip=1.0):
                schedule.step()
                bar.set_postfix_str(f"loss {report.loss:.2f}", refresh=False)
                bar.update()
    finally:
        torch.set_num_threads(before)
    note = {
        "command": f"nlviz train-window --steps {steps} --seed {seed} --threads {threads}",
        "python": platform.python_version(),
        "trained_on": f"{len(text)} bytes: the first of the standard library, without tests and what is named below",
        "not_trained_on": " ".join(NOT_TRAINED_ON),
        "held_out": " ".join(HELD_OUT),
        "held_out_sha256": held_out_digest(),
    }
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


def _warm_then_cosine(share: float) -> float:
    """The learning rate's factor after a share of the steps: up in the first twentieth, then down to one fiftieth."""
    return min(1.0, 20 * share + 0.02) * (0.51 + 0.49 * math.cos(math.pi * share))
