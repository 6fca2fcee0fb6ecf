"""Mini-batches: one hidden map read by test-time training, with every mini-batch size and inner_lr at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Unpack

import numpy as np
import torch
from torch import Tensor

from nlviz import measure, streams, views
from nlviz.inner import to_numpy
from nlviz.labs.entrance import lab
from nlviz.labs.own.rules_and_gates import largest_inner_lr
from nlviz.memory import Pairs
from nlviz.trace import Signal, Trace
from nlviz.views.drawing.sheet import two
from nlviz.widgets import Choice, Lab, Number, Shown

__all__ = ["mini_batches"]

WIDTH, SEEDS = 16, 5
PERIODS = (1, 2, 4, 8, 16, 32, 64)
RATES = tuple(2.0**power for power in range(-6, 3))
READ = (16, 32, 64, 128, 256)
PRESETS: dict[str, dict[str, Any]] = {
    "bold": {"inner_lr": 1.0, "overlap": 0.0, "noise": 0.0},
    "careful": {"inner_lr": 0.125, "overlap": 0.0, "noise": 0.0},
    "noisy": {"inner_lr": 0.0625, "overlap": 0.0, "noise": 1.0},
    "alike": {"inner_lr": 1.0, "overlap": 0.5, "noise": 0.0},
}


@lab(limit="limit(keys)")
def mini_batches(
    limit: Callable[[Tensor], float] | None = None,
    preset: str = "bold",
    *,
    seed: int = 0,
    **shown: Unpack[Shown],
) -> Lab:
    """One linear map from 16 to 16 numbers, read from 256 examples by the delta rule: error by mini-batch and inner_lr.

    limit: your own largest stable inner_lr, limit(keys) with keys [b, 16] of one mini-batch; it is drawn beside
    2/λ_max. preset: "bold" (smaller is better, as in the paper), "careful" (larger is), "noisy", or "alike", with
    overlapping keys. seed: the first of five. shown: see `widgets.Shown`.
    Knobs: inner_lr (of the column drawn apart), overlap (mean cosine of the keys), noise (deviation per value).

        labs.mini_batches(limit=lambda keys: 2 / torch.linalg.matrix_norm(keys, 2) ** 2)
    """

    # the map is the same for every inner_lr: only the column drawn apart is another
    drawn = lru_cache(maxsize=8)(lambda overlap, noise: _trace(_examples(seed, overlap, noise), limit))

    def run(inner_lr: float, overlap: float, noise: float) -> Trace:
        return drawn(overlap, noise).merge({"at": _fixed(inner_lr)})

    return Lab(
        run,
        views.mini_batches,
        name="mini_batches",
        title="Mini-batches",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        given={"limit": limit, "seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        inner_lr=Choice(1.0, RATES, label="inner_lr θ"),
        overlap=Number(0.0, 0.0, 0.9, 0.1, label="key overlap"),
        noise=Number(0.0, 0.0, 2.0, 0.25),
    )


def _examples(seed: int, overlap: float, noise: float) -> streams.Regression:
    """Five streams, each drawn from a seed of its own."""
    each = [
        streams.regression(
            max(READ), WIDTH, generator=torch.Generator().manual_seed(seed + one), overlap=overlap, noise=noise
        )
        for one in range(SEEDS)
    ]
    pairs = Pairs(*(torch.cat(parts) for parts in zip(*(one.pairs for one in each), strict=True)))
    return streams.Regression(pairs, torch.cat([one.truth for one in each]))


def _trace(examples: streams.Regression, limit: Callable[[Tensor], float] | None) -> Trace:
    keys = examples.pairs.keys
    errors = []
    for read in READ:
        begun = streams.Regression(Pairs(*(part[:, :read] for part in examples.pairs)), examples.truth)
        errors.append(measure.regression_error(begun, PERIODS, RATES).transpose(2, 0, 1))
    most = torch.stack([2 / measure.chunk_sharpness(keys, period).mean(-1) for period in PERIODS], -1)
    signals = {
        "error": Signal(np.stack(errors), np.array(READ), "of the map"),
        "limit": Signal(to_numpy(most)[None], np.array(READ[-1:]), "inner_lr"),
    }
    if limit is not None:
        own = [[largest_inner_lr(limit, chunk) for chunk in keys[:, :period]] for period in PERIODS]
        signals["yours"] = Signal(np.array(own).T[None], np.array(READ[-1:]), "inner_lr")
    return Trace(signals | {"period": _fixed(*PERIODS), "inner_lr": _fixed(*RATES)})


def _fixed(*values: float) -> Signal:
    return Signal(np.array(values, dtype=float)[None, None], np.array(READ[-1:]))


def _summary(trace: Trace) -> str:
    error, rates = np.median(trace["error"].values[-1], axis=0), np.array(RATES)
    ends = " · ".join(
        f"b = {period}: best at {rates[best]:g}, error {two(row[best])}"
        for period, row in ((PERIODS[at], error[at]) for at in (0, -1))
        for best in [int(np.argmin(row))]
    )
    return f"{READ[-1]} examples, {SEEDS} seeds · {ends}"
