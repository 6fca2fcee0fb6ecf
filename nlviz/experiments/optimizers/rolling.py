"""One ball down the curved valley, watched: where it is, and what its momentum is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Generator
from torch.optim import SGD, AdamW, Muon, Optimizer

from nlviz.door import words
from nlviz.experiments.optimizers.tasks import Valley, valley
from nlviz.inner import probes
from nlviz.inner.entrance import probes_of
from nlviz.optim import DeltaMomentum, age_spectrum, watched
from nlviz.trace import Mark, Signal, Trace

__all__ = ["ROLLERS", "roll"]

LOST = 1000.0
"""So far from the valley a ball does not come back."""

Make = Callable[[list[torch.Tensor], float, float], Optimizer]

_MAKES: dict[str, Make] = {
    "momentum": lambda weights, lr, beta: SGD(weights, lr=lr, momentum=beta),
    "DeltaMomentum": lambda weights, lr, beta: DeltaMomentum(weights, lr=lr, momentum=beta),
    "AdamW": lambda weights, lr, beta: AdamW(weights, lr=lr, betas=(beta, 0.999), weight_decay=0.0),
    "Muon": lambda weights, lr, beta: Muon(weights, lr=lr, momentum=beta, weight_decay=0.0),
}
ROLLERS: tuple[str, ...] = tuple(_MAKES)
"""Optimizers whose momentum is a sum of past gradients, with one β."""


def roll(
    name: str,
    lr: float,
    momentum: float,
    *,
    steps: int = 120,
    noise: float = 0.0,
    seed: int = 0,
    asked: Sequence[probes.Probe] | probes.Probe | None = None,
    make: Make | None = None,
) -> Trace:
    """One of ROLLERS on `Valley`, a step at a time, with β = momentum.

    Signals: "way" [steps, 1, 2], (r, φ) after every step; "height" [steps, 1], ψ there; "start" [1, 1, 2]; and those of
    the probes that are `asked`, "surprise", "past_surprise", "write_norm" [steps, 1] and "age_spectrum" [steps, 1,
    steps], what is left of the gradient of every age, if None.
    noise: the deviation of what is added to each number of a gradient. seed: of the start and the noise.
    make: an optimizer of your own by any name, make(weights, lr, momentum), in place of one of ROLLERS.
    A ball that is lost is marked "diverged"; from there on there are no numbers.
    Raises ValueError for a name that is none, a momentum outside 0 ≤ β < 1, numbers that are none, and a probe that
    does not look at every step.

        >>> experiments.optimizers.roll("momentum", 0.01, 0.9, steps=3)["way"].values.shape
        (3, 1, 2)
    """
    made = words.known("name", name, _MAKES) if make is None else words.call("make", make)
    lr = words.number("lr", lr, least=0)
    momentum, noise = words.number("momentum", momentum, least=0, below=1), words.number("noise", noise, least=0)
    steps, seed = words.count("steps", steps, of="steps", most=10_000), words.seed("seed", seed)
    task, chance = Valley(Generator().manual_seed(seed)), Generator().manual_seed(seed)
    (weight,) = task.model.parameters()
    optimizer, start = made([weight], lr, momentum), weight.detach().clone()
    own = probes.surprise, probes.past_surprise, probes.write_norm, age_spectrum(steps)
    with watched(optimizer, [*(own if asked is None else _asked(asked)), probes.weights()]) as watch:
        for _ in range(steps):
            optimizer.zero_grad()
            task.loss().backward()
            assert weight.grad is not None
            weight.grad += noise * torch.randn(weight.shape, generator=chance)
            optimizer.step()
            if not bool((weight.abs() < LOST).all()):
                break
    return _told(watch.trace, start.numpy(), steps, f"lr {lr:g} is too much for so curved a valley")


def _asked(asked: Any) -> tuple[probes.Probe, ...]:
    """Probes of every step: one that looks at some of them has no row for the others."""
    found = probes_of(asked)
    for one in found:
        if one.every != 1:
            words.refuse(f"every of the probe {one.name!r}", one.every, "1, a look at every step")
    return found


def _told(trace: Trace, start: np.ndarray, steps: int, why: str) -> Trace:
    """The signals of a run, as many rows as there were to be steps; a step that led out of sight has none."""
    way = trace["weights"].values[:, :, 0]
    kept = len(way) - int(not (np.abs(way[-1]) < LOST).all())

    def whole(values: np.ndarray, unit: str) -> Signal:
        rest = np.full((steps - kept, *values.shape[1:]), np.nan)
        return Signal(np.concatenate([values[:kept], rest]), np.arange(steps), unit)

    signals = {name: whole(one.values, one.unit) for name, one in trace.items() if name != "weights"}
    r, phi = torch.tensor(way).unbind(-1)
    signals["way"] = whole(way, "")
    signals["height"] = whole(valley(r, phi).numpy(), "ψ")
    signals["start"] = Signal(start[None], np.arange(1))
    marks = (Mark(kept, "diverged", f"diverged at step {kept}: {why}"),) if kept < steps else ()
    return Trace(signals, marks=marks)
